import { legacyDnOf } from '../../../src/products/exchange/legacy-dn.ts'
import { find, ken, names, noMailbox, root, startExchange, textOf } from './harness.ts'

const SCHEMAS = 'http://schemas.microsoft.com/exchange/autodiscover'
const OUTLOOK = `${SCHEMAS}/outlook/requestschema/2006`
const ACCEPTS = `${SCHEMAS}/outlook/responseschema/2006a`
const ask = (who: string, { schema = OUTLOOK, accepts = ACCEPTS } = {}) =>
  `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="${schema}"><Request>${who}<AcceptableResponseSchema>${accepts}</AcceptableResponseSchema></Request></Autodiscover>`
const address = (smtp: string) => `<EMailAddress>${smtp}</EMailAddress>`

test.each([
  ['address', address('KenMyer@litwareinc.com')],
  ['name in X.500', `<LegacyDN>${legacyDnOf(ken)}</LegacyDN>`],
])('a user named by an %s gets the settings, in the order of the schema', async (_, who) => {
  const reply = await startExchange().pox(ask(who))
  expect(reply).toMatchObject({ status: 200, contentType: 'text/xml; charset=utf-8' })
  expect([root(reply).ns, root(reply).name]).toEqual([`${SCHEMAS}/responseschema/2006`, 'Autodiscover'])
  const [response] = root(reply).children
  expect([response?.ns, names(response)]).toEqual([ACCEPTS, ['User', 'Account']])
  const user = find(root(reply), 'User')
  expect(names(user)).toEqual(['DisplayName', 'LegacyDN', 'AutoDiscoverSMTPAddress', 'DeploymentId'])
  expect(user?.children.slice(0, 3).map(({ text }) => text)).toEqual(['Ken Myer', legacyDnOf(ken), ken.smtp])
  expect(user?.children[3]?.text).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  const account = find(root(reply), 'Account')
  expect(names(account)).toEqual(['AccountType', 'Action', 'MicrosoftOnline', 'Protocol', 'Protocol'])
  const protocols = account!.children.slice(3)
  const url = 'https://exchange.litwareinc.com:8441/EWS/Exchange.asmx'
  expect(protocols.map((one) => [find(one, 'Type')?.text, find(one, 'EwsUrl')?.text])).toEqual([
    ['EXCH', url],
    ['EXPR', url],
  ])
  // 15.1.2507, packed as Exchange packs it.
  expect(textOf(reply, 'ServerVersion')).toBe('73C189CB')
})

const off = { ...ken, sid: 'S-1-5-21-9', smtp: 'off@litwareinc.com', enabled: false }

test.each([
  ['nobody', address('nobody@litwareinc.com')],
  ['somebody without a mailbox', address(noMailbox.smtp!)],
  ['a disabled account', address(off.smtp)],
  ['a disabled account by its name in X.500', `<LegacyDN>${legacyDnOf(off)}</LegacyDN>`],
  ['a name in X.500 of nobody', '<LegacyDN>/o=x/cn=y</LegacyDN>'],
])('%s is not found: 500', async (_, who) => {
  const reply = await startExchange([ken, noMailbox, off]).pox(ask(who))
  expect([reply.status, textOf(reply, 'ErrorCode'), textOf(reply, 'Message')]).toEqual([
    200,
    '500',
    "The email address can't be found.",
  ])
  expect(root(reply).children[0]?.ns).toBe(ACCEPTS)
})

test.each([
  ['nothing', ''],
  ['broken XML', '<Autodiscover'],
  ['another document', '<a/>'],
  ['another schema', ask(address(ken.smtp!), { schema: 'urn:x' })],
  ['no address', ask('')],
  ['an empty address', ask(address(' '))],
  ['an address and a name at once', ask(`${address(ken.smtp!)}<LegacyDN>${legacyDnOf(ken)}</LegacyDN>`)],
  ['no schema for the answer', ask(address(ken.smtp!), { accepts: '' })],
  ['a DTD', `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${ask(address('&e;')).slice(38)}`],
])('%s is an invalid request: 600', async (_, body) => {
  const reply = await startExchange().pox(body)
  expect([reply.status, textOf(reply, 'ErrorCode'), textOf(reply, 'Message')]).toEqual([
    200,
    '600',
    'Invalid Request',
  ])
})

test('what a browser asks is an invalid request too, and says when and by whom it was answered', async () => {
  const reply = await startExchange().get('/autodiscover/autodiscover.xml')
  const error = find(root(reply), 'Error')
  expect(names(error)).toEqual(['ErrorCode', 'Message', 'DebugData'])
  expect(error?.attributes.get('Time')).toBe('11:06:40.0000000')
  expect(error?.attributes.get('Id')).toMatch(/^[0-9]+$/)
  expect([root(reply).children[0]?.name, textOf(reply, 'ErrorCode')]).toEqual(['Response', '600'])
})

test.each([
  [
    'a phone',
    {
      schema: `${SCHEMAS}/mobilesync/requestschema/2006`,
      accepts: `${SCHEMAS}/mobilesync/responseschema/2006`,
    },
  ],
  ['an answer for phones', { accepts: `${SCHEMAS}/mobilesync/responseschema/2006` }],
  ['an answer in no known schema', { accepts: 'urn:x' }],
])('nobody answers %s: 601', async (_, schemas) => {
  const reply = await startExchange().pox(ask(address(ken.smtp!), schemas))
  expect([textOf(reply, 'ErrorCode'), textOf(reply, 'Message')]).toEqual(['601', 'Provider is not available'])
})
