/** The users a server knows, and the rule by which a token's identities name exactly one of them. */
import { accept, type Outcome, refuse } from '../protocol/outcome.ts'
import { ACTIVE_DIRECTORY, type UserIdentityClaims } from '../protocol/user-token.ts'
import type { AccountAttributes, RecipientKind } from './account.ts'
import { readSid } from './sid.ts'

export interface User {
  /** Windows security identifier, unique: `S-1-5-21-…`. */
  readonly sid: string
  readonly upn: string
  /** The primary SMTP address: the one that tokens and other servers know it by. */
  readonly smtp?: string
  /** Further SMTP addresses that lead to it; they name it where mail goes, and nowhere as whom somebody acts. */
  readonly proxyAddresses?: readonly string[]
  /** `sip:` and an address. */
  readonly sip?: string
  readonly displayName: string
  readonly enabled: boolean
  /** Whether there is a mailbox behind the SMTP address (Exchange). */
  readonly mailboxEnabled: boolean
  /** Whether items may be archived into Recoverable Items (Exchange archiving). */
  readonly archivingEnabled: boolean
  /** Canonical name of the container it lies in, `litwareinc.com/Sales`; absent: `Users` of its UPN's domain. */
  readonly organizationalUnit?: string
  /** The database of its mailbox; absent: the one that all are in. */
  readonly mailboxDatabase?: string
  /** Absent: what follows from whether it has a mailbox and is enabled. */
  readonly recipientTypeDetails?: RecipientKind
  readonly attributes?: AccountAttributes
}

export const USER_KEYS = ['sid', 'upn', 'smtp', 'sip'] as const
export type UserKey = (typeof USER_KEYS)[number]

/** Where users are kept. Only SIDs are unique: that two accounts share an address is a real fault that must be seen. */
export interface DirectoryStore {
  /**
   * A number that is another when anybody may have been added, replaced or removed since: what was found at one number is found
   * again while it is the same. Undefined: that cannot be told.
   */
  version(): number | undefined
  list(): Promise<User[]>
  /** Everyone whose key has this value, without regard to case; a SIP address with or without its `sip:`. */
  find(key: UserKey, value: string): Promise<User[]>
  /** Everyone whose primary address or proxy address this is, without regard to case. */
  findByAddress(address: string): Promise<User[]>
  /**
   * People with a mailbox one of whose names begins so (`searchNames`), by that name, `limit` at most; everyone for an empty
   * beginning.
   */
  search(beginning: string, limit: number): Promise<User[]>
  /** Whether anyone has a mailbox with an address in this domain, primary or not. */
  servesDomain(domain: string): Promise<boolean>
  /** Whatever is left of somebody who had this SID before goes: the user starts with nothing. */
  add(user: User): Promise<'added' | 'exists'>
  /** Puts this in the place of the user of its SID. */
  replace(user: User): Promise<'replaced' | 'missing'>
  /** With the user goes, at once, all that anybody gave to its SID, and its mailbox. */
  remove(sid: string): Promise<'removed' | 'missing'>
}

/**
 * The one spelling under which a key is compared: ASCII letters in lower case, and a SIP address without its scheme. Other
 * letters are compared as they are: folding them makes the Kelvin sign a k, and so one user another.
 */
export function comparable(key: UserKey, value: string): string {
  const lower = value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  return key === 'sip' && lower.startsWith('sip:') ? lower.slice(4) : lower
}

/** Every SMTP address of an account, the primary one first. */
export function addressesOf({ smtp, proxyAddresses = [] }: User): readonly string[] {
  return smtp === undefined ? proxyAddresses : [smtp, ...proxyAddresses]
}

/** Whether this is an address of the account, and not its primary one. */
export function isProxyAddress({ proxyAddresses = [] }: User, address: string): boolean {
  return proxyAddresses.some((one) => comparable('smtp', one) === comparable('smtp', address))
}

/**
 * Resolves a token's identities to exactly one enabled user. Keys that match nobody are passed over (one that is current
 * is enough, facts/administration.md C.6); keys that match different users are a conflict, never a choice.
 */
export async function resolveUser(
  directory: Pick<DirectoryStore, 'find'>,
  claims: UserIdentityClaims,
  { acceptSids }: { readonly acceptSids: boolean },
): Promise<Outcome<User>> {
  const named = keysOf(claims)
  const usable = named.filter(([key]) => key !== 'sid' || acceptSids)
  if (named.length === 0) {
    return refuse('user_not_named', { at: 'nameid', expected: 'a SID, UPN, SMTP or SIP address' })
  }
  if (usable.length === 0) {
    return refuse('user_sid_not_accepted', {
      at: 'nameid',
      expected: 'a UPN, SMTP or SIP address',
      seen: 'a SID',
    })
  }
  let found: { user: User; key: UserKey } | undefined
  for (const [key, value] of usable) {
    const [user, ...others] = await directory.find(key, value)
    if (user === undefined) continue
    if (others.length > 0)
      return refuse('user_ambiguous', { at: key, expected: 'one user', seen: `${others.length + 1} users` })
    if (found !== undefined && found.user.sid !== user.sid) {
      return refuse('user_conflict', { at: key, expected: `the user of ${found.key}`, seen: 'another user' })
    }
    found ??= { user, key }
  }
  if (found === undefined) {
    return refuse('user_unknown', {
      at: usable.map(([key]) => key).join(', '),
      expected: 'an identity of one user',
      seen: usable.map(([, value]) => value).join(', '),
    })
  }
  if (!found.user.enabled) return refuse('user_disabled', { at: found.key })
  return accept(found.user)
}

// Whose nameid is a SID or a UPN; under another issuer it is that issuer's own id (facts/protocol.md 2.5).
const WINDOWS_ISSUERS = [ACTIVE_DIRECTORY, 'urn:federation:microsoftonline']

// nameid is a SID or, from partners that know no SID, a UPN ([MS-XOAUTH] 3.2.5.6); anything else names nobody here.
function keysOf({ nii, upn, smtp, sip, ...claims }: UserIdentityClaims): [UserKey, string][] {
  const nameid = nii === undefined || WINDOWS_ISSUERS.includes(nii.toLowerCase()) ? claims.nameid : undefined
  const keys: [UserKey, string | undefined][] = [
    ['sid', nameid && readSid(nameid)],
    // Most partners name the UPN twice, and to look it up is most of what is left to do for a token that came before.
    ['upn', nameid?.includes('@') && nameid !== upn ? nameid : undefined],
    ['upn', upn],
    ['smtp', smtp],
    ['sip', sip],
  ]
  return keys.filter((pair): pair is [UserKey, string] => pair[1] !== undefined)
}
