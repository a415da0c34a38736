/** The three JSON dialects: which one is spoken, what entities, collections, values and errors look like in each. */

import fc from 'fast-check'
import { FAULTS } from '../../../src/products/sharepoint/faults.ts'
import { BASE, type SharePoint, startSharePoint } from './harness.ts'

let sp: SharePoint
let list: string
let id: string
beforeEach(async () => {
  sp = await startSharePoint()
  list = await sp.list('Tasks', {}, [{ Title: 'a' }])
  id = /'(.*)'/.exec(list)![1]!
})

test.each([
  ['application/json;odata=verbose', 'verbose'],
  ['application/json; odata=verbose', 'verbose'],
  ['Application/JSON;OData="Verbose";charset=utf-8', 'verbose'],
  ['text/html, application/json;odata=verbose;q=0.9', 'verbose'],
  ['application/json;odata=minimalmetadata', 'minimalmetadata'],
  ['application/json;odata=nometadata', 'nometadata'],
  ['application/json', 'minimalmetadata'],
  ['application/json;odata=fullmetadata', 'minimalmetadata'],
  ['*/*', 'minimalmetadata'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'minimalmetadata'],
  ['', 'minimalmetadata'],
  [undefined, 'minimalmetadata'],
])('Accept: %s is answered in %s', async (accept, dialect) => {
  const { status, contentType, body } = await sp.get('/web', { accept })
  expect([status, contentType]).toEqual([200, `application/json;odata=${dialect};charset=utf-8`])
  expect(Object.keys(body)[0]).toBe(
    { verbose: 'd', minimalmetadata: 'odata.metadata', nometadata: 'Title' }[dialect],
  )
})

test.each(['application/atom+xml', 'application/xml', 'text/html'])(
  'who takes nothing but %s is told that there is JSON only',
  async (accept) => {
    const answer = await sp.get('/web', { accept })
    expect([answer.status, answer.refused]).toEqual([406, 'accept_invalid'])
    expect(answer.body['odata.error'].message.value).toBe(FAULTS.accept_invalid.say())
  },
)

const VERBOSE = { accept: 'application/json;odata=verbose' }
const MINIMAL = { accept: 'application/json;odata=minimalmetadata' }

test('an entity in each dialect', async () => {
  const query = '?$select=Id,Title'
  const uri = `${BASE}/_api/Web/Lists(guid'${id}')/Items(1)`
  const type = 'SP.Data.TasksListItem'
  const plain = { Id: 1, Title: 'a' }
  const deferred = (name: string) => ({ [name]: { __deferred: { uri: `${uri}/${name}` } } })
  expect((await sp.get(`${list}/items(1)${query}`, VERBOSE)).body).toEqual({
    d: {
      __metadata: { id: uri, uri, etag: '"1"', type },
      ...deferred('Author'),
      ...deferred('Editor'),
      ...deferred('ParentList'),
      ...plain,
    },
  })
  expect((await sp.get(`${list}/items(1)${query}`, MINIMAL)).body).toEqual({
    'odata.metadata': `${BASE}/_api/$metadata#SP.ListData.TasksListItems/@Element`,
    'odata.type': type,
    'odata.id': uri,
    'odata.etag': '"1"',
    'odata.editLink': `Web/Lists(guid'${id}')/Items(1)`,
    ...plain,
  })
  expect((await sp.get(`${list}/items(1)${query}`)).body).toEqual(plain)
})

test('a collection in each dialect, with its next page', async () => {
  await sp.post(`${list}/items`, { Title: 'b' })
  const query = '?$select=Title&$top=1'
  const verbose = (await sp.get(`${list}/items${query}`, VERBOSE)).body
  expect(Object.keys(verbose.d)).toEqual(['results', '__next'])
  expect(verbose.d.results).toMatchObject([{ Title: 'a', __metadata: { etag: '"1"' } }])
  const minimal = (await sp.get(`${list}/items${query}`, MINIMAL)).body
  expect(Object.keys(minimal)).toEqual(['odata.metadata', 'odata.nextLink', 'value'])
  const none = (await sp.get(`${list}/items${query}`)).body
  expect(none).toEqual({ 'odata.nextLink': minimal['odata.nextLink'], value: [{ Title: 'a' }] })
  expect(verbose.d.__next).toBe(none['odata.nextLink'])
})

test('a value in each dialect', async () => {
  expect((await sp.get('/web/title', VERBOSE)).body).toEqual({ d: { Title: 'Team Site' } })
  expect((await sp.get('/web/title', MINIMAL)).body).toEqual({
    'odata.metadata': `${BASE}/_api/$metadata#Edm.String`,
    value: 'Team Site',
  })
  expect((await sp.get('/web/title')).body).toEqual({ value: 'Team Site' })
})

test('what is shown along in each dialect', async () => {
  const query = '?$select=Title,Author/Title&$expand=Author'
  const verbose = (await sp.get(`${list}/items${query}`, VERBOSE)).body.d.results[0]
  expect(verbose.Author).toMatchObject({ __metadata: { type: 'SP.User' }, Title: 'Ken Myer' })
  expect(verbose.Editor).toHaveProperty('__deferred')
  expect((await sp.get(`${list}/items${query}`, MINIMAL)).body.value[0].Author).toMatchObject({
    'odata.type': 'SP.User',
    Title: 'Ken Myer',
  })
  const fields = (await sp.get(`${list}?$select=Title,Fields/Title&$expand=Fields`, VERBOSE)).body.d
  expect(fields.Fields.results[0]).toMatchObject({ __metadata: { type: 'SP.Field' }, Title: 'ID' })
})

test('an error in each dialect', async () => {
  const code = '-1, Microsoft.SharePoint.Client.ResourceNotFoundException'
  const error = { code, message: { lang: 'en-US', value: 'Cannot find resource for the request Nothing.' } }
  expect((await sp.get('/web/Nothing', VERBOSE)).body).toEqual({ error })
  expect((await sp.get('/web/Nothing', MINIMAL)).body).toEqual({ 'odata.error': error })
  expect((await sp.get('/web/Nothing')).body).toEqual({ 'odata.error': error })
})

test.each([
  [
    'application/json;odata=verbose',
    { __metadata: { type: 'SP.Data.TasksListItem' }, Title: 'b' },
    undefined,
  ],
  ['application/json;odata=verbose', { __metadata: { type: 'SP.ListItem' }, Title: 'b' }, undefined],
  ['application/json;odata=verbose', { Title: 'b' }, 'type_missing'],
  ['application/json;odata=verbose', { __metadata: 'SP.ListItem', Title: 'b' }, 'type_missing'],
  ['application/json;odata=verbose', { __metadata: { type: 'SP.List' }, Title: 'b' }, 'type_unknown'],
  [
    'application/json;odata=minimalmetadata',
    { 'odata.type': 'SP.Data.TasksListItem', Title: 'b' },
    undefined,
  ],
  [
    'application/json;odata=minimalmetadata',
    { 'odata.type': '#SP.Data.TasksListItem', Title: 'b' },
    undefined,
  ],
  ['application/json;odata=nometadata', { Title: 'b' }, undefined],
  ['application/json;charset=utf-8', { Title: 'b' }, undefined],
  ['application/json', { __metadata: { type: 'SP.ListItem' }, Title: 'b' }, 'property_missing'],
  ['application/atom+xml', '<entry/>', 'content_type_invalid'],
  ['text/plain', { Title: 'b' }, 'content_type_invalid'],
  ['', { Title: 'b' }, 'content_type_invalid'],
])('a body of %s: %j', async (type, body, code) => {
  const answer = await sp.post(`${list}/items`, body, { type })
  expect([answer.refused, answer.status < 300]).toEqual([code, code === undefined])
})

test('an item that was read in any dialect can be sent back in it', async () => {
  for (const type of ['verbose', 'minimalmetadata', 'nometadata'].map(
    (name) => `application/json;odata=${name}`,
  )) {
    const { body } = await sp.get(`${list}/items(1)`, { accept: type })
    const sent = { ...(body.d ?? body), Title: type }
    const changed = await sp.ask('MERGE', `${list}/items(1)`, {
      type,
      headers: { 'if-match': '*' },
      body: sent,
    })
    expect([changed.refused, changed.status]).toEqual([undefined, 204])
    expect((await sp.get(`${list}/items(1)/title`)).body.value).toBe(type)
  }
})

test.each([
  ['POST', '/web', 'GET'],
  ['DELETE', '/web/currentuser', 'GET'],
  ['MERGE', '/web/lists', 'GET, POST'],
  ['GET', '/contextinfo', 'POST'],
])('%s %s is told the right methods', async (method, path, allow) => {
  const answer = await sp.ask(method, path)
  expect([answer.status, answer.refused, answer.headers['Allow']]).toEqual([405, 'method_wrong', allow])
})

test.each(['GET', 'OPTIONS', 'TRACE', 'x'.repeat(5000)])('X-HTTP-Method %s is refused', async (method) => {
  const answer = await sp.ask('POST', list, { headers: { 'x-http-method': method } })
  expect(answer.refused).toBe('method_wrong')
  expect(answer.body['odata.error'].message.value.length).toBeLessThan(500)
})

test.each([
  '/',
  '/web/lists/getbytitle',
  '/web/lists/getbytitle(5)',
  "/web/lists/getbytitle('a",
  "/web/lists/getbytitle('a'",
  "/web/lists/getbytitle('a')x",
  "/web/lists/getbytitle('a','b",
  '/web/lists(5)',
  '/web/(x)',
  '/web/lists/getbytitle(@x)',
  "/web/lists/getbytitle(@x)?@x='a",
  "/web/lists/getbytitle(@x)?@x='a' or 1",
  '/web/%00',
  `/${'web/'.repeat(100)}`,
  '/web/lists/__proto__',
  '/web/constructor',
  '/web/title/length',
])('the path %s leads nowhere, and says so', async (path) => {
  const answer = await sp.get(path)
  expect(['expression_invalid', 'resource_missing', 'list_missing']).toContain(
    answer.refused ?? `status ${answer.status}`,
  )
})

test('no path makes a call fail in another way than by refusing it', async () => {
  const words = [
    'web',
    'lists',
    'items',
    'fields',
    'getbytitle',
    '/',
    '(',
    ')',
    "'",
    "''",
    '5',
    ',',
    '@a',
    '=',
    "guid'",
    '%',
    'ü',
  ]
  const mixed = fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((all) => all.join(''))
  const known = fc.tuple(fc.constantFrom("/web/lists/getbytitle('Tasks')/", '/web/', '/web/lists'), mixed)
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        mixed,
        known.map(([one, other]) => one + other),
      ),
      fc.constantFrom('GET', 'POST', 'MERGE', 'DELETE'),
      async (path, method) => {
        const { status } = await sp.ask(method, `/${encodeURIComponent(path)}`, {
          headers: { 'if-match': '"0"' },
        })
        expect([200, 400, 404, 405, 412, 415]).toContain(status)
      },
    ),
    { numRuns: 500 },
  )
})
