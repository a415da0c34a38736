import { legacyDnOf } from '../../../src/products/exchange/legacy-dn.ts'
import type { User } from '../../../src/trust/directory.ts'
import {
  codes,
  faultCode,
  find,
  ken,
  messages,
  names,
  noMailbox,
  pilar,
  startExchange,
  wrap,
} from './harness.ts'

const ask = (entry: string, attributes = 'ReturnFullContactData="false"', before = '') =>
  wrap(
    `<m:ResolveNames ${attributes}>${before}<m:UnresolvedEntry>${entry}</m:UnresolvedEntry></m:ResolveNames>`,
  )
const resolve = async (body: string, users: readonly User[] = [ken, pilar, noMailbox]) => {
  const reply = await startExchange(users).ews(body)
  const [message, ...more] = messages(reply)
  expect(more).toEqual([])
  const set = find(message!.element, 'ResolutionSet')
  const found = set?.children.map((one) => find(one, 'EmailAddress')?.text)
  return { ...message!, set, found }
}
const FULL = 'ReturnFullContactData="true"'

test.each([
  ['the beginning of a display name', 'ken'],
  ['another word of it', 'MYER'],
  ['the words turned around', 'Myer, Ken'],
  ['an alias', 'kenmyer'],
  ['an address', 'KenMyer@LitwareInc.com'],
  ['an address with its scheme', 'smtp:kenmyer@litwareinc.com'],
  ['an address with its scheme in capitals', 'SMTP:KENMYER@litwareinc.com'],
  ['a SIP address', 'sip:kenmyer@litwareinc.com'],
  ['the name in X.500', legacyDnOf(ken)],
  ['the name in X.500 in capitals', legacyDnOf(ken).toUpperCase()],
])('one person is found by %s', async (_, entry) => {
  const { class: verdict, code, found, set, element } = await resolve(ask(entry))
  expect([verdict, code, found]).toEqual(['Success', 'NoError', ['kenmyer@litwareinc.com']])
  expect(Object.fromEntries(set!.attributes)).toEqual({
    TotalItemsInView: '1',
    IncludesLastItemInRange: 'true',
  })
  expect(names(element)).toEqual(['ResponseCode', 'ResolutionSet'])
  expect(names(find(element, 'Mailbox'))).toEqual(['Name', 'EmailAddress', 'RoutingType', 'MailboxType'])
  expect(find(element, 'Mailbox')?.children.map(({ text }) => text)).toEqual([
    'Ken Myer',
    'kenmyer@litwareinc.com',
    'SMTP',
    'Mailbox',
  ])
  expect(find(element, 'Contact')).toBeUndefined()
})

test('several people are a warning, with all of them', async () => {
  const kent = { ...pilar, sid: 'S-1-5-21-9', smtp: 'kent@litwareinc.com', displayName: 'Clark Kent' }
  const { class: verdict, code, found, element } = await resolve(ask('ken'), [ken, pilar, kent])
  expect([verdict, code]).toEqual(['Warning', 'ErrorNameResolutionMultipleResults'])
  expect(found).toEqual(['kenmyer@litwareinc.com', 'kent@litwareinc.com'])
  expect(names(element)).toEqual(['MessageText', 'ResponseCode', 'DescriptiveLinkKey', 'ResolutionSet'])
  expect(find(element, 'MessageText')?.text).toBe('Multiple results were found.')
})

test('a whole address means its owner, though others begin so', async () => {
  const longer = { ...pilar, smtp: 'kenmyer@litwareinc.com.au' }
  expect((await resolve(ask('kenmyer@litwareinc.com'), [longer, ken])).found).toEqual([
    'kenmyer@litwareinc.com',
  ])
})

test('a hundred are shown, and said not to be all', async () => {
  const many = Array.from({ length: 120 }, (_, n) => ({
    ...ken,
    sid: `S-1-5-21-${n}`,
    smtp: `ken${n}@x.com`,
  }))
  const { set } = await resolve(ask('ken'), many)
  expect(set?.children).toHaveLength(100)
  expect(Object.fromEntries(set!.attributes)).toEqual({
    TotalItemsInView: '100',
    IncludesLastItemInRange: 'false',
  })
  expect((await resolve(ask('ken'), many.slice(0, 100))).set?.attributes.get('IncludesLastItemInRange')).toBe(
    'true',
  )
})

test.each([
  ['nobody', ask('zebra')],
  ['somebody without a mailbox', ask(noMailbox.smtp!)],
  ['an address of nobody with a scheme', ask('smtp:ken')],
  ['a name in X.500 of nobody', ask(`${legacyDnOf(ken)}x`)],
  ['somebody, among the contacts alone', ask('ken', 'ReturnFullContactData="false" SearchScope="Contacts"')],
])('%s is an error without results', async (_, body) => {
  const { class: verdict, code, element } = await resolve(body)
  expect([verdict, code]).toEqual(['Error', 'ErrorNameResolutionNoResults'])
  expect(names(element)).toEqual(['MessageText', 'ResponseCode', 'DescriptiveLinkKey'])
})

test.each(['ActiveDirectory', 'ActiveDirectoryContacts', 'ContactsActiveDirectory'])(
  'the scope %s searches the directory',
  async (scope) => {
    const folders = '<m:ParentFolderIds><t:DistinguishedFolderId Id="contacts"/></m:ParentFolderIds>'
    const body = ask('ken', `ReturnFullContactData="false" SearchScope="${scope}"`, folders)
    expect((await resolve(body)).found).toEqual(['kenmyer@litwareinc.com'])
  },
)

test.each([
  [
    'everything, without a shape',
    FULL,
    ['DisplayName', 'EmailAddresses', 'ContactSource', 'ImAddresses', 'Alias'],
  ],
  [
    'everything',
    `${FULL} ContactDataShape="AllProperties"`,
    ['DisplayName', 'EmailAddresses', 'ContactSource', 'ImAddresses', 'Alias'],
  ],
  ['the usual', `${FULL} ContactDataShape="Default"`, ['DisplayName', 'EmailAddresses', 'ContactSource']],
  ['the id, of which a person of the directory has none', `${FULL} ContactDataShape="IdOnly"`, undefined],
])('of a person asked for in full is shown %s', async (_, attributes, shown) => {
  const { element } = await resolve(ask('ken', attributes))
  expect(names(find(element, 'Contact'))).toEqual(shown)
  if (shown === undefined) return
  const entry = find(find(element, 'EmailAddresses')!, 'Entry')
  expect([entry?.attributes.get('Key'), entry?.text]).toEqual([
    'EmailAddress1',
    'SMTP:kenmyer@litwareinc.com',
  ])
  expect(find(element, 'ContactSource')?.text).toBe('ActiveDirectory')
})

test('a name of blanks is an error of its own', async () => {
  expect(codes(await startExchange().ews(ask(' \n')))).toEqual(['ErrorInvalidNameForNameResolution'])
})

test.each([
  ['no name', wrap(`<m:ResolveNames ${FULL}/>`)],
  ['an empty name', ask('')],
  ['no word about contact data', ask('ken', '')],
  ['an unknown scope', ask('ken', `${FULL} SearchScope="Everywhere"`)],
  ['an unknown shape', ask('ken', `${FULL} ContactDataShape="Most"`)],
])('a request with %s is a schema violation', async (_, body) => {
  expect(faultCode(await startExchange().ews(body))).toBe('ErrorSchemaValidation')
})

test('people are found whose names hold markup, and shown as they are called', async () => {
  const odd = { ...ken, displayName: `Ken <"'&> Öz` }
  const { element } = await resolve(ask('&lt;&quot;', FULL), [odd])
  expect(find(element, 'Name')?.text).toBe(odd.displayName)
})
