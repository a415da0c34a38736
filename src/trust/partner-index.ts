/** The partners of a server in memory, and the ways they are found: never by looking at all of them. */
import type { Certificate } from '../protocol/certificate.ts'
import { Realm } from '../protocol/ids.ts'
import { kept, keyMark, thumbprintMark } from './kept-certificate.ts'
import type { Partner } from './partner.ts'
import { isSameKey } from './partner-keys.ts'

export interface PartnerIndex {
  list(): readonly Partner[]
  get(identity: string): Partner | undefined
  /** The one registered for an application id, whatever its realm. */
  ofApplication(appId: string): Partner | undefined
  /** The partner that a token's `iss` names: exactly, or by application id where it was registered for any realm. */
  byIssuer(issuer: string): Partner | undefined
  /** Those that have one of these keys. */
  withKeyOf(certificates: readonly Certificate[]): readonly Partner[]
  /**
   * The `iss` of some enabled partners: token servers first, since callers look for one they know, then those that were
   * registered first; no more of them than a challenge has room for. Whose tokens come from a token server is not believed
   * itself, and not among them.
   */
  someIssuers(most?: number): readonly string[]
  /** Puts a record in the place of the one of its identity, or adds it; answers with it as it is kept. */
  put(partner: Partner): Partner
  drop(partner: Partner): void
}

// A challenge names whom the server believes. Clients take 16 KiB of headers; nobody reads a list of thousands.
const ISSUERS_IN_CHALLENGE = 50

export function openPartnerIndex(partners: readonly Partner[]): PartnerIndex {
  const byIdentity = new Map<string, Partner>()
  // Application ids are unique among partners; `iss` says which of its realms is meant.
  const byApplication = new Map<string, Partner>()
  // Keys and thumbprints by a number that others may share, each with the identities of those who have it.
  const byMark = new Map<number, string | string[]>()
  let all: readonly Partner[] | undefined
  let some: { readonly most: number; readonly issuers: readonly string[] } | undefined

  const mark = (partner: Partner) => {
    const key = identityKey(partner.identity)
    for (const number of marksOf(partner.certificates)) {
      const there = [byMark.get(number) ?? []].flat()
      if (!there.includes(key)) byMark.set(number, there.length === 0 ? key : [...there, key])
    }
  }
  const unmark = (partner: Partner) => {
    const key = identityKey(partner.identity)
    for (const number of marksOf(partner.certificates)) {
      const [one, ...more] = [byMark.get(number) ?? []].flat().filter((other) => other !== key)
      if (one === undefined) byMark.delete(number)
      else byMark.set(number, more.length === 0 ? one : [one, ...more])
    }
  }
  const changed = () => {
    all = undefined
    some = undefined
  }
  const index: PartnerIndex = {
    list() {
      all ??= [...byIdentity.values()]
      return all
    },
    get: (identity) => byIdentity.get(identityKey(identity)),
    ofApplication: (appId) => byApplication.get(appId),
    byIssuer(issuer) {
      // `*` stands for any realm in a registration; in a token it never stands (facts/protocol.md 4).
      const at = issuer.indexOf('@')
      const appId = issuer.slice(0, Math.max(0, at))
      const realm = issuer.slice(at + 1)
      if (realm === '*') return undefined
      const partner = byApplication.get(appId) ?? byApplication.get(appId.toLowerCase())
      if (partner === undefined || partner.issuer === issuer) return partner
      const isAnyRealm = partner.issuer === `${appId}@*` && !realm.includes('@')
      return isAnyRealm && Realm.safeParse(realm).success ? partner : undefined
    },
    withKeyOf(certificates) {
      const found = new Set(marksOf(certificates).flatMap((number) => byMark.get(number) ?? []))
      return [...found].flatMap((key) => {
        const partner = byIdentity.get(key)
        const has = partner?.certificates.some((its) => certificates.some((one) => isSameKey(one, its)))
        return partner !== undefined && has ? [partner] : []
      })
    },
    someIssuers(most = ISSUERS_IN_CHALLENGE) {
      if (some?.most !== most) {
        const issuers: string[] = []
        const take = (isTaken: (partner: Partner) => boolean) => {
          for (const partner of byIdentity.values()) {
            if (issuers.length === most) break
            if (partner.enabled && isTaken(partner)) issuers.push(partner.issuer)
          }
        }
        take(({ authServer }) => authServer !== undefined)
        take(({ authServer, source }) => authServer === undefined && source.kind !== 'auth server')
        some = { most, issuers }
      }
      return some.issuers
    },
    put(partner) {
      const before = index.get(partner.identity)
      if (before !== undefined) unmark(before)
      const record = { ...partner, certificates: partner.certificates.map(kept) }
      byIdentity.set(identityKey(partner.identity), record)
      byApplication.set(partner.application.appId, record)
      mark(record)
      changed()
      return record
    },
    drop(partner) {
      const before = index.get(partner.identity)
      if (before === undefined) return
      unmark(before)
      byIdentity.delete(identityKey(before.identity))
      byApplication.delete(before.application.appId)
      changed()
    },
  }
  for (const partner of partners) index.put(partner)
  return index
}

/** What an identity is compared by: letters in any case are one name. */
export function identityKey(identity: string): string {
  return identity.toLowerCase()
}

function marksOf(certificates: readonly Certificate[]): number[] {
  return certificates.flatMap((certificate) => [keyMark(certificate), thumbprintMark(certificate)])
}
