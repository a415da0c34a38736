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
const SKEW = 300
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

const spent = (name: string, client = 'a@litwareinc.com', until = UNTIL) => ({
  ...{ client, once: name, until },
  expiresAt: until - SKEW - 1,
})

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
  for (const most of [MANY, MANY, { ofAll: 0, ofOne: 0 }]) await store.spend(spent('1'), NOW, most)
  expect(await store.spend(spent('2'), NOW, { ofAll: 0, ofOne: 0 })).toBe('full')
  const ours = [...new Set(statements.filter((text) => /(?:spent|forgotten)_assertions/.test(text)))]
  expect(ours).toHaveLength(5) // notes; looks, and looks back; forgets of one, and of all
  const triggers = await sql<{ sql: string }>`
    select sql from sqlite_schema where type = 'trigger' and tbl_name = 'spent_assertions'`.execute(db)
  const within = triggers.rows.flatMap(({ sql: text }) => {
    const [, body = ''] = /\bbegin\b(.*)\bend\b/s.exec(text) ?? []
    return body.split(';').map((one) => one.replaceAll(/\b(?:new|old)\.\w+\b/g, '?').trim())
  })
  expect(within.filter((one) => one !== '')).toHaveLength(5)
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
  const four = { ofAll: 4, ofOne: 4 }
  await openAssertionStore(again).spend(spent('4'), NOW + 61, four)
  expect(await countsOf(again)).toEqual({ '': 4, 'a@litwareinc.com': 4 })
  await openAssertionStore(again).spend(spent('5', 'c@litwareinc.com', UNTIL + 700), NOW + 601, four)
  expect(await countsOf(again)).toEqual({ '': 1, 'c@litwareinc.com': 1 })
  await again.destroy()
})

test('what is over stays while there is room, so that a clock which is set back finds it', async () => {
  const { assertions, close } = await openSqlite(path)
  expect(await assertions.spend(spent('1'), NOW, MANY)).toBe('spent')
  expect(await assertions.spend(spent('2', 'b@litwareinc.com', UNTIL + 5_000), NOW + 5_000, MANY)).toBe(
    'spent',
  )
  expect(await assertions.spend(spent('1'), NOW, MANY)).toBe('spent before')
  await close()
})

test('what was forgotten is not taken again, by a clock that was set back nor with a larger difference of clocks', async () => {
  const two = { ofAll: 2, ofOne: 2 }
  const { assertions, close } = await openSqlite(path)
  for (const name of ['1', '2']) await assertions.spend(spent(name), NOW, two)
  const next = spent('3', 'a@litwareinc.com', UNTIL + 700)
  expect(await assertions.spend(next, UNTIL + 1, two)).toBe('spent')
  await close()
  const again = await openSqlite(path)
  for (const more of [0, 600]) {
    const before = { ...spent('1'), until: UNTIL + more }
    expect(await again.assertions.spend(before, NOW, MANY)).toBe('too old')
  }
  const later = { ...spent('4'), expiresAt: spent('1').expiresAt + 1 }
  expect(await again.assertions.spend(later, NOW, MANY)).toBe('spent')
  await again.close()
})

test('a name is free again once what had it is over, and the later of the two keeps the earlier out', async () => {
  const { assertions, close } = await openSqlite(path)
  const later = spent('1', 'a@litwareinc.com', UNTIL + 700)
  expect(await assertions.spend(spent('1'), NOW, MANY)).toBe('spent')
  expect(await assertions.spend(later, UNTIL, MANY)).toBe('spent before')
  expect(await assertions.spend(later, UNTIL + 1, MANY)).toBe('spent')
  for (const now of [NOW, UNTIL + 1, UNTIL + 701]) {
    expect(await assertions.spend(spent('1'), now, MANY)).toBe('spent before')
    expect(await assertions.spend({ ...later, until: UNTIL + 2_000 }, now, MANY)).toBe('spent before')
  }
  await close()
})

test('what is over makes room a part at a time, and as much as is needed', async () => {
  const db = await openDatabase(path)
  await migrate(db)
  const store = openAssertionStore(db)
  const limits = { ofAll: 1_200, ofOne: 1_200 }
  await Promise.all(Array.from({ length: 1_200 }, (_, at) => store.spend(spent(`${at}`), NOW, limits)))
  const later = (name: string) => store.spend(spent(name, 'b@litwareinc.com', UNTIL + 700), UNTIL + 1, limits)
  expect(await later('1')).toBe('spent')
  expect(await countsOf(db)).toEqual({ '': 701, 'a@litwareinc.com': 700, 'b@litwareinc.com': 1 })
  const more = await Promise.all(Array.from({ length: 1_200 }, (_, at) => later(`${at + 1}`)))
  expect(more.filter((spending) => spending === 'spent')).toHaveLength(1_199)
  expect(await countsOf(db)).toEqual({ '': 1_200, 'b@litwareinc.com': 1_200 })
  await db.destroy()
})

test('a database of before is counted once', async () => {
  const db = await openDatabase(path)
  await migrate(db)
  for (const text of [
    'drop trigger spent_assertions_come',
    'drop trigger spent_assertions_go',
    'drop table spent_assertion_counts',
    "insert into spent_assertions (client, once, until) values ('a', '1', 5), ('a', '2', 5), ('b', '1', 5)",
    ...assertionCounts,
  ])
    await sql.raw(text).execute(db)
  expect(await countsOf(db)).toEqual({ '': 3, a: 2, b: 1 })
  await db.destroy()
})

test('many at once are one transaction, in which the bounds hold to the last place', async () => {
  const db = await openDatabase(path)
  await migrate(db)
  let transactions = 0
  const transaction = db.transaction.bind(db)
  db.transaction = () => {
    transactions++
    return transaction()
  }
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
  expect(transactions).toBe(1)
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
