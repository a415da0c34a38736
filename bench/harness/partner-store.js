/** A database with many partners, filled in one transaction. */
import { createHash } from 'node:crypto'
import { readCertificate } from '../../dist/protocol/certificate.js'
import { formatPrincipal } from '../../dist/protocol/principal.js'
import { openSqlite } from '../../dist/storage/sqlite.js'
import { loadEngine } from '../../dist/storage/sqlite-dialect.js'
import { applicationOf } from './many-partners.js'

/** Where the partner of this number publishes its document. */
export function hostOf(number) {
  return `partner-${number}.partners.example`
}

/** A registration from a metadata URL, as a day of refreshes leaves it. */
export function registrationOf(number, certificates, now) {
  const application = applicationOf(number)
  return {
    ...{ identity: `partner-${number}`, application, issuer: formatPrincipal(application) },
    source: { kind: 'metadata', url: `https://${hostOf(number)}/metadata/json/1` },
    certificates,
    ...{ trustLevel: 'Full', enabled: true, acceptSids: false },
    ...{ createdAt: now, updatedAt: now, refreshedAt: now },
    refresh: {
      generation: 1,
      nextAt: now + 43_200,
      etag: `"${createHash('md5').update(`${number}`).digest('hex')}"`,
    },
  }
}

export function certificateOf(der) {
  const read = readCertificate(der, 'certificate')
  if (!read.ok) throw new Error(`a certificate that was just made: ${read.code}`)
  return read.value
}

/** Makes the database at `path` with partners 0 to `count` - 1, whose certificates `keys` makes. */
export async function fillPartners(path, keys, count, now) {
  const storage = await openSqlite(path)
  // The first by the store, the others as it wrote the first: through the store each would be a transaction of its own.
  await storage.partners.add(registrationOf(0, [certificateOf(keys.certificate(0).der)], now))
  await storage.close()
  const { DatabaseSync } = await loadEngine()
  const database = new DatabaseSync(path)
  const columnsOf = (table) => {
    const [row] = database.prepare(`select * from ${table}`).all()
    return { ...row }
  }
  const [partner, certificate] = [columnsOf('partners'), columnsOf('partner_certificates')]
  const insertInto = (table, row) => {
    const names = Object.keys(row)
    return database.prepare(
      `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
    )
  }
  const [addPartner, addCertificate] = [
    insertInto('partners', partner),
    insertInto('partner_certificates', certificate),
  ]
  database.exec('begin')
  for (let number = 1; number < count; number++) {
    const seq = partner.seq + number
    const record = registrationOf(number, [], now)
    const { identity, application, issuer, source, refresh } = record
    addPartner.run(
      ...Object.values({
        ...{ ...partner, seq, identity, identity_key: identity, application_id: application.appId, issuer },
        ...{ source_url: source.url, refresh: JSON.stringify(refresh) },
      }),
    )
    const { der, x5t, key } = keys.certificate(number)
    const mark = createHash('sha256').update(key).digest().readUIntBE(0, 6)
    addCertificate.run(...Object.values({ ...certificate, partner: seq, der, x5t, key_mark: mark }))
  }
  database.exec('commit')
  database.close()
}
