/**
 * The life of the keys a server signs with: available → next → current → previous → retired, as data and pure functions. How
 * the products differ stands in their rules (facts/administration.md A.6, B.4; facts/protocol.md 7).
 */
import { type Certificate, hexThumbprint } from '../protocol/certificate.ts'
import { type EpochSeconds, isoTime, type Thumbprint } from '../protocol/ids.ts'
import { accept, type Outcome, refuse } from '../protocol/outcome.ts'
import { isSameKey } from './partner-keys.ts'

/** `available`: it is here, and nothing else. `next`, `current` and `previous` are published. */
export const KEY_STATES = ['available', 'next', 'current', 'previous', 'retired'] as const
export type KeyState = (typeof KEY_STATES)[number]

export interface OwnKey {
  readonly certificate: Certificate
  /** Base64 of the DER of the authority that issued it; absent for one that is self-signed. */
  readonly root?: string
  readonly state: KeyState
  /** Of a next key: when it is to be current. Absent: when somebody says so. */
  readonly effectiveAt?: EpochSeconds
  /** Since when it is in this state. */
  readonly since: EpochSeconds
  readonly addedAt: EpochSeconds
}

const HOUR = 3_600
const DAY = 24 * HOUR

/** How a product goes from one key to the next. */
export interface RolloverRules {
  /** Seconds that partners need to hear of a key before it signs: a nearer date wants to be confirmed. */
  readonly lead: number
  /** Whether a key may be staged without a date, to be made current by hand. */
  readonly dateIsOptional: boolean
  /** `on the beat`: by a servicelet that looks twice a day. `on time`: at the very moment. */
  readonly promotes: 'on the beat' | 'on time'
  /** How long the previous key stays published: until somebody clears it, or until its certificate ends, too. */
  readonly previousEnds: 'cleared' | 'cleared or expired'
  /** The order of keys in the published document. */
  readonly order: readonly KeyState[]
  /** How long the certificates live that the server makes itself, in seconds. */
  readonly life: number
}

/** How often the servicelet looks, and how often every product’s certificates are looked at. */
export const BEAT = 12 * HOUR

/** Exchange: AuthConfig with its previous, current and next thumbprint; the AuthAdmin servicelet promotes (B.4). */
export const EXCHANGE_ROLLOVER: RolloverRules = {
  lead: 48 * HOUR,
  dateIsOptional: false,
  promotes: 'on the beat',
  previousEnds: 'cleared',
  order: ['current', 'next', 'previous'],
  life: 5 * 365 * DAY,
}

/** Lync: OAuthTokenIssuer with -Roll and -EffectiveDate; the new key goes before the old, which ends with its certificate (A.6). */
export const LYNC_ROLLOVER: RolloverRules = {
  lead: 24 * HOUR,
  dateIsOptional: false,
  promotes: 'on time',
  previousEnds: 'cleared or expired',
  order: ['next', 'current', 'previous'],
  life: 5 * 365 * DAY,
}

/** SharePoint: the STS certificate, queued and then set by hand; partners read again once a day (facts/protocol.md 7). */
export const SHAREPOINT_ROLLOVER: RolloverRules = {
  lead: 24 * HOUR,
  dateIsOptional: true,
  promotes: 'on time',
  previousEnds: 'cleared',
  order: ['current', 'next', 'previous'],
  life: 30 * 365 * DAY,
}

/** A token server of ours: by hand or on time. Servers read its document once a day. */
export const TOKEN_SERVER_ROLLOVER: RolloverRules = {
  lead: 24 * HOUR,
  dateIsOptional: true,
  promotes: 'on time',
  previousEnds: 'cleared or expired',
  order: ['current', 'next', 'previous'],
  life: 5 * 365 * DAY,
}

type Keys = readonly OwnKey[]

export function inState(keys: Keys, state: KeyState): OwnKey | undefined {
  return keys.find((key) => key.state === state)
}

/** The certificates to publish, in the product’s order. */
export function publishedOf(keys: Keys, { order }: RolloverRules): readonly Certificate[] {
  return order.flatMap((state) => inState(keys, state)?.certificate ?? [])
}

/** Adds a key that nobody uses yet. One that was here counts under any certificate: who has the old key has the new one. */
export function added(
  keys: Keys,
  certificate: Certificate,
  root: string | undefined,
  now: EpochSeconds,
): Outcome<Keys> {
  const known = keys.find((key) => isSameKey(key.certificate, certificate))
  if (known !== undefined) {
    const { x5t } = known.certificate
    const under = x5t === certificate.x5t ? '' : `, under the certificate ${hexThumbprint(x5t)}`
    return refuse('signing_key_known', {
      ...{ at: 'certificate', expected: 'a new key', seen: `${known.state}${under}` },
    })
  }
  const key: OwnKey = {
    ...{ certificate, state: 'available', since: now, addedAt: now },
    ...(root !== undefined && { root }),
  }
  return accept([...keys, key])
}

export interface StageWish {
  readonly x5t: Thumbprint
  readonly effectiveAt?: EpochSeconds
  /** The date may be nearer than partners need. */
  readonly force: boolean
}

/** Makes an available key the next one. One that was staged before goes back to the available ones. */
export function staged(keys: Keys, wish: StageWish, rules: RolloverRules, now: EpochSeconds): Outcome<Keys> {
  const { x5t, effectiveAt, force } = wish
  const key = find(keys, x5t)
  if (key === undefined) return notFound(x5t)
  if (key.state !== 'available' && key.state !== 'next') {
    return refuse('signing_key_in_use', { at: 'thumbprint', expected: 'an available key', seen: key.state })
  }
  if (effectiveAt === undefined && !rules.dateIsOptional) {
    return refuse('signing_key_date_missing', { at: 'effectiveAt', expected: 'when it is to be current' })
  }
  const from = effectiveAt ?? now
  const dates = refuseDates(key.certificate, from)
  if (dates !== undefined) return dates
  if (effectiveAt !== undefined && effectiveAt < now + rules.lead && !force) {
    return refuse('signing_key_lead_short', {
      at: 'effectiveAt',
      expected: `${isoTime(now + rules.lead)} or later, ${rules.lead / HOUR} h from now, so that every partner has read the key before; or force`,
      seen: isoTime(effectiveAt),
    })
  }
  return accept(
    keys.map((one) => {
      if (one === key) {
        const { effectiveAt: _old, ...rest } = one
        return { ...rest, state: 'next', since: now, ...(effectiveAt !== undefined && { effectiveAt }) }
      }
      return one.state === 'next' ? moved(one, 'available', now) : one
    }),
  )
}

/** next → current → previous → retired, at once. */
export function promoted(keys: Keys, now: EpochSeconds): Outcome<Keys> {
  const next = inState(keys, 'next')
  if (next === undefined) return refuse('signing_key_not_staged', { at: 'next', expected: 'a staged key' })
  const dates = refuseDates(next.certificate, now)
  if (dates !== undefined) return dates
  const to: Partial<Record<KeyState, KeyState>> = {
    next: 'current',
    current: 'previous',
    previous: 'retired',
  }
  return accept(
    keys.map((key) => {
      const state = to[key.state]
      return state === undefined ? key : moved(key, state, now)
    }),
  )
}

/** The previous key is forgotten, and no longer published. */
export function previousCleared(keys: Keys, now: EpochSeconds): Outcome<Keys> {
  const previous = inState(keys, 'previous')
  if (previous === undefined) return refuse('signing_key_not_found', { at: 'previous', seen: 'none' })
  return accept(keys.map((key) => (key === previous ? moved(key, 'retired', now) : key)))
}

/** Takes any key but the current one out of use for good. */
export function revoked(keys: Keys, x5t: Thumbprint, now: EpochSeconds): Outcome<Keys> {
  const key = find(keys, x5t)
  if (key === undefined) return notFound(x5t)
  if (key.state === 'current') {
    const expected = 'another key; stage a new one and publish it, then revoke this one'
    return refuse('signing_key_in_use', { at: 'thumbprint', expected, seen: 'current' })
  }
  return accept(keys.map((one) => (one === key ? moved(one, 'retired', now) : one)))
}

/** What time alone does: promotion, and the end of the previous key. Undefined when nothing is due. */
export function afterTime(keys: Keys, rules: RolloverRules, now: EpochSeconds): Keys | undefined {
  let result: Keys | undefined
  const next = inState(keys, 'next')
  if (next?.effectiveAt !== undefined && next.effectiveAt <= now) {
    const after = promoted(keys, now)
    // A key whose certificate has ended meanwhile signs nothing that anyone believes: the old one stays.
    if (after.ok) result = after.value
  }
  const previous = inState(result ?? keys, 'previous')
  if (
    rules.previousEnds === 'cleared or expired' &&
    previous !== undefined &&
    previous.certificate.notAfter < now
  ) {
    const after = previousCleared(result ?? keys, now)
    if (after.ok) result = after.value
  }
  return result
}

/** When time alone does something next; undefined when it does nothing. For those who promote on time. */
export function nextMoment(keys: Keys, rules: RolloverRules): EpochSeconds | undefined {
  const effectiveAt = rules.promotes === 'on time' ? inState(keys, 'next')?.effectiveAt : undefined
  const previous = inState(keys, 'previous')
  const ends = rules.previousEnds === 'cleared' ? undefined : previous && previous.certificate.notAfter + 1
  const moments = [effectiveAt, ends].filter((moment) => moment !== undefined)
  return moments.length === 0 ? undefined : Math.min(...moments)
}

/** What Microsoft’s certificate monitor says of a current and a next key (facts/administration.md B.5). */
export const VERDICTS = {
  replace: 'The Auth Certificate in use must be replaced by a new one.',
  stage: 'A new Auth Certificate must be created and staged.',
  fine: 'No renewal action is required',
} as const
export type Verdict = keyof typeof VERDICTS

export interface CertificateBudget {
  readonly verdict: Verdict
  /** Whole days that are left; -1 when there is none, or it has expired. */
  readonly currentDays: number
  readonly nextDays: number
}

export const CURRENT_WARNING_DAYS = 60
export const NEXT_WARNING_DAYS = 120

export function budgetOf(keys: Keys, now: EpochSeconds): CertificateBudget {
  const currentDays = daysLeft(inState(keys, 'current'), now)
  const nextDays = daysLeft(inState(keys, 'next'), now)
  const isNear = currentDays <= CURRENT_WARNING_DAYS && nextDays <= NEXT_WARNING_DAYS
  // The last row: what is staged comes too late for a current key that has less than a day.
  const verdict = currentDays < 0 ? 'replace' : isNear ? 'stage' : currentDays === 0 ? 'replace' : 'fine'
  return { verdict, currentDays, nextDays }
}

export function daysLeft(key: OwnKey | undefined, now: EpochSeconds): number {
  return key === undefined ? -1 : Math.max(-1, Math.floor((key.certificate.notAfter - now) / DAY))
}

/** What became of which key between two sets, a line each: `next → current 9F86…`. */
export function changesBetween(before: Keys, after: Keys): string[] {
  return after.flatMap((key) => {
    const old = find(before, key.certificate.x5t)
    if (old?.state === key.state && old.effectiveAt === key.effectiveAt) return []
    const date = key.effectiveAt === undefined ? '' : `, to be current from ${isoTime(key.effectiveAt)}`
    const from = old === undefined ? 'new' : old.state
    return [`signing key ${hexThumbprint(key.certificate.x5t)}: ${from} → ${key.state}${date}`]
  })
}

function find(keys: Keys, x5t: Thumbprint): OwnKey | undefined {
  return keys.find(({ certificate }) => certificate.x5t === x5t)
}

function moved({ effectiveAt: _, ...key }: OwnKey, state: KeyState, since: EpochSeconds): OwnKey {
  return { ...key, state, since }
}

function notFound(x5t: Thumbprint) {
  return refuse('signing_key_not_found', { at: 'thumbprint', seen: hexThumbprint(x5t) })
}

function refuseDates({ notBefore, notAfter }: Certificate, moment: EpochSeconds) {
  if (notBefore <= moment && moment <= notAfter) return undefined
  return refuse('signing_key_dates', {
    at: 'certificate',
    expected: `one that is valid at ${isoTime(moment)}`,
    seen: `${isoTime(notBefore)} to ${isoTime(notAfter)}`,
  })
}
