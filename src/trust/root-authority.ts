/** Root authorities: certificates that the signing certificates of issuers may come from (facts/administration.md C.2). */
import type { Certificate } from '../protocol/certificate.ts'
import type { EpochSeconds } from '../protocol/ids.ts'

export interface RootAuthority {
  /** Unique in any case. */
  readonly name: string
  readonly certificate: Certificate
  /** Where it was read; absent: an administrator gave it. */
  readonly metadataEndPoint?: string
  readonly createdAt: EpochSeconds
}

export interface RootAuthorityStore {
  /** In the order they were added. */
  all(): Promise<RootAuthority[]>
  add(authority: RootAuthority): Promise<'added' | 'exists'>
  remove(name: string): Promise<'removed' | 'missing'>
}
