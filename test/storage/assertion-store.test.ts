/** Spent assertions: how much work one is, and that none is ever taken twice, whatever happens to the process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CamelCasePlugin, Kysely, sql } from 'kysely'
import { openAssertionStore } from '../../src/storage/assertion-store.ts'
import { assertionCounts } from '../../src/storage/migrations/20-assertion-counts.ts'
import { migrate } from '../../src/storage/migrations.ts'
import type { Schema } from '../../src/storage/schema.ts'
import { openSqlite } from '../../src/storage/sqlite.ts'
import { dialectOf, loadEngine } from '../../src/storage/sqlite-dialect.ts'

const NOW = 1_700_000_000
const UNTIL = NOW + 600
const MANY = { ofAll: 100_000, ofOne: 100_000 }
const SPENDER = fileURLToPath(new URL('kill-spender.mjs', import.meta.url))
const ENOUGH = 100

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'entente-assertions-'))
  path = join(dir, 'entente.sqlite')
})
afterEach(() => rmSync(dir, { recursive: true }))

const spent = (name: string, client = 'a@litwareinc.com', until = UNTIL) => ({ client, once: name, until })

async function openDatabase(at: string, seen: string[] = []) {
  const { DatabaseSync } = await loadEngine()
  return new Kysely<Schema>({
    dialect: dialectOf(new DatabaseSync(at)),
    plugins: [new CamelCasePlugin()],
    log: ({ query }) => {
      seen.push(query.sql)
    },
  })
}

async function countsOf(db: Kysely<Schema>): Promise<Record<string, number>> {
  const { rows } = await sql<{ client: string; count: number }>`select * from spent_assertion_counts`.execute(
    db,
  )
  return Object.fromEntries(rows.map(({ client, count }) => [client, count]))
}

test('what one costs does not grow with those that are kept: every statement looks rows up, and none goes through them', async () => {
  const statements: string[] = []
  const db = await openDatabase(path, statements)
  await migrate(db)
  statements.length = 0
  const store = openAssertionStore(db)
  for (const _ of [1, 2]) await store.spend(spent('1'), NOW, MANY)
  const ours = statements.filter((text) => text.includes('spent_assertion'))
  expect(ours).toHaveLength(5) // forgets and notes; forgets, does not note, and looks
  const triggers = await sql<{ sql: string }>`
    select sql from sqlite_schema where type = 'trigger' and tbl_name = 'spent_assertions'`.execute(db)
  const within = triggers.rows.flatMap(({ sql: text }) => {
    const [, body = ''] = /\bbegin\b(.*)\bend\b/s.exec(text) ?? []
    return body.split(';').map((one) => one.replaceAll(/\b(?:new|old)\.client\b/g, '?').trim())
  })
  expect(within.filter((one) => one !== '')).toHaveLength(4)
  for (const one of [...ours, ...within].filter((text) => text !== '')) {
    const { rows } = await sql.raw<{ detail: string }>(`explain query plan ${one}`).execute(db)
    expect(rows.map(({ detail }) => detail).filter((detail) => /SCAN (?!CONSTANT)/.test(detail))).toEqual([])
  }
  await db.destroy()
})

test('the counts are those of the rows, as they come and go and after a start, and clients without any have none', async () => {
  const db = await openDatabase(path)
  await migrate(db)
  const store = openAssertionStore(db)
  for (const name of ['1', '2', '3']) await store.spend(spent(name), NOW, MANY)
  await store.spend(spent('1'), NOW, MANY)
  await store.spend(spent('1', 'b@litwareinc.com', NOW + 60), NOW, MANY)
  expect(await countsOf(db)).toEqual({ '': 4, 'a@litwareinc.com': 3, 'b@litwareinc.com': 1 })
  await db.destroy()
  const again = await openDatabase(path)
  await openAssertionStore(again).spend(spent('4'), NOW + 61, MANY)
  expect(await countsOf(again)).toEqual({ '': 4, 'a@litwareinc.com': 4 })
  await openAssertionStore(again).spend(spent('5', 'c@litwareinc.com', UNTIL + 700), NOW + 601, MANY)
  expect(await countsOf(again)).toEqual({ '': 1, 'c@litwareinc.com': 1 })
  await again.destroy()
})

test('a database of before is counted once', async () => {
  const db = await openDatabase(path)
  await migrate(db)
  for (const text of [
    'drop trigger spent_assertions_come',
    'drop trigger spent_assertions_go',
    'drop table spent_assertion_counts',
    "insert into spent_assertions values ('a', '1', 5), ('a', '2', 5), ('b', '1', 5)",
    ...assertionCounts,
  ])
    await sql.raw(text).execute(db)
  expect(await countsOf(db)).toEqual({ '': 3, a: 2, b: 1 })
  await db.destroy()
})

test('many at once are one transaction, in which the bounds hold to the last place', async () => {
  const statements: string[] = []
  const db = await openDatabase(path, statements)
  await migrate(db)
  statements.length = 0
  const store = openAssertionStore(db)
  const limits = { ofAll: 8, ofOne: 5 }
  const names = ['1', '1', '2', '3', '4', '5', '6', '1']
  const spendings = await Promise.all([
    ...names.map((name) => store.spend(spent(name), NOW, limits)),
    ...names.map((name) => store.spend(spent(name, 'b@litwareinc.com'), NOW, limits)),
  ])
  expect(spendings).toEqual([
    ...['spent', 'spent before', 'spent', 'spent', 'spent', 'spent', 'full', 'spent before'],
    ...['spent', 'spent before', 'spent', 'spent', 'full', 'full', 'full', 'spent before'],
  ])
  expect(statements.filter((text) => text.startsWith('delete'))).toHaveLength(1)
  await db.destroy()
})

test('none of a transaction that failed is taken, and all may come again', async () => {
  const storage = await openSqlite(path)
  const { assertions } = storage
  const bad = assertions.spend(spent('1', 'a\0b'), NOW, MANY)
  const other = assertions.spend(spent('1'), NOW, MANY)
  await expect(bad).rejects.toThrow('NUL')
  await expect(other).rejects.toThrow('NUL')
  expect(await assertions.spend(spent('1'), NOW, MANY)).toBe('spent')
  await storage.close()
})

test('storage that is closed at once has what was asked of it before', async () => {
  const storage = await openSqlite(path)
  const spending = ['1', '2', '2'].map((name) => storage.assertions.spend(spent(name), NOW, MANY))
  await storage.close()
  expect(await Promise.all(spending)).toEqual(['spent', 'spent', 'spent before'])
})

test('what was taken before a kill -9 is not taken after it', async () => {
  const child = spawn(process.execPath, [SPENDER, path, String(NOW)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let output = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    output += String(chunk)
    if (output.split('\n').length > ENOUGH) child.kill('SIGKILL')
  }
  expect(await closed).toEqual([null, 'SIGKILL'])
  const taken = output.split('\n').slice(0, -1)
  expect(taken.length).toBeGreaterThanOrEqual(ENOUGH)
  const storage = await openSqlite(path)
  const again = await Promise.all(taken.map((name) => storage.assertions.spend(spent(name), NOW, MANY)))
  expect(new Set(again)).toEqual(new Set(['spent before']))
  await storage.close()
})
