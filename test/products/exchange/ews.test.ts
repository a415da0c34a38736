import { exchange } from '../../../src/products/exchange/exchange.ts'
import { REQUEST_VERSIONS } from '../../../src/products/exchange/version.ts'
import { NS } from '../../../src/products/xml.ts'
import {
  codes,
  createItem,
  faultCode,
  find,
  getFolder,
  messages,
  named,
  names,
  root,
  startExchange,
  textOf,
  wrap,
} from './harness.ts'

const INBOX = getFolder(named('inbox'))
const GET_INBOX =
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'

describe('the envelope', () => {
  test('a reply has the content type and the server version that clients look for', async () => {
    const reply = await startExchange().ews(INBOX)
    expect(reply).toMatchObject({ status: 200, contentType: 'text/xml; charset=utf-8' })
    const version = find(root(reply), 'ServerVersionInfo')
    expect(version?.ns).toBe(NS.types)
    expect(Object.fromEntries(version?.attributes ?? [])).toEqual({
      MajorVersion: '15',
      MinorVersion: '1',
      MajorBuildNumber: '2507',
      MinorBuildNumber: '6',
      Version: 'V2017_07_11',
    })
  })

  test('prefixes, default namespaces, quotes, comments and blanks are the sender’s business', async () => {
    const odd = `\uFEFF<?xml version='1.0' encoding='UTF-8'?>
      <!-- a --><Envelope xmlns='${NS.soap11}'><Header><x:TimeZoneContext xmlns:x="${NS.types}"><x:TimeZoneDefinition Id="UTC"/></x:TimeZoneContext></Header>
      <Body><GetFolder xmlns='${NS.messages}'><FolderShape><q:BaseShape xmlns:q='${NS.types}'>IdOnly</q:BaseShape></FolderShape>
      <FolderIds><DistinguishedFolderId xmlns='${NS.types}' Id='inbox'/></FolderIds></GetFolder></Body></Envelope>`
    expect(codes(await startExchange().ews(odd))).toEqual(['NoError'])
  })

  test('an envelope without a header is served', async () => {
    const body = wrap(GET_INBOX).replace(/<soap:Header>.*<\/soap:Header>/, '')
    expect(codes(await startExchange().ews(body))).toEqual(['NoError'])
  })

  test('an envelope of SOAP 1.2 gets the fault VersionMismatch', async () => {
    const reply = await startExchange().ews(INBOX.replaceAll(NS.soap11, NS.soap12))
    expect(faultCode(reply)).toBe('ErrorSchemaValidation')
    expect(textOf(reply, 'faultcode')).toBe('s:VersionMismatch')
  })

  test.each([
    ['broken XML', '<soap:Envelope'],
    ['an ampersand that was not escaped', createItem('<t:Message><t:Subject>R&D</t:Subject></t:Message>')],
    ['a DTD', `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${INBOX}`],
    ['no body', `<s:Envelope xmlns:s="${NS.soap11}"/>`],
    ['an empty body', wrap('')],
    ['two operations', wrap(GET_INBOX + GET_INBOX)],
    ['two bodies', INBOX.replace('</soap:Body>', '</soap:Body><soap:Body/>')],
    ['a header after the body', INBOX.replace('</soap:Envelope>', '<soap:Header/></soap:Envelope>')],
    ['an operation that does not exist', wrap('<m:GetEverything/>')],
    ['an operation of another namespace', wrap('<t:GetFolder/>')],
    ['an operation named like a property', wrap('<m:constructor/>')],
    [
      'no shape',
      wrap('<m:GetFolder><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'),
    ],
    ['an unknown shape', getFolder(named('inbox'), 'Everything')],
    ['no ids', getFolder('')],
    ['an id without Id', getFolder('<t:FolderId/>')],
    ['a distinguished folder that the schema does not know', getFolder(named('Inbox'))],
    ['a distinguished folder named like a property', getFolder(named('toString'))],
    ['a stranger among the ids', getFolder('<t:Folder/>')],
    [
      'parts out of order',
      wrap(
        '<m:GetFolder><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape></m:GetFolder>',
      ),
    ],
    ['more ids than one reply holds', getFolder(named('inbox').repeat(1001))],
  ])('%s is a schema violation that is named', async (_, body) => {
    const reply = await startExchange().ews(body)
    expect(faultCode(reply)).toBe('ErrorSchemaValidation')
    expect(textOf(reply, 'faultcode')).toBe('a:ErrorSchemaValidation')
    expect(textOf(reply, 'faultstring')).toMatch(/^The request failed schema validation: .{10,}\.$/)
  })

  test('what is hostile gets its fault quickly', async () => {
    const { ews } = startExchange()
    const started = performance.now()
    for (const body of [
      INBOX.replace('<m:FolderIds>', `<m:FolderIds>${'<t:x>'.repeat(100_000)}`),
      INBOX.replace('inbox', 'in\0box'),
      `<?xml version="1.0" encoding="utf-16"?>${INBOX}`,
      INBOX.slice(0, -20),
    ]) {
      expect(faultCode(await ews(body))).toBe('ErrorSchemaValidation')
    }
    expect(performance.now() - started).toBeLessThan(1000)
  })

  test('when the server itself fails, the answer is a fault too, as clients need', () => {
    expect(faultCode(exchange.internalError!)).toBe('ErrorInternalServerError')
  })
})

describe('the header', () => {
  const withHeader = (header: string) => startExchange().ews(wrap(GET_INBOX, header))

  test.each([...REQUEST_VERSIONS])('a request of version %s is served', async (version) => {
    const reply = await withHeader(`<t:RequestServerVersion Version="${version}"/>`)
    expect(codes(reply)).toEqual(['NoError'])
    expect(find(root(reply), 'ServerVersionInfo')?.attributes.get('Version')).toBe('V2017_07_11')
  })

  test.each(['Exchange2042', 'V2099_01_01', 'exchange2013', ''])(
    'an unknown version, %j, is refused',
    async (version) => {
      const reply = await withHeader(`<t:RequestServerVersion Version="${version}"/>`)
      expect(faultCode(reply)).toBe('ErrorInvalidServerVersion')
    },
  )

  test('a version that is not named is a schema violation', async () => {
    expect(faultCode(await withHeader('<t:RequestServerVersion/>'))).toBe('ErrorSchemaValidation')
  })

  test('a time zone that is known is accepted, by its name or by its rules', async () => {
    const zone = (content: string) =>
      `<t:TimeZoneContext><t:TimeZoneDefinition ${content}</t:TimeZoneContext>`
    for (const header of [
      zone('Id="Greenwich Standard Time"></t:TimeZoneDefinition>'),
      zone('Id="Custom"><t:Periods><t:Period Bias="PT1H" Id="s"/></t:Periods></t:TimeZoneDefinition>'),
    ]) {
      expect(codes(await withHeader(header))).toEqual(['NoError'])
    }
    expect(faultCode(await withHeader(zone('Id="Custom"/>')))).toBe('ErrorTimeZone')
    expect(faultCode(await withHeader('<t:TimeZoneContext/>'))).toBe('ErrorSchemaValidation')
  })

  const impersonate = (inner: string) => `<t:ExchangeImpersonation>${inner}</t:ExchangeImpersonation>`
  const account = (inner: string) => impersonate(`<t:ConnectingSID>${inner}</t:ConnectingSID>`)

  test.each([
    ['an SMTP address', account('<t:SmtpAddress>pilar@litwareinc.com</t:SmtpAddress>')],
    ['a primary SMTP address', account('<t:PrimarySmtpAddress>pilar@litwareinc.com</t:PrimarySmtpAddress>')],
    ['a UPN', account('<t:PrincipalName>pilar@corp.litwareinc.com</t:PrincipalName>')],
    ['a SID', account('<t:SID>S-1-5-21-1-2-3-1105</t:SID>')],
    ['the caller', account('<t:SmtpAddress>kenmyer@litwareinc.com</t:SmtpAddress>')],
  ])('impersonation of %s is denied', async (_, header) => {
    const reply = await withHeader(header)
    expect(faultCode(reply)).toBe('ErrorImpersonateUserDenied')
    expect(textOf(reply, 'faultstring')).toBe(
      'The account does not have permission to impersonate the requested user.',
    )
  })

  test.each([
    ['nothing', impersonate('')],
    ['no account', account('')],
    ['an empty account', account('<t:SmtpAddress> </t:SmtpAddress>')],
    ['two accounts', account('<t:SID>S-1-5-1</t:SID><t:SID>S-1-5-2</t:SID>')],
    ['an account of an unknown kind', account('<t:Name>pilar</t:Name>')],
  ])('an impersonation header with %s is invalid', async (_, header) => {
    expect(faultCode(await withHeader(header))).toBe('ErrorInvalidExchangeImpersonationHeaderData')
  })

  test('two impersonation headers are one too many', async () => {
    const header = account('<t:SID>S-1-5-1</t:SID>')
    expect(faultCode(await withHeader(header + header))).toBe('ErrorMoreThanOneAccessModeSpecified')
  })
})

test('every id gets its own message, in order', async () => {
  const reply = await startExchange().ews(getFolder(named('inbox') + named('voicemail') + named('drafts')))
  expect(reply.status).toBe(200)
  expect(codes(reply)).toEqual(['NoError', 'ErrorFolderNotFound', 'NoError'])
  const [good, bad] = messages(reply)
  expect(good).toMatchObject({ class: 'Success' })
  expect(names(good?.element)).toEqual(['ResponseCode', 'Folders'])
  expect(bad).toMatchObject({ class: 'Error' })
  expect(names(bad?.element)).toEqual(['MessageText', 'ResponseCode', 'DescriptiveLinkKey', 'Folders'])
})
