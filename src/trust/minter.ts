/** Tokens for calls out, with actor tokens that are signed once and used while they are good: signing is what a token costs. */
import { mintActorToken } from '../protocol/actor-token.ts'
import type { EpochSeconds } from '../protocol/ids.ts'
import { type Audience, formatAudience } from '../protocol/principal.ts'
import type { User } from './directory.ts'
import { openGenerations } from './generations.ts'
import type { ServerIdentity } from './identity.ts'
import { actorClaims, TOKEN_LIFETIME, userTokenAround } from './mint.ts'
import type { Partner } from './partner.ts'

export interface Minter {
  /** As `mint`, for a host of this partner, with an actor token that may have been signed before. */
  mint(order: MintOrder): Promise<string>
}

export interface MintOrder {
  readonly self: ServerIdentity
  readonly partner: Partner
  readonly audience: Audience
  /** Whom it acts for; absent: the application itself. */
  readonly user: User | undefined
  readonly now: EpochSeconds
}

/** From this age on, in seconds, another is signed meanwhile. */
export const RENEWED_AT = TOKEN_LIFETIME / 2
/** From this age on it is used no longer: a partner's clock may be ahead of ours. */
export const USED_FOR = TOKEN_LIFETIME - 300

const BOUNDS = { entries: 2_000, bytes: 4 * 1024 * 1024 }

/** An actor token and what it was made of: it is no other's, and nothing's that has changed since. */
interface Signed extends Pick<MintOrder, 'self' | 'partner'> {
  readonly madeAt: EpochSeconds
  readonly token: Promise<string>
}

export function openMinter(): Minter {
  const signed = openGenerations<string, Signed>(BOUNDS)
  const signing = new Map<string, Signed>()

  // Whoever asks for the same meanwhile gets the same.
  const sign = (name: string, order: MintOrder): Signed => {
    const under = signing.get(name)
    if (under !== undefined && ageOf(under, order) < RENEWED_AT) return under
    const { self, partner, audience, user, now } = order
    const made: Signed = {
      ...{ self, partner, madeAt: now },
      token: mintActorToken(actorClaims(self, audience, user, now), self.signingKey)
        .then((token) => {
          signed.set(name, made, token.length + name.length)
          return token
        })
        .finally(() => {
          if (signing.get(name) === made) signing.delete(name)
        }),
    }
    signing.set(name, made)
    return made
  }
  const actorTokenFor = (order: MintOrder): Signed => {
    const name = `${order.user === undefined ? 'itself' : 'user'} ${formatAudience(order.audience)}`
    const last = signed.get(name)
    const age = last === undefined ? USED_FOR : ageOf(last, order)
    if (last === undefined || age >= USED_FOR) return sign(name, order)
    // Whoever calls now need not wait for it, nor hear that it failed: the next call tries again.
    if (age >= RENEWED_AT) sign(name, order).token.catch(() => undefined)
    return last
  }
  return {
    async mint(order) {
      const { self, audience, user } = order
      const { token, madeAt } = actorTokenFor(order)
      // The user token ends with its actor token.
      return user === undefined ? token : userTokenAround(await token, self, audience, user, madeAt)
    },
  }
}

// How long ago it was made; for ever, if it was made of something else or, by a clock that was set back, is not made yet.
function ageOf({ self, partner, madeAt }: Signed, order: MintOrder): number {
  const isOfSame = self === order.self && partner === order.partner && madeAt <= order.now
  return isOfSame ? order.now - madeAt : Number.POSITIVE_INFINITY
}
