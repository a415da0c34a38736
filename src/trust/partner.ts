/** A partner application: another server that this one has registered. The record lives on the receiving server. */
import type { Certificate } from '../protocol/certificate.ts'
import type { EpochSeconds, Thumbprint } from '../protocol/ids.ts'
import type { Principal } from '../protocol/principal.ts'
import type { RefusalCode } from '../protocol/refusal.ts'
import type { AuthServer, TokenClient } from './auth-server.ts'
import { fold } from './directory-names.ts'

/** What a partner may do (facts/administration.md A.1). */
export const TRUST_LEVELS = ['Full', 'Application', 'User'] as const
export type TrustLevel = (typeof TRUST_LEVELS)[number]

/** Where a partner's keys came from, and so whether they can be read again. */
export type PartnerSource =
  | { readonly kind: 'metadata'; readonly url: string }
  | { readonly kind: 'document' }
  | { readonly kind: 'certificate' }
  /** It has none here: a token server speaks for it (UseOAuthServer). */
  | { readonly kind: 'auth server' }

export interface Partner {
  /** The administrator's name for it, unique without regard to case. */
  readonly identity: string
  readonly application: Principal
  /** The exact `iss` its tokens carry. With the realm `*` any realm may stand there. */
  readonly issuer: string
  readonly source: PartnerSource
  readonly certificates: readonly Certificate[]
  /** PEM of the authorities its TLS certificate may come from, beside those that this server trusts anyway. */
  readonly certificateAuthority?: string
  readonly trustLevel: TrustLevel
  readonly enabled: boolean
  /** Whether a SID in its tokens may name a user (AcceptSecurityIdentifierInformation). */
  readonly acceptSids: boolean
  /** SID of the account whose roles it has when it calls as itself (Exchange). Absent: it has none. */
  readonly linkedAccount?: string
  /** Its key speaks for other applications of its realm too (IsTrustBroker). Absent: for itself alone. */
  readonly isTrustBroker?: true
  /** It is a token server, and no partner application: its key speaks for those that use one. */
  readonly authServer?: AuthServer
  /** Where this server is a token server: what this client of its may ask for. */
  readonly tokenClient?: TokenClient
  /** What an administrator noted about it. */
  readonly description?: string
  readonly createdAt: EpochSeconds
  readonly updatedAt: EpochSeconds
  /** When its keys were last read. */
  readonly refreshedAt: EpochSeconds
  /** What is known of reading them again; absent in records that were made before it was kept, or without a metadata URL. */
  readonly refresh?: PartnerRefresh
  /** Keys of its that count no longer, whatever its document says. */
  readonly revokedKeys?: readonly Thumbprint[]
}

/** Reading a partner's keys again. */
export interface PartnerRefresh {
  /** How many sets of keys it has had here, this one included. */
  readonly generation: number
  /** When they are to be read next. */
  readonly nextAt: EpochSeconds
  /** What its host called the document that was adopted last. */
  readonly etag?: string
  /** Why it did not work; absent since it last did. */
  readonly failure?: RefreshFailure
  /** Why its document was read and not adopted; absent since one was. */
  readonly quarantine?: RefreshFailure
}

export interface RefreshFailure {
  /** The first time since it last worked. */
  readonly since: EpochSeconds
  readonly at: EpochSeconds
  /** How often in a row. */
  readonly times: number
  readonly code: RefusalCode
  readonly detail: string
}

/** Where partner applications are kept. Identity (any case) and application id are each unique. */
export interface PartnerStore {
  all(): Promise<Partner[]>
  add(partner: Partner): Promise<'added' | 'identity taken' | 'application taken'>
  /** Replaces the record of the same identity. Its application id never changes. */
  replace(partner: Partner): Promise<'replaced' | 'missing'>
  remove(identity: string): Promise<'removed' | 'missing'>
}

/** Names of the partner applications whose linked account has this SID, or had it before it was removed. */
export function linkedTo(partners: readonly Partner[], sid: string): readonly string[] {
  return partners
    .filter(({ linkedAccount }) => linkedAccount !== undefined && fold(linkedAccount) === fold(sid))
    .map(({ identity }) => identity)
}
