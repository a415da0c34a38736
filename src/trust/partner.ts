/** A partner application: another server that this one has registered. The record lives on the receiving server. */
import type { Certificate } from '../protocol/certificate.ts'
import type { EpochSeconds } from '../protocol/ids.ts'
import type { Principal } from '../protocol/principal.ts'

/** What a partner may do (facts/administration.md A.1). */
export const TRUST_LEVELS = ['Full', 'Application', 'User'] as const
export type TrustLevel = (typeof TRUST_LEVELS)[number]

/** Where a partner's keys came from, and so whether they can be read again. */
export type PartnerSource =
  | { readonly kind: 'metadata'; readonly url: string }
  | { readonly kind: 'document' }
  | { readonly kind: 'certificate' }

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
  readonly createdAt: EpochSeconds
  readonly updatedAt: EpochSeconds
  /** When its keys were last read. */
  readonly refreshedAt: EpochSeconds
}

/** Where partner applications are kept. Identity (any case) and application id are each unique. */
export interface PartnerStore {
  all(): Promise<Partner[]>
  add(partner: Partner): Promise<'added' | 'identity taken' | 'application taken'>
  /** Replaces the record of the same identity. Its application id never changes. */
  replace(partner: Partner): Promise<'replaced' | 'missing'>
  remove(identity: string): Promise<'removed' | 'missing'>
}
