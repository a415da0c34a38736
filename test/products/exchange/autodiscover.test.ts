import { NS } from '../../../src/products/xml.ts'
import { find, ken, names, noMailbox, pilar, root, startExchange, textOf } from './harness.ts'

const ask = (users: readonly string[], settings: readonly string[]) =>
  `<soap:Envelope xmlns:a="${NS.autodiscover}" xmlns:wsa="${NS.addressing}" xmlns:soap="${NS.soap11}"><soap:Header><a:RequestedServerVersion>Exchange2013</a:RequestedServerVersion><wsa:Action>${NS.autodiscover}/Autodiscover/GetUserSettings</wsa:Action><wsa:MessageID>urn:uuid:1</wsa:MessageID></soap:Header><soap:Body><a:GetUserSettingsRequestMessage><a:Request><a:Users>${users
    .map((user) => `<a:User><a:Mailbox>${user}</a:Mailbox></a:User>`)
    .join('')}</a:Users><a:RequestedSettings>${settings
    .map((name) => `<a:Setting>${name}</a:Setting>`)
    .join(
      '',
    )}</a:RequestedSettings></a:Request></a:GetUserSettingsRequestMessage></soap:Body></soap:Envelope>`

describe('GetUserSettings', () => {
  test('says where the mailbox is', async () => {
    const reply = await startExchange().autodiscover(
      ask(['KenMyer@litwareinc.com'], ['ExternalEwsUrl', 'UserDisplayName']),
    )
    expect(reply.status).toBe(200)
    const user = find(root(reply), 'UserResponse')
    expect(names(user)).toEqual([
      'ErrorCode',
      'ErrorMessage',
      'RedirectTarget',
      'UserSettingErrors',
      'UserSettings',
    ])
    const settings = find(user!, 'UserSettings')?.children ?? []
    expect(settings.map((one) => one.children.map(({ text }) => text))).toEqual([
      ['ExternalEwsUrl', 'https://exchange.litwareinc.com:8441/EWS/Exchange.asmx'],
      ['UserDisplayName', 'Ken Myer'],
    ])
    expect(reply.body).toContain('<UserSetting i:type="StringSetting">')
  })

  test('carries the server version as elements, the action, and the message it answers', async () => {
    const reply = await startExchange().autodiscover(ask([ken.smtp!], ['ExternalEwsUrl']))
    const version = find(root(reply), 'ServerVersionInfo')
    expect(version?.ns).toBe(NS.autodiscover)
    expect(names(version)).toEqual([
      'MajorVersion',
      'MinorVersion',
      'MajorBuildNumber',
      'MinorBuildNumber',
      'Version',
    ])
    expect(textOf(reply, 'Action')).toBe(`${NS.autodiscover}/Autodiscover/GetUserSettingsResponse`)
    expect(textOf(reply, 'RelatesTo')).toBe('urn:uuid:1')
  })

  test('tells a setting that does not exist from one that is not to be had', async () => {
    const reply = await startExchange().autodiscover(
      ask([ken.smtp!], ['Colour', 'InternalEwsUrl', 'constructor', 'ExternalOABUrl', 'AlternateMailboxes']),
    )
    const errors = find(root(reply), 'UserSettingErrors')?.children ?? []
    expect(names(errors[0])).toEqual(['ErrorCode', 'ErrorMessage', 'SettingName'])
    expect(errors.map((one) => [one.children[0]?.text, one.children[2]?.text])).toEqual([
      ['InvalidSetting', 'Colour'],
      ['InvalidSetting', 'constructor'],
      ['SettingIsNotAvailable', 'ExternalOABUrl'],
      ['SettingIsNotAvailable', 'AlternateMailboxes'],
    ])
    expect(find(root(reply), 'UserSettings')?.children).toHaveLength(1)
  })

  test('says of a user and of the server whatever is true of them', async () => {
    const url = 'https://exchange.litwareinc.com:8441/EWS/Exchange.asmx'
    const expected = {
      UserDisplayName: 'Ken Myer',
      UserDN: expect.stringMatching(
        /^\/o=First Organization\/ou=.*\/cn=Recipients\/cn=[0-9a-f]{32}-kenmyer$/,
      ),
      UserDeploymentId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      AutoDiscoverSMTPAddress: 'kenmyer@litwareinc.com',
      InternalEwsUrl: url,
      ExternalEwsUrl: url,
      EwsSupportedSchemas: expect.stringMatching(/^Exchange2007, Exchange2007_SP1, .*Exchange2013_SP1/),
      CasVersion: '15.01.2507.006',
      MailboxVersion: '15.01.2507.006',
      UserMSOnline: 'False',
      MapiHttpEnabled: 'False',
      CrossOrganizationSharingEnabled: 'False',
    }
    const reply = await startExchange().autodiscover(ask([ken.smtp!], Object.keys(expected)))
    const settings = find(root(reply), 'UserSettings')?.children ?? []
    const said = settings.map((one) => one.children.map(({ text }) => text) as [string, string])
    expect(Object.fromEntries(said)).toEqual(expected)
    expect(find(root(reply), 'UserSettingErrors')?.children).toEqual([])
  })

  test('answers each of several users by itself, in order', async () => {
    const reply = await startExchange().autodiscover(
      ask([pilar.smtp!, 'nobody@x.com', ken.smtp!], ['UserDisplayName', 'UserDisplayName']),
    )
    const users = find(root(reply), 'UserResponses')?.children ?? []
    expect(users.map((user) => [find(user, 'ErrorCode')?.text, find(user, 'Value')?.text])).toEqual([
      ['NoError', 'Pilar Ackerman'],
      ['InvalidUser', undefined],
      ['NoError', 'Ken Myer'],
    ])
    expect(users.map((user) => find(user, 'UserSettings')?.children.length)).toEqual([1, 0, 1])
    expect([textOf(reply, 'ErrorCode'), textOf(reply, 'ErrorMessage')]).toEqual(['NoError', ''])
  })

  test('a user who is unknown, has no mailbox, is disabled or not the only one is an invalid user', async () => {
    const off = { ...ken, smtp: 'off@litwareinc.com', enabled: false }
    const twins = [1, 2].map((n) => ({ ...ken, sid: `S-1-5-21-${n}`, smtp: 'twin@litwareinc.com' }))
    const { autodiscover } = startExchange([ken, noMailbox, off, ...twins])
    const addresses = ['nobody@x.com', noMailbox.smtp!, off.smtp, 'twin@litwareinc.com', '', ken.smtp!]
    const reply = await autodiscover(ask(addresses, ['ExternalEwsUrl']))
    const users = find(root(reply), 'UserResponses')?.children ?? []
    expect(users.map((user) => user.children[0]?.text)).toEqual([...Array(5).fill('InvalidUser'), 'NoError'])
    expect(users[0]?.children[1]?.text).toBe("The email address 'nobody@x.com' could not be found.")
    expect(users[0]?.children[4]?.children).toEqual([])
  })

  test.each([
    ['no users', ask([], ['ExternalEwsUrl'])],
    ['no settings', ask([ken.smtp!], [])],
    ['too many users', ask(Array(101).fill(ken.smtp), ['ExternalEwsUrl'])],
  ])('a request with %s is invalid', async (_, body) => {
    const reply = await startExchange().autodiscover(body)
    expect(reply.status).toBe(200)
    expect(names(find(root(reply), 'Response'))).toEqual(['ErrorCode', 'ErrorMessage', 'UserResponses'])
    expect(textOf(reply, 'ErrorCode')).toBe('InvalidRequest')
  })

  test.each([
    ['broken XML', '<a', 's:Client'],
    [
      'another operation',
      ask([], []).replaceAll('GetUserSettingsRequest', 'GetFederationInformationRequest'),
      's:Client',
    ],
    ['SOAP 1.2', ask([], []).replaceAll(NS.soap11, NS.soap12), 's:VersionMismatch'],
  ])('%s gets a fault', async (_, body, code) => {
    const reply = await startExchange().autodiscover(body)
    expect(reply.status).toBe(500)
    expect(textOf(reply, 'faultcode')).toBe(code)
    expect(find(root(reply), 'ServerVersionInfo')).toBeDefined()
  })
})

describe('GetDomainSettings', () => {
  const askDomains = (domains: readonly string[], settings: readonly string[]) =>
    `<s:Envelope xmlns:s="${NS.soap11}" xmlns="${NS.autodiscover}"><s:Body><GetDomainSettingsRequestMessage><Request><Domains>${domains
      .map((domain) => `<Domain>${domain}</Domain>`)
      .join('')}</Domains><RequestedSettings>${settings
      .map((name) => `<Setting>${name}</Setting>`)
      .join('')}</RequestedSettings></Request></GetDomainSettingsRequestMessage></s:Body></s:Envelope>`

  test('answers for each domain with a mailbox in it, and for no other', async () => {
    const reply = await startExchange().autodiscover(
      askDomains(
        ['LitwareInc.com', 'corp.litwareinc.com', ''],
        ['ExternalEwsUrl', 'ExternalEwsVersion', 'Colour'],
      ),
    )
    expect(textOf(reply, 'Action')).toBe(`${NS.autodiscover}/Autodiscover/GetDomainSettingsResponse`)
    expect(find(root(reply), 'ServerVersionInfo')).toBeDefined()
    const domains = find(root(reply), 'DomainResponses')?.children ?? []
    expect(domains.map((domain) => domain.children[0]?.text)).toEqual([
      'NoError',
      'InvalidDomain',
      'InvalidDomain',
    ])
    const [served] = domains
    expect(names(served)).toEqual([
      'ErrorCode',
      'ErrorMessage',
      'DomainSettingErrors',
      'DomainSettings',
      'RedirectTarget',
    ])
    expect(
      find(served!, 'DomainSettings')?.children.map((one) => one.children.map(({ text }) => text)),
    ).toEqual([['ExternalEwsUrl', 'https://exchange.litwareinc.com:8441/EWS/Exchange.asmx']])
    expect(reply.body).toContain('<DomainSetting i:type="DomainStringSetting">')
    const errors = find(served!, 'DomainSettingErrors')?.children ?? []
    expect(errors.map((one) => [one.children[0]?.text, one.children[2]?.text])).toEqual([
      ['SettingIsNotAvailable', 'ExternalEwsVersion'],
      ['InvalidSetting', 'Colour'],
    ])
  })

  test.each([
    ['no domains', askDomains([], ['ExternalEwsUrl']), 'At least one domain must be requested.'],
    ['no settings', askDomains(['x.com'], []), 'At least one setting must be requested.'],
    [
      'too many domains',
      askDomains(Array(101).fill('x.com'), ['ExternalEwsUrl']),
      'At most 100 domains can be requested at once.',
    ],
  ])('a request with %s is invalid, and says so', async (_, body, why) => {
    const reply = await startExchange().autodiscover(body)
    expect(names(find(root(reply), 'Response'))).toEqual(['ErrorCode', 'ErrorMessage', 'DomainResponses'])
    expect([textOf(reply, 'ErrorCode'), textOf(reply, 'ErrorMessage')]).toEqual(['InvalidRequest', why])
  })
})
