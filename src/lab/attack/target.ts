/** What the corpus is made for: an endpoint, the partner it knows, and the key that this partner signs with. */
import type { KeyObject } from 'node:crypto'
import type { EpochSeconds } from '../../protocol/ids.ts'
import type { RefusalCode } from '../../protocol/refusal.ts'
import type { UserIdentityClaims } from '../../protocol/user-token.ts'

export interface AttackKey {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** What a header names the key by. */
  readonly x5t: string
}

/** A person of the target, by the names it knows: what is not given is not put into a token. */
export interface NamedUser {
  readonly upn?: string
  readonly smtp?: string
  /** With its `sip:`. */
  readonly sip?: string
  readonly sid?: string
  /** The name of a membership provider’s user, and that provider as `nii`. */
  readonly provider?: { readonly nameid: string; readonly nii: string }
}

export interface Target {
  /** Whom the tokens are for; the host with its port, if that is not 443. */
  readonly audience: { readonly appId: string; readonly host: string; readonly realm: string }
  /** The partner as the target has registered it, `<appId>@<realm>`: `iss` and `nameid` of a good token. */
  readonly caller: string
  /** The key that is registered for the caller, and its certificate in PEM. */
  readonly key: AttackKey & { readonly pem: string }
  /** A key that the target has never heard of. */
  readonly stranger: AttackKey
  /** The thumbprint of the key that the target itself signs with. */
  readonly ownX5t?: string
  /** Whom the caller may act for; the first in most vectors. */
  readonly users: readonly NamedUser[]
  readonly now: EpochSeconds
}

/** One token and what must become of it. */
export interface Vector {
  readonly id: string
  readonly what: string
  /** Where it comes from: a published attack, a clause or a client. */
  readonly from: string
  readonly token: string
  readonly expect: 'accepted' | RefusalCode
  /** A choice of ours that the sources leave open: a sound validator may decide otherwise. */
  readonly isHouseRule?: true
  /** The claim, member or part that the refusal names. */
  readonly at?: string
  /** The identities that an accepted token brings. */
  readonly user?: UserIdentityClaims
}

/** An application that no target knows. */
export const STRANGER = '00000006-0000-0dd1-ac00-000000000000@fabrikam.com'

/** What a user is called where the target’s are not known. */
const NOBODY: NamedUser = { upn: 'nobody@users.invalid' }

export function mainUser({ users }: Target): NamedUser {
  return users[0] ?? NOBODY
}

export function formatTargetAudience({ audience: { appId, host, realm } }: Target): string {
  return `${appId}/${host}@${realm}`
}

/** The target’s host in two parts; 443 when it names no port. */
export function hostOf({ audience: { host } }: Target): {
  readonly name: string
  readonly port: number
  readonly explicit: boolean
} {
  const [, name = host, port] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]+))?$/.exec(host) ?? []
  return { name, port: Number(port ?? 443), explicit: port !== undefined }
}
