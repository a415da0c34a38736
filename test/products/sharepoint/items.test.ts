/** List items: made, read, changed and deleted, who wrote them, and which version is meant. */
import { APP, KEN, PILAR, type SharePoint, startSharePoint } from './harness.ts'

const TEXT = 2
const NOTE = 3
const DATE = 4
const BOOLEAN = 8
const NUMBER = 9

let sp: SharePoint
let list: string
beforeEach(async () => {
  sp = await startSharePoint()
  list = await sp.list('Tasks', { Colour: TEXT, Notes: NOTE, Due: DATE, Done: BOOLEAN, Price: NUMBER })
})

const EVERYTHING = {
  Title: 'Paint',
  Colour: 'red',
  Notes: 'first\nsecond',
  Due: '2026-12-24T18:00:00Z',
  Done: false,
  Price: 12.5,
}

test('an item comes back as it was written, with who wrote it and when', async () => {
  const made = await sp.post(`${list}/items`, EVERYTHING)
  expect(made.status).toBe(201)
  expect(made.headers['ETag']).toBe('"1"')
  expect(made.headers['Location']).toMatch(/\/Items\(1\)$/)
  expect(made.body).toMatchObject({
    ...EVERYTHING,
    Id: 1,
    ID: 1,
    AuthorId: 1,
    EditorId: 1,
    Created: '2026-11-21T00:00:00Z',
    Modified: '2026-11-21T00:00:00Z',
    Attachments: false,
  })
  expect((await sp.get(`${list}/items(1)`)).body).toEqual(made.body)
  expect((await sp.get(`${list}/items/getbyid(1)`)).body).toEqual(made.body)
  expect((await sp.get(`${list}/getitembyid(1)`)).body).toEqual(made.body)
  expect((await sp.get(`${list}/items(1)/Colour`)).body).toEqual({ value: 'red' })
  expect((await sp.get(list)).body.ItemCount).toBe(1)
})

test.each([
  ['quotes', `'"\`; drop table list_items; -- \\' %_?`],
  ['emoji', '👩‍👩‍👧‍👦 ǅ İ ß é e\u0301 \u202eback'],
  ['an empty text', ''],
  ['markup', '<b>&amp;</b>]]>'],
])('text comes back as it was: %s', async (_, text) => {
  await sp.post(`${list}/items`, { Title: text, Colour: text, Notes: text })
  expect((await sp.get(`${list}/items(1)`)).body).toMatchObject({ Title: text, Colour: text, Notes: text })
  const filter = encodeURIComponent(`Colour eq '${text.replaceAll("'", "''")}'`)
  expect((await sp.get(`${list}/items?$filter=${filter}`)).body.value).toHaveLength(1)
})

test('what is not set is null, and what only the site sets is passed over', async () => {
  await sp.post(`${list}/items`, { Id: 77, AuthorId: 5, Created: '1999-01-01T00:00:00Z', GUID: 'x' })
  expect((await sp.get(`${list}/items(1)`)).body).toMatchObject({
    Id: 1,
    Title: null,
    Colour: null,
    Due: null,
    Done: null,
    Price: null,
    AuthorId: 1,
    Created: '2026-11-21T00:00:00Z',
  })
})

test.each([
  ['MERGE', {}],
  ['PATCH', {}],
  ['POST', { 'x-http-method': 'MERGE' }],
  ['POST', { 'x-http-method': 'PATCH' }],
])('%s %j changes what it names, and leaves the rest', async (method, headers) => {
  await sp.post(`${list}/items`, EVERYTHING)
  sp.clock.now += 3600
  const change = { Title: 'Paint!', Done: true, Due: null }
  const changed = await sp.ask(method, `${list}/items(1)`, {
    as: PILAR,
    headers: { ...headers, 'if-match': '"1"' },
    body: change,
  })
  expect([changed.status, changed.body, changed.headers['ETag']]).toEqual([204, undefined, '"2"'])
  const { body } = await sp.get(`${list}/items(1)`)
  expect(body).toMatchObject({ ...EVERYTHING, ...change, AuthorId: 1, EditorId: 2 })
  expect([body.Created, body.Modified]).toEqual(['2026-11-21T00:00:00Z', '2026-11-21T01:00:00Z'])
})

test('PUT takes away what it does not name', async () => {
  await sp.post(`${list}/items`, EVERYTHING)
  const headers = { 'if-match': '*' }
  await sp.ask('PUT', `${list}/items(1)`, { headers, body: { Colour: 'blue' } })
  expect((await sp.get(`${list}/items(1)`)).body).toMatchObject({ Title: null, Colour: 'blue', Price: null })
})

test.each([
  ['"1"', 204],
  ['*', 204],
  ['W/"1"', 204],
  ['"9", "1"', 204],
  ['1', 204],
  ['"2"', 412],
  ['"9", "8"', 412],
  ['', 412],
  [undefined, 412],
])('If-Match: %s on version 1 is answered with %d', async (tag, status) => {
  await sp.post(`${list}/items`, EVERYTHING)
  const headers = tag === undefined ? {} : { 'if-match': tag }
  for (const method of ['MERGE', 'DELETE']) {
    const body = method === 'MERGE' ? { Title: 'x' } : undefined
    const answer = await sp.ask(method, `${list}/items(1)`, { headers, ...(body && { body }) })
    // What the first one changed is not version 1 any more.
    const expected = status === 412 || method === 'MERGE' || tag === '*' ? status : 412
    expect([method, answer.status]).toEqual([method, expected])
    if (status === 412) {
      expect(answer.body['odata.error']).toEqual({
        code: '-1, Microsoft.SharePoint.Client.ClientServiceException',
        message: {
          lang: 'en-US',
          value: `The request ETag value '${tag ?? ''}' does not match the object's ETag value '"1"'.`,
        },
      })
    }
  }
})

test('of two that change the same version at once exactly one succeeds', async () => {
  await sp.post(`${list}/items`, EVERYTHING)
  const change = (Title: string) =>
    sp.ask('MERGE', `${list}/items(1)`, { headers: { 'if-match': '"1"' }, body: { Title } })
  const answers = await Promise.all([change('a'), change('b'), change('c')])
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 412, 412])
  expect((await sp.get(`${list}/items(1)`)).headers['ETag']).toBe('"2"')
})

test('ids go up, and that of a deleted item is not given again', async () => {
  for (const Title of ['a', 'b', 'c']) await sp.post(`${list}/items`, { Title })
  sp.clock.now += 60
  await sp.ask('DELETE', `${list}/items(3)`, { headers: { 'if-match': '*' } })
  await sp.ask('POST', `${list}/items(1)`, { headers: { 'if-match': '*', 'x-http-method': 'DELETE' } })
  expect(await sp.get(`${list}/items(1)`)).toMatchObject({ status: 404, refused: 'item_missing' })
  expect((await sp.get(list)).body).toMatchObject({
    ItemCount: 1,
    LastItemDeletedDate: '2026-11-21T00:01:00Z',
  })
  expect((await sp.post(`${list}/items`, { Title: 'd' })).body.Id).toBe(4)
})

test('items of an application that acts as itself are by SharePoint App, and those of a user by the user', async () => {
  await sp.post(`${list}/items`, { Title: 'a' }, { as: APP })
  await sp.post(`${list}/items`, { Title: 'b' }, { as: KEN })
  await sp.ask('MERGE', `${list}/items(1)`, { as: PILAR, headers: { 'if-match': '*' }, body: { Title: 'c' } })
  const who = '$select=Id,Author/Title,Author/LoginName,Editor/Title&$expand=Author,Editor/Id'
  expect((await sp.get(`${list}/items?${who}`)).body.value).toEqual([
    {
      Id: 1,
      Author: {
        Title: 'SharePoint App',
        LoginName:
          'i:0i.t|ms.sp.ext|5d8f0c1e-aaaa-4bbb-8ccc-0123456789ab@af5ea8cb-5d4b-4f3c-9d52-0d6e3ba1c7f4',
      },
      Editor: { Title: 'Pilar Ackerman' },
    },
    {
      Id: 2,
      Author: { Title: 'Ken Myer', LoginName: 'i:0#.w|kenmyer@litwareinc.com' },
      Editor: { Title: 'Ken Myer' },
    },
  ])
  expect((await sp.get(`${list}/items(2)/author`)).body.Title).toBe('Ken Myer')
  const users = (await sp.get('/web/siteusers?$select=Id,Title')).body.value
  expect(users.map((user: { Title: string }) => user.Title)).toEqual([
    'Ken Myer',
    'SharePoint App',
    'Pilar Ackerman',
  ])
  expect((await sp.get(`/web/getuserbyid(${users[2].Id})`)).body.Title).toBe('Pilar Ackerman')
  expect((await sp.get('/web/getuserbyid(99)')).refused).toBe('user_missing')
})

test.each([
  ['a property that the list does not have', { Size: 1 }, 'property_missing'],
  ['a text for a number', { Price: '12' }, 'value_invalid'],
  ['a number that is too large', '{"Price":1e999}', 'value_invalid'],
  ['a number for a text', { Colour: 1 }, 'value_invalid'],
  ['an object for a text', { Title: { a: 1 } }, 'value_invalid'],
  ['a text for a Boolean', { Done: 'true' }, 'value_invalid'],
  ['a date that is none', { Due: '2026-02-31' }, 'value_invalid'],
  ['an hour that is none', { Due: '2026-02-01T25:00:00Z' }, 'value_invalid'],
  ['a text that is too long', { Colour: 'x'.repeat(256) }, 'value_invalid'],
  ['the type of another list', { 'odata.type': 'SP.Data.OtherListItem' }, 'type_unknown'],
  ['nothing', '', 'body_not_json'],
  ['half of JSON', '{"Title":', 'body_not_json'],
  ['an array', [], 'body_not_json'],
  ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'body_not_json'],
  ['100,000 levels', '['.repeat(100_000), 'body_not_json'],
])('an item with %s is not written', async (_, body, code) => {
  expect((await sp.post(`${list}/items`, body)).refused).toBe(code)
  await sp.post(`${list}/items`, EVERYTHING)
  const headers = { 'if-match': '*' }
  expect((await sp.ask('MERGE', `${list}/items(1)`, { headers, body })).refused).toBe(code)
  expect((await sp.get(`${list}/items(1)`)).headers['ETag']).toBe('"1"')
})

test('a library takes no items without files', async () => {
  const answer = await sp.post("/web/lists/getbytitle('Documents')/items", { Title: 'x' })
  expect([answer.status, answer.refused]).toEqual([400, 'library_item'])
})
