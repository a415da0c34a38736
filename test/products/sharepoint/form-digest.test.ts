/** `/_api/contextinfo` and form digests: what they look like, whom and how long they serve. */
import { DIGEST_LIFETIME } from '../../../src/products/sharepoint/form-digest.ts'
import { APP, type Ask, BASE, KEN, PILAR, type SharePoint, startSharePoint } from './harness.ts'

let sp: SharePoint
let digest: string
beforeEach(async () => {
  sp = await startSharePoint()
  digest = (await sp.ask('POST', '/contextinfo')).body.FormDigestValue
})

const write = (value: string, more: Ask = {}) =>
  sp.post('/web/lists', { Title: `List ${value.length}` }, { ...more, headers: { 'x-requestdigest': value } })

test.each([
  ['an empty body', {}],
  ['null', { body: 'null' }],
  ['{}', { body: '{}', type: 'application/json;odata=verbose' }],
  ['a form', { body: 'a=b', type: 'application/x-www-form-urlencoded' }],
  ['a body without a type', { body: 'x', type: '' }],
])('contextinfo answers to %s', async (_, more) => {
  const answer = await sp.ask('POST', '/ContextInfo', more)
  expect(answer.status).toBe(200)
  expect(answer.body.FormDigestValue).toBe(digest)
})

test('contextinfo in each dialect', async () => {
  const info = {
    FormDigestTimeoutSeconds: 1800,
    FormDigestValue: expect.stringMatching(/^0x[0-9A-F]{128},21 Nov 2026 00:00:00 -0000$/),
    LibraryVersion: expect.stringMatching(/^15\.0\.\d+\.\d+$/),
    SiteFullUrl: BASE,
    SupportedSchemaVersions: ['14.0.0.0', '15.0.0.0'],
    WebFullUrl: BASE,
  }
  const asked = async (dialect: string) =>
    (await sp.ask('POST', '/contextinfo', { accept: `application/json;odata=${dialect}` })).body
  expect(await asked('nometadata')).toEqual(info)
  expect(await asked('minimalmetadata')).toEqual({
    'odata.metadata': `${BASE}/_api/$metadata#SP.ContextWebInformation`,
    ...info,
  })
  expect(await asked('verbose')).toEqual({
    d: {
      GetContextWebInformation: {
        __metadata: { type: 'SP.ContextWebInformation' },
        ...info,
        SupportedSchemaVersions: {
          __metadata: { type: 'Collection(Edm.String)' },
          results: info.SupportedSchemaVersions,
        },
      },
    },
  })
})

test('a digest serves its caller for half an hour, and a write needs none', async () => {
  expect(DIGEST_LIFETIME).toBe(1800)
  expect((await write(digest)).status).toBe(201)
  sp.clock.now += DIGEST_LIFETIME
  expect((await write(digest, { as: KEN })).refused).toBe('title_taken')
  expect((await sp.post('/web/lists', { Title: 'without' })).status).toBe(201)
  expect(
    (await sp.post('/web/lists', { Title: 'empty' }, { headers: { 'x-requestdigest': ' ' } })).status,
  ).toBe(201)
})

test('a digest is refused when its time is over, and before it was made', async () => {
  for (const seconds of [DIGEST_LIFETIME + 1, -1]) {
    sp.clock.now += seconds
    const late = await write(digest)
    expect([late.status, late.refused]).toEqual([403, 'digest_expired'])
    expect(late.body['odata.error'].code).toBe('-2130575251, Microsoft.SharePoint.SPException')
    sp.clock.now -= seconds
  }
})

test('a digest serves nobody else', async () => {
  for (const as of [PILAR, APP, { partner: KEN.partner }, { ...KEN, partner: APP.partner }]) {
    const answer = await write(digest, { as })
    expect([answer.status, answer.refused]).toEqual([403, 'digest_invalid'])
    expect(answer.body['odata.error'].code).toBe('-2130575252, Microsoft.SharePoint.SPException')
  }
})

test('a digest of another server is refused, and one from before a restart is not', async () => {
  const other = await startSharePoint()
  // Its secret is made of ids, which the harness counts; a server draws them.
  other.kit.newId()
  const theirs = (await other.ask('POST', '/contextinfo')).body.FormDigestValue
  expect((await write(theirs)).refused).toBe('digest_invalid')
  expect(await sp.kit.lists.createSite('another secret', [])).toBe('exists')
  expect((await write(digest)).status).toBe(201)
})

test.each([
  ['the date alone', (value: string) => value.replace(/^.*,/, ',')],
  ['the hash alone', (value: string) => value.replace(/,.*$/, '')],
  ['another date', (value: string) => value.replace('2026', '2027')],
  ['another spelling of the date', (value: string) => value.replace('21 Nov 2026 ', '2026-11-21T')],
  ['small letters', (value: string) => value.toLowerCase()],
  ['a digit changed', (value: string) => value.replace(/^0x./, '0xG')],
  ['something more', (value: string) => `${value} `.concat('x')],
  ['nothing of it', () => 'x'],
  ['a page’s placeholder', () => '0x0'],
])('a digest with %s is refused', async (_, change) => {
  expect((await write(change(digest))).refused).toBe('digest_invalid')
})

test.each([
  ['POST', {}],
  ['MERGE', {}],
  ['PATCH', {}],
  ['PUT', {}],
  ['DELETE', {}],
  ['POST', { 'x-http-method': 'DELETE' }],
])('a wrong digest stops a %s %j, before anything is looked up', async (method, headers) => {
  const answer = await sp.ask(method, "/web/lists/getbytitle('none')", {
    headers: { ...headers, 'x-requestdigest': 'x' },
  })
  expect(answer.refused).toBe('digest_invalid')
})

test('a wrong digest stops no read, and none from asking for a right one', async () => {
  const headers = { 'x-requestdigest': 'x' }
  expect((await sp.get('/web', { headers })).status).toBe(200)
  expect((await sp.ask('POST', '/contextinfo', { headers })).status).toBe(200)
})
