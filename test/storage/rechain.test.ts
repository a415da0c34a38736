/** A database from before each kind of record had its chain: everything is still there afterwards, and hangs together. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CamelCasePlugin, Kysely, sql } from 'kysely'
import { MIGRATIONS } from '../../src/storage/migrations.ts'
import { openSqlite } from '../../src/storage/sqlite.ts'
import { dialectOf, loadEngine } from '../../src/storage/sqlite-dialect.ts'
import { CHAINS } from '../../src/trust/audit-record.ts'
import { verifyStore } from '../../src/trust/audit-verify.ts'
import { openDecisionLog, type Retention } from '../../src/trust/decision-log.ts'

const dir = mkdtempSync(join(tmpdir(), 'entente-rechain-'))
afterAll(() => rmSync(dir, { recursive: true }))

const BEFORE = MIGRATIONS.findIndex((step) => step.some((statement) => typeof statement !== 'string'))
const KINDS = ['registration', 'refused', 'administration', 'refused', 'admitted']

/** A database of that time with records `first` to `last` in one chain, as the program of that time wrote them. */
async function oldDatabase(name: string, first: number, last: number): Promise<string> {
  const path = join(dir, `${name}.sqlite`)
  const { DatabaseSync } = await loadEngine()
  const db = new Kysely<never>({
    dialect: dialectOf(new DatabaseSync(path)),
    plugins: [new CamelCasePlugin()],
  })
  for (const statement of MIGRATIONS.slice(0, BEFORE).flat()) await sql.raw(statement as string).execute(db)
  await sql.raw('create table schema_version (version integer not null)').execute(db)
  await sql`insert into schema_version values (${BEFORE})`.execute(db)
  let previous = '0'.repeat(64)
  for (let seq = 1; seq <= last; seq++) {
    const kind = KINDS[seq % KINDS.length]!
    const event = JSON.stringify({ kind, requestId: `request ${seq}`, through: 'GET /x' })
    const hash = createHash('sha256')
      .update(`${previous}\n${seq}\n${seq * 10}\n${event}`)
      .digest('hex')
    if (seq >= first)
      await sql`insert into audit values (${seq}, ${seq * 10}, ${kind}, ${`request ${seq}`}, ${event}, ${previous}, ${hash})`.execute(
        db,
      )
    previous = hash
  }
  if (last > 0) await sql`insert into audit_head values (${last}, ${previous})`.execute(db)
  await db.destroy()
  return path
}

const LAST_STEP = async (path: string) => {
  const storage = await openSqlite(path)
  const records = await storage.audit.read(0, 10_000)
  const verified = await verifyStore(storage.audit)
  return { storage, records, verified }
}

test.each([
  ['from the first record', 1],
  ['from a later one, the older having been dropped', 700],
])('all records are carried over, %s', async (name, first) => {
  const { storage, records, verified } = await LAST_STEP(await oldDatabase(name.slice(0, 12), first, 1_200))
  expect(verified).toMatchObject({ whole: true, records: 1_200 - first + 2 })
  expect(records.slice(0, -1).map(({ seq, time, requestId }) => [seq, time, requestId])).toEqual(
    Array.from({ length: 1_201 - first }, (_, n) => [first + n, (first + n) * 10, `request ${first + n}`]),
  )
  expect(JSON.parse(records.at(-1)!.event)).toMatchObject({
    removed: { seq: first - 1 },
    carried: { records: 1_201 - first, whole: true },
  })
  const kept = { records: 100, days: 36_500 }
  const log = await openDecisionLog({
    store: storage.audit,
    now: () => 20_000,
    retention: Object.fromEntries(CHAINS.map((chain) => [chain, kept])) as Retention,
    onSurprise: (error) => {
      throw error
    },
  })
  await log.write({ kind: 'registration', requestId: 'new', through: 'x' })
  await log.close()
  expect(await verifyStore(storage.audit)).toMatchObject({ whole: true })
  await storage.close()
})

test('a database without records has the ends of empty chains', async () => {
  const { storage, verified } = await LAST_STEP(await oldDatabase('empty', 1, 0))
  expect(verified).toEqual({ whole: true, records: 0, chains: [] })
  expect([...(await storage.audit.heads()).keys()].sort()).toEqual([...CHAINS].sort())
  await storage.close()
})

test('a chain that was broken before is carried over as one that was', async () => {
  const path = await oldDatabase('broken', 1, 20)
  const { DatabaseSync } = await loadEngine()
  const database = new DatabaseSync(path)
  database.exec("update audit set event = replace(event, 'GET', 'PUT') where seq = 7")
  database.close()
  const { storage, records } = await LAST_STEP(path)
  expect(JSON.parse(records.at(-1)!.event).carried).toMatchObject({ records: 20, whole: false })
  await storage.close()
})
