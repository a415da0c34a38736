/** Partner applications and their certificates, kept in SQL. */
import type { Insertable, Kysely, Selectable } from 'kysely'
import { type Certificate, readCertificate } from '../protocol/certificate.ts'
import type { Thumbprint } from '../protocol/ids.ts'
import type { AuthServer, TokenClient } from '../trust/auth-server.ts'
import { keptCertificate, keyMark } from '../trust/kept-certificate.ts'
import type { Partner, PartnerRefresh, PartnerSource, PartnerStore } from '../trust/partner.ts'
import type { Schema } from './schema.ts'

type PartnerRow = Selectable<Schema['partners']>
/** Of a partner without certificates every column is null. */
type CertificateRow = {
  [Column in Exclude<keyof Schema['partnerCertificates'], 'partner' | 'position'>]:
    | Schema['partnerCertificates'][Column]
    | null
}

/** Opens the store of partner applications on a database that has its tables. */
export function openPartnerStore(db: Kysely<Schema>): PartnerStore {
  return {
    async all() {
      // Row by row in one statement: all of them at once would be a second copy of all partners.
      const rows = db
        .selectFrom('partners')
        .leftJoin('partnerCertificates', 'partnerCertificates.partner', 'partners.seq')
        .selectAll('partners')
        .select(['der', 'x5t', 'subject', 'notBefore', 'notAfter', 'keyMark'])
        .orderBy('seq')
        .orderBy('position')
        .stream()
      return partnersOf(rows)
    },

    add: (partner) =>
      db.transaction().execute(async (tx) => {
        if (await isTaken(tx, 'identityKey', keyOf(partner.identity))) return 'identity taken'
        if (await isTaken(tx, 'applicationId', partner.application.appId)) return 'application taken'
        const { seq } = await tx
          .insertInto('partners')
          .values(rowOf(partner))
          .returning('seq')
          .executeTakeFirstOrThrow()
        await addCertificates(tx, seq, partner.certificates)
        return 'added'
      }),

    // With another application id it is not the record that the caller has read: that one is gone.
    replace: (partner) =>
      db.transaction().execute(async (tx) => {
        const row = await tx
          .updateTable('partners')
          .set(rowOf(partner))
          .where('identityKey', '=', keyOf(partner.identity))
          .where('applicationId', '=', partner.application.appId)
          .returning('seq')
          .executeTakeFirst()
        if (row === undefined) return 'missing'
        await tx.deleteFrom('partnerCertificates').where('partner', '=', row.seq).execute()
        await addCertificates(tx, row.seq, partner.certificates)
        return 'replaced'
      }),

    remove: (identity) =>
      db.transaction().execute(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('partners')
          .where('identityKey', '=', keyOf(identity))
          .executeTakeFirstOrThrow()
        return numDeletedRows === 1n ? 'removed' : 'missing'
      }),
  }
}

function keyOf(identity: string): string {
  return identity.toLowerCase()
}

async function isTaken(
  db: Kysely<Schema>,
  column: 'identityKey' | 'applicationId',
  value: string,
): Promise<boolean> {
  const row = await db.selectFrom('partners').select('seq').where(column, '=', value).executeTakeFirst()
  return row !== undefined
}

async function addCertificates(
  db: Kysely<Schema>,
  partner: number,
  certificates: readonly Certificate[],
): Promise<void> {
  for (const [position, certificate] of certificates.entries()) {
    const { der, x5t, subject, notBefore, notAfter } = certificate
    const read = { x5t, subject, notBefore, notAfter, keyMark: keyMark(certificate) }
    await db
      .insertInto('partnerCertificates')
      .values({ partner, position, der, ...read })
      .execute()
  }
}

function rowOf({ identity, application, source, ...rest }: Partner): Insertable<Schema['partners']> {
  return {
    identity,
    identityKey: keyOf(identity),
    applicationId: application.appId,
    realm: application.realm,
    issuer: rest.issuer,
    sourceKind: source.kind === 'auth server' ? 'certificate' : source.kind,
    usesAuthServer: source.kind === 'auth server',
    sourceUrl: source.kind === 'metadata' ? source.url : null,
    certificateAuthority: rest.certificateAuthority ?? null,
    linkedAccount: rest.linkedAccount ?? null,
    trustLevel: rest.trustLevel,
    enabled: rest.enabled,
    acceptSids: rest.acceptSids,
    createdAt: rest.createdAt,
    updatedAt: rest.updatedAt,
    refreshedAt: rest.refreshedAt,
    refresh: rest.refresh === undefined ? null : JSON.stringify(rest.refresh),
    isTrustBroker: rest.isTrustBroker === true,
    authServer: jsonOf(rest.authServer),
    tokenClient: jsonOf(rest.tokenClient),
    description: rest.description ?? null,
    revokedKeys: rest.revokedKeys === undefined ? null : JSON.stringify(rest.revokedKeys),
  }
}

// A partner with several certificates comes as several rows, one after the other.
async function partnersOf(rows: AsyncIterable<PartnerRow & CertificateRow>): Promise<Partner[]> {
  const found: (Partner & { certificates: Certificate[] })[] = []
  let last: number | undefined
  for await (const row of rows) {
    const known = row.seq === last ? found.at(-1) : undefined
    const partner = known ?? { ...partnerOf(row), certificates: [] }
    if (row.der !== null) partner.certificates.push(certificateOf(row.der, row))
    if (known === undefined) found.push(partner)
    last = row.seq
  }
  return found
}

function partnerOf(row: PartnerRow): Omit<Partner, 'certificates'> {
  return {
    identity: row.identity,
    application: { appId: row.applicationId, realm: row.realm },
    issuer: row.issuer,
    source: sourceOf(row),
    ...(row.certificateAuthority !== null && { certificateAuthority: row.certificateAuthority }),
    ...(row.linkedAccount !== null && { linkedAccount: row.linkedAccount }),
    trustLevel: row.trustLevel,
    enabled: row.enabled === 1,
    acceptSids: row.acceptSids === 1,
    ...(row.isTrustBroker === 1 && { isTrustBroker: true as const }),
    ...(row.authServer !== null && { authServer: JSON.parse(row.authServer) as AuthServer }),
    ...(row.tokenClient !== null && { tokenClient: JSON.parse(row.tokenClient) as TokenClient }),
    ...(row.description !== null && { description: row.description }),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    refreshedAt: row.refreshedAt,
    ...(row.refresh !== null && { refresh: JSON.parse(row.refresh) as PartnerRefresh }),
    ...(row.revokedKeys !== null && { revokedKeys: JSON.parse(row.revokedKeys) as Thumbprint[] }),
  }
}

function jsonOf(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

function sourceOf({ sourceKind, sourceUrl, usesAuthServer }: PartnerRow): PartnerSource {
  if (usesAuthServer === 1) return { kind: 'auth server' }
  if (sourceKind !== 'metadata') return { kind: sourceKind }
  if (sourceUrl === null) throw new Error('a partner read from metadata has a URL')
  return { kind: sourceKind, url: sourceUrl }
}

// Rows of before have the certificate alone.
function certificateOf(der: string, row: PartnerRow & CertificateRow): Certificate {
  const { identity, x5t, subject, notBefore, notAfter, keyMark } = row
  if (x5t !== null && subject !== null && notBefore !== null && notAfter !== null && keyMark !== null)
    return keptCertificate({ der, x5t: x5t as Thumbprint, subject, notBefore, notAfter, keyMark })
  const certificate = readCertificate(der, 'certificate')
  if (certificate.ok) return certificate.value
  throw new Error(`a stored certificate of the partner ${identity} cannot be read: ${certificate.code}`)
}
