/** The signing keys of a server, their certificates and states, kept in SQL. Private keys are elsewhere. */
import type { Kysely, Selectable } from 'kysely'
import { readCertificate } from '../protocol/certificate.ts'
import type { OwnKeyStore } from '../trust/own-keys.ts'
import type { OwnKey } from '../trust/signing-keys.ts'
import type { Schema } from './schema.ts'

/** Opens the store of signing keys on a database that has its tables. */
export function openSigningKeyStore(db: Kysely<Schema>): OwnKeyStore {
  return {
    async read() {
      const rows = await db.selectFrom('signingKeys').selectAll().orderBy('position').execute()
      const row = await db.selectFrom('signingGeneration').select('generation').executeTakeFirst()
      return { keys: rows.map(keyOf), generation: row?.generation ?? 0 }
    },

    write: (keys, generation) =>
      db.transaction().execute(async (tx) => {
        await tx.deleteFrom('signingKeys').execute()
        for (const [position, key] of keys.entries()) {
          const { certificate, root, effectiveAt, ...rest } = key
          await tx
            .insertInto('signingKeys')
            .values({
              ...{ ...rest, position, x5t: certificate.x5t, der: certificate.der },
              root: root ?? null,
              effectiveAt: effectiveAt ?? null,
            })
            .execute()
        }
        await tx.deleteFrom('signingGeneration').execute()
        await tx.insertInto('signingGeneration').values({ generation }).execute()
      }),
  }
}

function keyOf({
  der,
  root,
  effectiveAt,
  state,
  since,
  addedAt,
  x5t,
}: Selectable<Schema['signingKeys']>): OwnKey {
  const certificate = readCertificate(der, 'certificate')
  if (!certificate.ok)
    throw new Error(`the stored signing certificate ${x5t} cannot be read: ${certificate.code}`)
  return {
    certificate: certificate.value,
    ...(root !== null && { root }),
    state,
    ...(effectiveAt !== null && { effectiveAt }),
    since,
    addedAt,
  }
}
