/** Every vector that can be made for a target: nested actor tokens that it must take, and ones that it must refuse. */
import { actingVectors } from './acting.ts'
import { audienceVectors } from './audience.ts'
import { claimVectors } from './claims.ts'
import { clientVectors } from './clients.ts'
import { headerVectors } from './header.ts'
import { shapeVectors } from './shape.ts'
import { signerVectors } from './signer.ts'
import type { Target, Vector } from './target.ts'
import { makerFor } from './tokens.ts'

/** Where no user is named, the vectors that act for one and should be taken are left out. */
export function corpusFor(target: Target): Vector[] {
  const make = makerFor(target)
  const all = [
    ...shapeVectors(make),
    ...headerVectors(make),
    ...signerVectors(make),
    ...claimVectors(make),
    ...audienceVectors(make),
    ...actingVectors(make),
    ...clientVectors(make),
  ]
  return target.users.length > 0
    ? all
    : all.filter(({ expect, token }) => expect !== 'accepted' || !actsForUser(token))
}

function actsForUser(token: string): boolean {
  return Buffer.from(token.split('.')[0] ?? '', 'base64url').includes('none')
}
