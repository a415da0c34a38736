/** Lists: the ones a site starts with, made, found, changed, deleted, and their fields. */
import { BASE, type SharePoint, startSharePoint } from './harness.ts'

let sp: SharePoint
beforeEach(async () => {
  sp = await startSharePoint()
})

test('a site starts with the lists of a team site, for two first callers at once too', async () => {
  const [one, other] = await Promise.all([sp.get('/web/lists'), sp.get('/web/lists')])
  expect(one.body).toEqual(other.body)
  expect(one.body.value.map((list: { Title: string }) => list.Title)).toEqual([
    'Documents',
    'Form Templates',
    'Site Assets',
    'Site Pages',
    'Style Library',
  ])
  expect(one.body.value[0]).toMatchObject({
    BaseTemplate: 101,
    BaseType: 1,
    EntityTypeName: 'Shared_x0020_Documents',
    ListItemEntityTypeFullName: 'SP.Data.Shared_x0020_DocumentsItem',
    ItemCount: 0,
    Hidden: false,
  })
})

test('a list is made, and found by title in any case, by guid and as a text', async () => {
  const made = await sp.post('/web/lists', { Title: 'Team tasks', BaseTemplate: 107, Description: 'to do' })
  expect(made.status).toBe(201)
  const { Id } = made.body
  expect(made.headers).toMatchObject({
    ETag: `"${Id},1"`,
    Location: `${BASE}/_api/Web/Lists(guid'${Id}')`,
  })
  expect(made.body).toMatchObject({
    Title: 'Team tasks',
    Description: 'to do',
    BaseTemplate: 107,
    EntityTypeName: 'Team_x0020_tasksList',
    Created: '2026-11-21T00:00:00Z',
  })
  for (const path of [
    "/web/lists/getByTitle('Team%20tasks')",
    "/Web/LISTS/GETBYTITLE('team tasks')/",
    "//web//lists//getbytitle(title='TEAM TASKS')",
    "/web/lists/getbytitle(@t)?@t='Team+tasks'",
    `/web/lists(guid'${Id}')`,
    `/web/lists(guid'${Id.toUpperCase()}')`,
    `/web/lists('${Id}')`,
    `/web/lists/getbyid('${Id}')`,
  ]) {
    const found = await sp.get(path)
    expect([path, found.body.Id]).toEqual([path, Id])
  }
})

test.each([
  ["Bob's list", "Bob''s list"],
  ["Bob's list", 'Bob%27%27s%20list'],
  ['a/b (c)', 'a%2Fb (c)'],
  ['a/b (c)', 'a/b (c)'],
  ['50% & more + ü 👍', '50%25 %26 more %2B %C3%BC %F0%9F%91%8D'],
  ["''", "''''"],
  ['?#', '%3F%23'],
])('the title %s is found as %s', async (title, encoded) => {
  await sp.list(title)
  expect((await sp.get(`/web/lists/getbytitle('${encoded}')/title`)).body).toEqual({ value: title })
})

test('a title is given once, in any case, and is free again after a change or a deletion', async () => {
  const path = await sp.list('Tasks')
  const again = await sp.post('/web/lists', { Title: 'TASKS', BaseTemplate: 100 })
  expect([again.status, again.refused]).toEqual([500, 'title_taken'])
  expect(again.body['odata.error'].code).toBe('-2130575342, Microsoft.SharePoint.SPException')
  const other = await sp.list('Other')
  expect((await sp.ask('MERGE', other, { body: { Title: 'tasks' } })).refused).toBe('title_taken')
  expect((await sp.ask('MERGE', path, { body: { Title: 'Renamed' } })).status).toBe(204)
  // The name in its URL stays with the first list; the second has another.
  const second = await sp.get(await sp.list('Tasks'))
  expect(second.body).toMatchObject({ Title: 'Tasks', DefaultViewUrl: '/Lists/Tasks1/AllItems.aspx' })
  expect((await sp.get(path)).body).toMatchObject({
    Title: 'Renamed',
    DefaultViewUrl: '/Lists/Tasks/AllItems.aspx',
  })
  await sp.ask('DELETE', path)
  expect((await sp.get(await sp.list('Renamed'))).body.DefaultViewUrl).toBe('/Lists/Renamed/AllItems.aspx')
})

test.each([
  ['MERGE', {}],
  ['PATCH', {}],
  ['PUT', {}],
  ['POST', { 'x-http-method': 'MERGE' }],
  ['POST', { 'x-http-method': 'patch' }],
])('%s %j changes a list, and its ETag moves', async (method, headers) => {
  const path = await sp.list('Tasks')
  const before = (await sp.get(path)).headers['ETag']!
  sp.clock.now += 60
  const body = { Description: 'new' }
  const changed = await sp.ask(method, path, { headers: { ...headers, 'if-match': before }, body })
  expect([changed.status, changed.body]).toEqual([204, undefined])
  const after = await sp.get(path)
  expect(after.body).toMatchObject({
    Description: 'new',
    Title: 'Tasks',
    LastItemModifiedDate: '2026-11-21T00:01:00Z',
  })
  expect(after.headers['ETag']).not.toBe(before)
  const late = await sp.ask(method, path, { headers: { ...headers, 'if-match': before }, body })
  expect([late.status, late.refused]).toEqual([412, 'etag_mismatch'])
  expect((await sp.ask(method, path, { headers, body })).status).toBe(204)
})

test('a list that was read in any dialect can be sent back in it', async () => {
  const path = await sp.list('Tasks')
  for (const type of ['verbose', 'minimalmetadata', 'nometadata'].map(
    (name) => `application/json;odata=${name}`,
  )) {
    const { body } = await sp.get(path, { accept: type })
    const sent = { ...(body.d ?? body), Description: type }
    const changed = await sp.ask('MERGE', path, { type, headers: { 'if-match': '*' }, body: sent })
    expect([changed.refused, changed.status]).toEqual([undefined, 204])
    expect((await sp.get(path)).body).toMatchObject({ Description: type, BaseTemplate: 100 })
  }
})

test('a deleted list is gone with its items', async () => {
  const path = await sp.list('Tasks', {}, [{ Title: 'a' }])
  const etag = (await sp.get(path)).headers['ETag']!
  expect((await sp.ask('DELETE', path, { headers: { 'if-match': '"x,1"' } })).status).toBe(412)
  const gone = await sp.ask('POST', path, { headers: { 'x-http-method': 'DELETE', 'if-match': etag } })
  expect(gone.status).toBe(204)
  expect(await sp.get(path)).toMatchObject({ status: 404, refused: 'list_id_missing' })
  expect(await sp.get(`${path}/items`)).toMatchObject({ status: 404, refused: 'list_id_missing' })
})

test.each([
  ['nothing', {}, 'value_invalid'],
  ['a number for a title', { Title: 5 }, 'value_invalid'],
  ['an empty title', { Title: ' ' }, 'value_invalid'],
  ['no title at all', { Title: null }, 'value_invalid'],
  ['a title that is too long', { Title: 'x'.repeat(256) }, 'value_invalid'],
  ['a title with a NUL', { Title: 'a\0b' }, 'value_invalid'],
  ['a template that is none', { Title: 'x', BaseTemplate: 99 }, 'list_template_unknown'],
  ['a template that is no number', { Title: 'x', BaseTemplate: '100' }, 'list_template_unknown'],
  ['a property that lists do not have', { Title: 'x', Colour: 'red' }, 'property_missing'],
  ['the type of something else', { 'odata.type': 'SP.Web', Title: 'x' }, 'type_unknown'],
])('a list with %s is not made', async (_, body, code) => {
  expect((await sp.post('/web/lists', body)).refused).toBe(code)
  expect((await sp.get('/web/lists')).body.value).toHaveLength(5)
})

test('a list has the fields of every list, those of its template, and those that are added', async () => {
  const { body } = await sp.post('/web/lists', { Title: 'Team tasks', BaseTemplate: 107 })
  const fields = `/web/lists(guid'${body.Id}')/fields`
  const namesIn = async (query = '') =>
    (await sp.get(`${fields}${query}`)).body.value.map(
      (field: { InternalName: string }) => field.InternalName,
    )
  const own = ['Body', 'StartDate', 'DueDate', 'Priority', 'Status', 'PercentComplete']
  expect(await namesIn()).toEqual(['ID', 'Title', 'Created', 'Modified', 'Author', 'Editor', 'GUID', ...own])
  expect(await namesIn("?$filter=TypeAsString eq 'DateTime' and ReadOnlyField eq false")).toEqual([
    'StartDate',
    'DueDate',
  ])
  const added = await sp.post(fields, { Title: '2nd prize €', FieldTypeKind: 9 })
  expect(added.status).toBe(201)
  expect(added.body).toMatchObject({
    InternalName: '_x0032_nd_x0020_prize_x0020__x20',
    TypeAsString: 'Number',
  })
  const byTitle = await sp.get(`${fields}/getbyinternalnameortitle('2nd prize %E2%82%AC')`)
  expect(byTitle.body).toEqual(added.body)
  expect((await sp.get(`${fields}(guid'${added.body.Id}')/typeasstring`)).body).toEqual({ value: 'Number' })
  expect((await sp.get(`${fields}/getbytitle('none')`)).refused).toBe('field_missing')
})

test.each([
  ['a kind that cannot be added', { Title: 'x', FieldTypeKind: 20 }, 'field_kind_unknown'],
  ['no kind', { Title: 'x' }, 'field_kind_unknown'],
  ['no title', { FieldTypeKind: 2 }, 'value_invalid'],
  ['the name of one that is there', { Title: 'colour', FieldTypeKind: 2 }, 'field_exists'],
  ['the name of one that every list has', { Title: 'created', FieldTypeKind: 2 }, 'field_exists'],
  ['a name that an item has for something else', { Title: 'AuthorId', FieldTypeKind: 2 }, 'field_exists'],
])('a field with %s is not added', async (_, body, code) => {
  const path = await sp.list('Tasks', { Colour: 2 })
  expect((await sp.post(`${path}/fields`, body)).refused).toBe(code)
})

test.each(['__proto__', 'constructor', 'toString'])('a field may be called %s', async (name) => {
  const path = await sp.list('Tasks')
  const added = await sp.post(`${path}/fields`, { Title: name, FieldTypeKind: 2 })
  const property = added.body.EntityPropertyName
  const item = await sp.post(`${path}/items`, { Title: 'a' })
  expect(item.body[property]).toBeNull()
  const headers = { 'if-match': '*' }
  // As a text: an object literal would take __proto__ for something else.
  const set = await sp.ask('MERGE', `${path}/items(1)`, { headers, body: `{"${property}":"x"}` })
  expect(set.status).toBe(204)
  expect((await sp.get(`${path}/items?$filter=${property} eq 'x'`)).body.value[0][property]).toBe('x')
})
