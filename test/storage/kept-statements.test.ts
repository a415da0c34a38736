/** Statements are kept ready: what they did or failed to do before, and what became of the tables, changes nothing of what they do. */
import { type Generated, Kysely, sql } from 'kysely'
import { dialectOf, loadEngine } from '../../src/storage/sqlite-dialect.ts'

interface Tables {
  notes: { id: Generated<number>; name: string; text: string | null }
}

let db: Kysely<Tables>

beforeEach(async () => {
  const { DatabaseSync } = await loadEngine()
  db = new Kysely<Tables>({ dialect: dialectOf(new DatabaseSync(':memory:')) })
  await sql`create table notes (id integer primary key, name text not null unique, text text)`.execute(db)
})

afterEach(() => db.destroy())

const add = (name: string, text: string | null = null) =>
  db.insertInto('notes').values({ name, text }).execute()
const named = (name: string) => db.selectFrom('notes').selectAll().where('name', '=', name).execute()

test('one that failed works the next time', async () => {
  await add('a')
  for (let time = 0; time < 3; time++) await expect(add('a')).rejects.toThrow(/UNIQUE/)
  await add('b')
  expect(await named('b')).toMatchObject([{ name: 'b' }])
})

test('one knows nothing of the values it had before', async () => {
  await add('a', 'long text')
  await add('b')
  expect(await named('a')).toMatchObject([{ text: 'long text' }])
  expect(await named('b')).toMatchObject([{ text: null }])
  expect(await named('nobody')).toEqual([])
})

test('one shows a column that has come since', async () => {
  await add('a')
  const all = () => db.selectFrom('notes').selectAll().execute()
  expect(Object.keys((await all())[0]!)).toEqual(['id', 'name', 'text'])
  await sql`alter table notes add column more text default 'x'`.execute(db)
  expect(Object.keys((await all())[0]!)).toEqual(['id', 'name', 'text', 'more'])
})

test('one that is read row by row leaves the kept one as it is', async () => {
  for (const name of ['a', 'b', 'c']) await add(name)
  const names = db.selectFrom('notes').select('name').orderBy('name')
  expect(await names.execute()).toHaveLength(3)
  const seen: string[] = []
  for await (const { name } of names.stream()) seen.push(name)
  expect(seen).toEqual(['a', 'b', 'c'])
  expect(await names.execute()).toHaveLength(3)
})

test('more texts than are kept all work', async () => {
  for (let number = 0; number < 600; number++) {
    const { rows } = await sql.raw<{ n: number }>(`select ${number} as n`).execute(db)
    expect(rows).toMatchObject([{ n: number }])
  }
  const { rows } = await sql.raw<{ n: number }>('select 0 as n').execute(db)
  expect(rows).toMatchObject([{ n: 0 }])
})
