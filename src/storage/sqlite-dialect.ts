/** Kysely on a synchronous SQLite engine. */
import { isBuiltin } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import { isNativeError } from 'node:util/types'
import type { DatabaseConnection, Dialect, SqliteDatabase } from 'kysely'
import { SqliteAdapter, SqliteDriver, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'

/** How long one connection waits for another to be done. */
export const PATIENCE_MS = 5_000
const STEP_MS = 5

/** An open database, as node:sqlite and @photostructure/sqlite both have it. */
export interface Database {
  readonly isTransaction: boolean
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

interface Statement {
  columns(): readonly unknown[]
  all(...values: SqlValue[]): unknown[]
  run(...values: SqlValue[]): { changes: number | bigint; lastInsertRowid: number | bigint }
  iterate(...values: SqlValue[]): IterableIterator<unknown>
}

type SqlValue = string | number | bigint | Uint8Array | null

interface Engine {
  readonly DatabaseSync: new (path: string) => Database
  readonly StatementSync: { readonly prototype: object }
}

/** Node's own engine where there is one that can tell a reading statement (22.16 and later), else its API as a package. */
export async function loadEngine(): Promise<Engine> {
  const builtin: string = 'node:sqlite' // not a literal: Node 20 and its types do not know it
  if (isBuiltin(builtin)) {
    const engine: Engine = await import(builtin)
    if ('columns' in engine.StatementSync.prototype) return engine
  }
  return import('@photostructure/sqlite')
}

/** The dialect under which Kysely works on an open database. */
export function dialectOf(database: Database): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new Driver(database),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** Kysely's driver, with transactions that wait for each other instead of failing or freezing the process. */
class Driver extends SqliteDriver {
  readonly #database: Database

  constructor(database: Database) {
    super({ database: forKysely(database) })
    this.#database = database
  }

  /**
   * Takes the write lock at once: a transaction that only writes after it has read fails if another connection wrote in
   * between. While another holds the lock it waits without blocking the thread, which may be the thread of that other.
   */
  override async beginTransaction(): Promise<void> {
    for (let waited = 0; !this.#tryToBegin(waited >= PATIENCE_MS); waited += STEP_MS) await pause(STEP_MS)
  }

  /** A full disk ends the transaction by itself; a rollback that fails would hide why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.isTransaction) await super.rollbackTransaction(connection)
  }

  #tryToBegin(lastTime: boolean): boolean {
    try {
      this.#database.exec('pragma busy_timeout = 0')
      this.#database.exec('begin immediate')
      return true
    } catch (error) {
      if (isBusy(error) && !lastTime) return false
      throw error
    } finally {
      this.#database.exec(`pragma busy_timeout = ${PATIENCE_MS}`)
    }
  }
}

const SQLITE_BUSY = 5

/** Whether an error says that another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return isNativeError(error) && 'errcode' in error && error.errcode === SQLITE_BUSY
}

// Statements that are kept ready. There are some three hundred texts in all; those with a list in them have as many as lists
// have lengths.
const MOST_STATEMENTS = 500
// What changes tables is done once, and changes what others read.
const IS_KEPT = /^\s*(?:select|insert|update|delete|begin|commit|with)\b/i

function forKysely(database: Database): SqliteDatabase {
  const ready = new Map<string, { readonly statement: Statement; readonly reader: boolean }>()
  // To make one ready takes three quarters of what looking up a row takes in all.
  const prepared = (sql: string) => {
    const known = ready.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    const made = { statement, reader: statement.columns().length > 0 }
    if (!IS_KEPT.test(sql)) {
      ready.clear()
      return made
    }
    const [oldest] = ready.keys()
    if (ready.size >= MOST_STATEMENTS && oldest !== undefined) ready.delete(oldest)
    ready.set(sql, made)
    return made
  }
  return {
    close() {
      ready.clear()
      database.close()
    },
    prepare(sql) {
      const { statement, reader } = prepared(sql)
      return {
        reader,
        all: (values) => statement.all(...values.map(bindable)),
        run: (values) => statement.run(...values.map(bindable)),
        // One of its own: whoever reads row by row may meet others with the same text on the way.
        iterate: (values) => database.prepare(sql).iterate(...values.map(bindable)),
      }
    },
  }
}

function bindable(value: unknown): SqlValue {
  if (typeof value === 'boolean') return Number(value)
  // Some of the engines end a text at a NUL.
  if (typeof value === 'string' && value.includes('\0'))
    throw new TypeError('a text with a NUL cannot be stored')
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`a ${typeof value} cannot be stored`)
}
