/** `$filter`, `$orderby`, `$top`, `$skiptoken`, `$select`, `$expand` on items and on lists. */
import fc from 'fast-check'
import { type SharePoint, startSharePoint } from './harness.ts'

const SHOP = [
  { Title: 'Apple', Colour: 'red', Price: 1.5, Due: '2026-01-01', Done: true },
  { Title: 'banana', Colour: 'yellow', Price: 0.25, Due: '2026-02-01', Done: false },
  { Title: "Bob's cherry", Colour: 'red', Price: 10 },
  { Title: null, Colour: null, Price: null, Done: false },
  { Title: 'apple', Colour: 'green', Price: -2, Due: '2026-03-01T12:30:00Z', Done: true },
]

let sp: SharePoint
let list: string
beforeAll(async () => {
  sp = await startSharePoint()
  list = await sp.list('Shop', { Colour: 2, Price: 9, Due: 4, Done: 8 }, SHOP)
})

const ask = (query: string) => sp.get(`${list}/items?${query}`)
const idsOf = async (query: string) => {
  const { body, status } = await ask(query)
  return status === 200
    ? body.value.map((item: { Id: number }) => item.Id)
    : body['odata.error'].message.value
}

test.each<[string, number[]]>([
  ["Title eq 'Apple'", [1, 5]],
  ["'Apple' eq Title", [1, 5]],
  ["Title ne 'Apple'", [2, 3, 4]],
  ["Title eq 'Bob''s cherry'", [3]],
  ['Title eq null', [4]],
  ['Title ne null', [1, 2, 3, 5]],
  ['Id gt 2', [3, 4, 5]],
  ['2 lt Id', [3, 4, 5]],
  ['ID ge 2 and ID le 3', [2, 3]],
  ['Price lt 0', [5]],
  ['Price gt -2.5', [1, 2, 3, 5]],
  ['Price eq 1.5e0', [1]],
  ['Price eq 10L', [3]],
  ['Done eq true', [1, 5]],
  ['Done eq 1', [1, 5]],
  ['Done ne true', [2, 3, 4]],
  ["Due ge datetime'2026-02-01'", [2, 5]],
  ["Due ge datetime'2026-02-01T00:00:00Z' and Due lt '2026-03-01T12:30:00Z'", [2]],
  ["Due eq datetime'2026-03-01T13:30:00%2B01:00'", [5]],
  ["Created ge datetime'2026-11-21T00:00:00Z'", [1, 2, 3, 4, 5]],
  ["Created lt datetime'2026-11-21T00:00:00Z'", []],
  ['AuthorId eq 1', [1, 2, 3, 4, 5]],
  ['Author/Id ne 1', []],
  ["Colour eq 'red' or Colour eq 'green'", [1, 3, 5]],
  ["Colour eq 'red' and Price gt 2 or Id eq 2", [2, 3]],
  ["Colour eq 'red' and (Price gt 2 or Id eq 2)", [3]],
  ["not Colour eq 'red'", [2, 4, 5]],
  ["not (Colour eq 'red' or Done eq true)", [2, 4]],
  ['not (Price gt 0)', [4, 5]],
  ['not not Id eq 1', [1]],
  ["substringof('APP',Title)", [1, 5]],
  ["substringof('an', Title) eq true", [2]],
  ["startswith(Title,'b')", [2, 3]],
  ["startswith(Title, 'b') eq false", [1, 4, 5]],
  ["startswith(Title,'%25')", []],
  ["substringof('''',Title)", [3]],
  ["GUID eq guid'00000000-0000-4000-8000-000000000001'", []],
  ['  ( Id  eq\t1 )  ', [1]],
])('$filter=%s finds %j', async (filter, ids) => {
  expect(await idsOf(`$filter=${filter}`)).toEqual(ids)
  expect(await idsOf(`%24filter=${encodeURIComponent(decodeURIComponent(filter))}`)).toEqual(ids)
  expect(await idsOf(`$filter=${filter.replaceAll(' ', '+')}`)).toEqual(ids)
})

test.each([
  ["Title like 'a'", 'expression_invalid'],
  ["Title eq 'a", 'expression_invalid'],
  ["Title eq 'a' and", 'expression_invalid'],
  ["(Title eq 'a'", 'expression_invalid'],
  ["Title eq 'a')", 'expression_invalid'],
  ["Title eq 'a' 'b'", 'expression_invalid'],
  ["eq 'a'", 'expression_invalid'],
  ['Title', 'expression_invalid'],
  ["'a'", 'expression_invalid'],
  ["'a' eq 'a'", 'expression_invalid'],
  ['Title eq Colour', 'expression_invalid'],
  ["Title == 'a'", 'expression_invalid'],
  ["Title EQ 'a'", 'expression_invalid'],
  ["Title constructor 'a'", 'expression_invalid'],
  ["Title eq 'a'; drop table list_items", 'expression_invalid'],
  ["concat(Title,'a') eq 'b'", 'expression_invalid'],
  ['startswith(Title)', 'expression_invalid'],
  ["startswith('a',Title)", 'expression_invalid'],
  ["startswith(Title,'a') gt true", 'expression_invalid'],
  ["Due ge datetime'yesterday'", 'expression_invalid'],
  ["GUID eq guid'x'", 'expression_invalid'],
  ['\0', 'query_option_invalid'],
  ["Size eq 'a'", 'column_missing'],
  ["title eq 'a'", 'column_missing'],
  ["__proto__ eq 'a'", 'column_missing'],
  ["constructor eq 'a'", 'column_missing'],
  ["Author/Title eq 'a'", 'column_missing'],
  ["Price eq 'a'", 'operands_differ'],
  ['Title eq 5', 'operands_differ'],
  ['Title gt null', 'operands_differ'],
  ['Done eq 2', 'operands_differ'],
  ["Due eq 'soon'", 'operands_differ'],
  ["substringof('1',Price)", 'operands_differ'],
  [`${'('.repeat(21)}Id eq 1${')'.repeat(21)}`, 'filter_too_complex'],
  [`${'not '.repeat(21)}Id eq 1`, 'filter_too_complex'],
  ['('.repeat(10_000), 'filter_too_complex'],
  [Array(101).fill('Id eq 1').join(' or '), 'filter_too_complex'],
])('$filter=%s is refused as %s, in the words of SharePoint', async (filter, code) => {
  const answer = await ask(`$filter=${encodeURIComponent(filter)}`)
  expect([answer.status, answer.refused]).toEqual([400, code])
  expect(answer.body['odata.error'].code).toMatch(/^-\d+, (Microsoft\.SharePoint|System)\./)
  expect(answer.body['odata.error'].message.value.length).toBeLessThan(400)
})

test('a filter as large as is allowed is answered', async () => {
  expect(await idsOf(`$filter=${Array(100).fill('Id eq 1').join(' or ')}`)).toEqual([1])
  expect(await idsOf(`$filter=${'('.repeat(20)}Id eq 1${')'.repeat(20)}`)).toEqual([1])
})

// Two ways to the same answer: SQL, and a plain reading of what the operators mean.
type Row = { Id: number; Price: number | null; Colour: string | null; Done: boolean | null }
interface Stated {
  readonly text: string
  holds(row: Row): boolean
}

const rows: Row[] = SHOP.map((item, i) => ({
  Id: i + 1,
  Price: item.Price ?? null,
  Colour: item.Colour ?? null,
  Done: item.Done ?? null,
}))

const ORDERS: Record<string, (one: number, other: number) => boolean> = {
  gt: (one, other) => one > other,
  ge: (one, other) => one >= other,
  lt: (one, other) => one < other,
  le: (one, other) => one <= other,
}

const simple: fc.Arbitrary<Stated> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('Id', 'Price'),
      fc.constantFrom('gt', 'ge', 'lt', 'le'),
      fc.constantFrom(-2, 0, 0.25, 1.5, 3),
    )
    .map(([name, operator, value]) => ({
      text: `${name} ${operator} ${value}`,
      holds: (row: Row) => {
        const seen = row[name as 'Id' | 'Price']
        return seen !== null && ORDERS[operator]!(seen, value)
      },
    })),
  fc
    .tuple(fc.constantFrom('eq', 'ne'), fc.constantFrom('red', 'RED', 'green', null))
    .map(([operator, value]) => ({
      text: `Colour ${operator} ${value === null ? 'null' : `'${value}'`}`,
      holds: (row: Row) =>
        ((row.Colour?.toLowerCase() ?? null) === (value?.toLowerCase() ?? null)) === (operator === 'eq'),
    })),
  fc.tuple(fc.constantFrom('eq', 'ne'), fc.boolean()).map(([operator, value]) => ({
    text: `Done ${operator} ${value}`,
    holds: (row: Row) => (row.Done === value) === (operator === 'eq'),
  })),
)

const { stated } = fc.letrec<{ stated: Stated }>((tie) => ({
  stated: fc.oneof(
    { depthSize: 'small' },
    simple,
    fc.tuple(tie('stated'), fc.constantFrom('and', 'or'), tie('stated')).map(([one, word, other]) => ({
      text: `(${one.text}) ${word} (${other.text})`,
      holds: (row: Row) =>
        word === 'and' ? one.holds(row) && other.holds(row) : one.holds(row) || other.holds(row),
    })),
    tie('stated').map((one) => ({ text: `not (${one.text})`, holds: (row: Row) => !one.holds(row) })),
  ),
}))

test('any filter finds what it states, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(stated, async ({ text, holds }) => {
      expect(await idsOf(`$filter=${encodeURIComponent(text)}`)).toEqual(
        rows.filter(holds).map(({ Id }) => Id),
      )
    }),
    { numRuns: 200 },
  )
})

test('no text makes the filter fail in another way than by refusing it', async () => {
  const words = [
    'Title',
    'Id',
    'eq',
    'and',
    'not',
    '(',
    ')',
    ',',
    "'",
    "''",
    '5',
    '-',
    "datetime'",
    'null',
    'substringof(',
    ' ',
  ]
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ maxLength: 40 }),
        fc.array(fc.constantFrom(...words), { maxLength: 20 }).map((all) => all.join('')),
      ),
      async (text) => {
        expect([200, 400]).toContain((await ask(`$filter=${encodeURIComponent(text)}`)).status)
      },
    ),
    { numRuns: 300 },
  )
})

test.each<[string, number[]]>([
  ['Id desc', [5, 4, 3, 2, 1]],
  ['Title', [4, 1, 5, 2, 3]],
  ['Title desc', [3, 2, 1, 5, 4]],
  ['Price', [4, 5, 2, 1, 3]],
  ['Colour,Price desc', [4, 5, 3, 1, 2]],
  ['Done desc, Due asc', [1, 5, 4, 2, 3]],
  ['Created,Title DESC', [3, 2, 1, 5, 4]],
])('$orderby=%s gives %j, in one page or in many', async (orderBy, ids) => {
  expect(await idsOf(`$orderby=${orderBy}`)).toEqual(ids)
  for (const top of [1, 2, 3])
    expect(await walk(`$orderby=${orderBy}&$top=${top}`)).toEqual({ ids, pages: Math.ceil(5 / top) })
})

async function walk(query: string): Promise<{ ids: number[]; pages: number }> {
  const ids: number[] = []
  let pages = 0
  for (let next: string | undefined = `${list}/items?${query}`; next !== undefined; pages += 1) {
    const { body }: { body: { value: { Id: number }[]; 'odata.nextLink'?: string } } = await sp.get(next)
    ids.push(...body.value.map(({ Id }) => Id))
    next = body['odata.nextLink']?.replace(/^.*\/_api/, '')
  }
  return { ids, pages }
}

test('a page holds 100 items unless $top says otherwise, and a walk meets each item once', async () => {
  const own = await startSharePoint()
  const many = await own.list('Many')
  for (let i = 0; i < 230; i += 1) await own.post(`${many}/items`, { Title: `t${i % 7}` })
  const sizes: number[] = []
  const seen = new Set<number>()
  for (let next: string | undefined = `${many}/items?$orderby=Title&$filter=Id gt 10`; next !== undefined; ) {
    const { body }: { body: { value: { Id: number }[]; 'odata.nextLink'?: string } } = await own.get(next)
    sizes.push(body.value.length)
    for (const { Id } of body.value) seen.add(Id)
    next = body['odata.nextLink']?.replace(/^.*\/_api/, '')
  }
  expect([sizes, seen.size]).toEqual([[100, 100, 20], 220])
  expect((await own.get(`${many}/items?$top=150`)).body.value).toHaveLength(150)
  expect((await own.get(`${many}/items?$top=0`)).body.value).toEqual([])
  expect((await own.get(`${many}/items?$skip=200`)).body.value).toHaveLength(100)
  const token = encodeURIComponent('Paged=TRUE&p_ID=225')
  expect((await own.get(`${many}/items?$skiptoken=${token}`)).body.value).toHaveLength(5)
})

test.each([
  ['$top=-1', 'query_option_invalid'],
  ['$top=many', 'query_option_invalid'],
  ['$top=1.5', 'query_option_invalid'],
  ['$top=1&$top=2', 'query_option_invalid'],
  ['$skip=x', 'query_option_invalid'],
  ['$search=x', 'query_option_invalid'],
  ['$orderby=Title up', 'query_option_invalid'],
  ['$orderby=Title,,Id', 'query_option_invalid'],
  ['$orderby=Title,Id,Created,Modified,Price,Due', 'query_option_invalid'],
  ['$orderby=Size', 'column_missing'],
  ['$orderby=(select secret from site)', 'query_option_invalid'],
  ['$orderby=1', 'column_missing'],
  ['$skiptoken=Paged=TRUE', 'query_option_invalid'],
  ['$skiptoken=p_ID%3D1', 'query_option_invalid'],
  ['$skiptoken=Paged%3DTRUE%26p_ID%3Dx', 'query_option_invalid'],
  ['$orderby=Price&$skiptoken=Paged%3DTRUE%26p_ID%3D1%26p_Price%3Dx', 'query_option_invalid'],
  ['$select=Size', 'field_missing'],
  ['$select=constructor', 'field_missing'],
  ['$select=Author/Title', 'expand_missing'],
  ['$select=Size/Title', 'field_missing'],
  ['$select=Author/Size&$expand=Author', 'field_missing'],
  ['$expand=Author', 'expand_missing'],
  ['$expand=Size', 'field_missing'],
  ['$expand=toString', 'field_missing'],
])('%s is refused as %s', async (query, code) => {
  const answer = await ask(query)
  expect([answer.status, answer.refused]).toEqual([400, code])
})

test('$select shows what it names, and * everything', async () => {
  expect((await ask('$select=Title,Price&$top=1')).body.value).toEqual([{ Title: 'Apple', Price: 1.5 }])
  const everything = (await ask('$top=1')).body.value[0]
  expect((await ask('$select=*&$top=1')).body.value[0]).toEqual(everything)
  const along = (await ask('$select=*,ParentList/Title&$expand=ParentList&$top=1')).body.value[0]
  expect(along).toEqual({ ...everything, ParentList: { Title: 'Shop' } })
  expect((await ask('$select=Title,ParentList&$top=1')).body.value).toEqual([{ Title: 'Apple' }])
})

test('lists, fields and users are filtered, sorted and cut too', async () => {
  const titles = async (query: string) => {
    const { body } = await sp.get(`/web/lists?$select=Title&${query}`)
    return body.value.map((one: { Title: string }) => one.Title)
  }
  expect(await titles('$filter=BaseTemplate eq 101 and Hidden eq false&$orderby=Title desc')).toEqual([
    'Style Library',
    'Site Assets',
    'Form Templates',
    'Documents',
  ])
  expect(await titles("$filter=startswith(Title,'site')")).toEqual(['Site Assets', 'Site Pages'])
  expect(await titles("$filter=not substringof('S',Title)")).toEqual([])
  expect(await titles("$filter=Created gt datetime'2026-11-20' and ItemCount gt 4&$top=1")).toEqual(['Shop'])
  expect(await titles('$orderby=ItemCount desc,Title&$skip=2&$top=2')).toEqual([
    'Form Templates',
    'Site Assets',
  ])
  const id = /'(.*)'/.exec(list)![1]!
  expect(await titles(`$filter=Id eq guid'${id}'`)).toEqual(['Shop'])
  expect((await sp.get('/web/lists?$filter=Size eq 1')).refused).toBe('column_missing')
  expect((await sp.get('/web/lists?$filter=Title eq 1')).refused).toBe('operands_differ')
  expect((await sp.get('/web/lists?$orderby=Size')).refused).toBe('column_missing')
  const along = await sp.get("/web/lists?$select=Title,Fields/Title&$expand=Fields&$filter=Title eq 'Shop'")
  expect(along.body.value[0].Fields).toHaveLength(11)
})
