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
  return all
    .filter(({ expect, token }) => target.users.length > 0 || expect !== 'accepted' || !actsForUser(token))
    .map((vector) => (isHouseRule(vector) ? { ...vector, isHouseRule: true } : vector))
}

// docs/token-rules.md says why we decide as we do: how times and hosts may be spelled, and what else may stand in a header.
const HOUSE_RULES = [
  /^time\/.*-(thirteen-digits|past-9999)$/,
  /^aud\/(alone|both|outer)-(port|no-port|port-leading-zero|host-upper-case|host-upper-case-and-port)$/,
  /^aud\/mismatch-(port|case)$/,
  /^typ\/accepted-/,
  /^x5t\/plain-base64$/,
  /^kind\/delegation-/,
  /^shape\/(byte-order-mark|depth-(at-limit|over-limit|header|inner))$/,
]

function isHouseRule({ id }: Vector): boolean {
  return HOUSE_RULES.some((pattern) => pattern.test(id))
}

function actsForUser(token: string): boolean {
  return Buffer.from(token.split('.')[0] ?? '', 'base64url').includes('none')
}
