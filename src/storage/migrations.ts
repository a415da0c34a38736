/** How a database comes to have its tables: a list that only ever grows at its end, one step per released change. */
import type { Kysely, Transaction } from 'kysely'
import { sql } from 'kysely'
import { firstTables } from './migrations/01-first-tables.ts'
import { audit } from './migrations/02-audit.ts'
import { adminTokens } from './migrations/03-admin-tokens.ts'
import { partnerAuthority } from './migrations/04-partner-authority.ts'
import { mailboxPages } from './migrations/05-mailbox-pages.ts'
import { lists } from './migrations/06-lists.ts'
import { signingKeys } from './migrations/07-signing-keys.ts'
import { userNames } from './migrations/08-user-names.ts'
import { mailboxAccess } from './migrations/09-mailbox-access.ts'
import { recordChains } from './migrations/10-record-chains.ts'
import { itemIndexes } from './migrations/11-item-indexes.ts'
import { storageService } from './migrations/12-storage-service.ts'
import { siteAccess } from './migrations/13-site-access.ts'
import { authorization } from './migrations/14-authorization.ts'
import { blobPieces } from './migrations/15-blob-pieces.ts'
import { tokenServers } from './migrations/16-token-servers.ts'
import { privateItems } from './migrations/17-private-items.ts'
import { proxyAddresses } from './migrations/18-proxy-addresses.ts'
import { certificateColumns } from './migrations/19-certificate-columns.ts'
import { assertionCounts } from './migrations/20-assertion-counts.ts'
import { forgottenAssertions } from './migrations/21-forgotten-assertions.ts'
import { forgottenAccounts } from './migrations/22-forgotten-accounts.ts'
import type { Schema } from './schema.ts'

/** SQL, or what SQL alone cannot do. */
type Statement = string | ((tx: Transaction<Schema>) => Promise<void>)

/** The steps, each a list of statements. A step that was released is never edited: databases have been through it. */
export const MIGRATIONS: readonly (readonly Statement[])[] = [
  firstTables,
  audit,
  adminTokens,
  partnerAuthority,
  mailboxPages,
  lists,
  signingKeys,
  userNames,
  mailboxAccess,
  recordChains,
  itemIndexes,
  storageService,
  siteAccess,
  authorization,
  blobPieces,
  tokenServers,
  privateItems,
  proxyAddresses,
  certificateColumns,
  assertionCounts,
  forgottenAssertions,
  forgottenAccounts,
]

/** Brings a database up to date, all steps or none. Throws if a newer program has been here. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const version = await versionOf(tx)
    if (version > MIGRATIONS.length) {
      throw new Error(`a newer program made it (version ${version}, this program knows ${MIGRATIONS.length})`)
    }
    if (version === MIGRATIONS.length) return
    for (const statement of MIGRATIONS.slice(version).flat()) {
      await (typeof statement === 'string' ? sql.raw(statement).execute(tx) : statement(tx))
    }
    await tx.updateTable('schemaVersion').set({ version: MIGRATIONS.length }).execute()
  })
}

async function versionOf(tx: Transaction<Schema>): Promise<number> {
  await sql`create table if not exists schema_version (version integer not null)`.execute(tx)
  const row = await tx.selectFrom('schemaVersion').select('version').executeTakeFirst()
  if (row !== undefined) return row.version
  await tx.insertInto('schemaVersion').values({ version: 0 }).execute()
  return 0
}
