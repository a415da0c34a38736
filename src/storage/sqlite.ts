/** Storage in one SQLite file, or in memory: the same code. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { isNativeError } from 'node:util/types'
import { CamelCasePlugin, Kysely } from 'kysely'
import { openAccessStore } from './access-store.ts'
import { openAdminTokenStore } from './admin-token-store.ts'
import { openAssertionStore } from './assertion-store.ts'
import { openAuditStore } from './audit-store.ts'
import { sweepBlobs } from './blobs.ts'
import { indexNames, openDirectoryStore } from './directory-store.ts'
import { openDocumentFetchStore } from './document-fetch-store.ts'
import { openRealmStore, openRootAuthorityStore } from './farm-trust-store.ts'
import { openGroupStore } from './group-store.ts'
import { openListStore } from './list-store.ts'
import { openMailboxStore } from './mailbox-store.ts'
import { openManagementStore } from './management-store.ts'
import { migrate } from './migrations.ts'
import { openPartnerStore } from './partner-store.ts'
import type { Schema } from './schema.ts'
import { openSigningKeyStore } from './signing-key-store.ts'
import { openSiteAccessStore } from './site-access-store.ts'
import { type Database, dialectOf, loadEngine, PATIENCE_MS } from './sqlite-dialect.ts'
import type { Storage } from './storage.ts'
import { openStorageServiceStore } from './storage-service-store.ts'

/** Which storage a server is to use. */
export type StorageConfig = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly path: string }

/** The file cannot be opened, is damaged, is no database, or one of a newer program. */
export class UnusableDatabase extends Error {
  override readonly name = 'UnusableDatabase'
}

const IN_MEMORY = ':memory:'

/** Opens the storage that the configuration names. */
export function openStorage(config: StorageConfig): Promise<Storage> {
  switch (config.kind) {
    case 'memory':
      return openMemory()
    case 'sqlite':
      return openSqlite(config.path)
  }
}

/** Opens storage that is gone when it is closed. */
export function openMemory(): Promise<Storage> {
  return openSqlite(IN_MEMORY)
}

/** Opens the database at `path`, made first if it is missing, and brings its tables up to date. */
export async function openSqlite(path: string): Promise<Storage> {
  const { DatabaseSync } = await loadEngine()
  let database: Database | undefined
  try {
    if (path !== IN_MEMORY) makeFile(path)
    database = new DatabaseSync(path)
    const db = await prepare(database)
    return {
      partners: openPartnerStore(db),
      directory: openDirectoryStore(db),
      groups: openGroupStore(db),
      management: openManagementStore(db),
      mailboxes: openMailboxStore(db),
      lists: openListStore(db),
      storageService: openStorageServiceStore(db),
      access: openAccessStore(db),
      siteAccess: openSiteAccessStore(db),
      realms: openRealmStore(db),
      rootAuthorities: openRootAuthorityStore(db),
      audit: openAuditStore(db),
      adminTokens: openAdminTokenStore(db),
      signingKeys: openSigningKeyStore(db),
      documentFetches: openDocumentFetchStore(db),
      assertions: openAssertionStore(db),
      async close() {
        await db.connection().execute(async () => {}) // waits for its turn, and so for the calls before it
        await db.destroy()
      },
    }
  } catch (error) {
    database?.close()
    if (!isNativeError(error) || error instanceof TypeError) throw error
    throw new UnusableDatabase(`the database ${path} cannot be opened: ${error.message}`, { cause: error })
  }
}

// SQLite would make the file readable by everyone. Its -wal and -shm files take their mode from it.
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
}

async function prepare(database: Database): Promise<Kysely<Schema>> {
  database.exec(`pragma busy_timeout = ${PATIENCE_MS}`)
  database.exec('pragma journal_mode = wal')
  database.exec('pragma synchronous = full')
  database.exec('pragma foreign_keys = on')
  const db = new Kysely<Schema>({ dialect: dialectOf(database), plugins: [new CamelCasePlugin()] })
  await migrate(db)
  await sweepBlobs(db)
  await indexNames(db)
  return db
}
