/** The identifiers of the field, each with a type of its own, so that no two can be swapped by mistake. */
import * as z from 'zod'

/** The id of an application (a GUID). Ids are compared case-sensitively by the real products, so ours are lower case. */
export const AppId = z.guid().toLowerCase().brand<'AppId'>()
export type AppId = z.infer<typeof AppId>

/** The name of a security realm: a GUID (SharePoint), a DNS name (Exchange, Lync) or `*` (any realm, cloud only). Compared exactly. */
export const Realm = z
  .string()
  .regex(/^(?:\*|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?)$/, 'expected a DNS name, a GUID or *')
  .brand<'Realm'>()
export type Realm = z.infer<typeof Realm>

/** SHA-1 thumbprint of a DER certificate as base64url without padding (RFC 7515, 4.1.7). It names a key; it proves nothing. */
export type Thumbprint = string & z.core.$brand<'Thumbprint'>

/** Whole seconds since 1970-01-01 UTC. */
export type EpochSeconds = number

/** A moment for people and JSON: `2026-11-21T00:00:00Z`. */
export function isoTime(seconds: EpochSeconds): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

/** The well-known application ids (facts/protocol.md 5). */
export const WELL_KNOWN = {
  exchange: AppId.parse('00000002-0000-0ff1-ce00-000000000000'),
  sharepoint: AppId.parse('00000003-0000-0ff1-ce00-000000000000'),
  lync: AppId.parse('00000004-0000-0ff1-ce00-000000000000'),
} as const

/** The id of the cloud's token server (ACS), which a token server here has too. */
export const TOKEN_SERVER_ID = AppId.parse('00000001-0000-0000-c000-000000000000')
