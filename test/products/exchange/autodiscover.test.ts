import { NS } from '../../../src/products/xml.ts'
import { find, ken, names, noMailbox, root, startExchange, textOf } from './harness.ts'

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

  test('names the settings it does not know', async () => {
    const reply = await startExchange().autodiscover(
      ask([ken.smtp!], ['Colour', 'InternalEwsUrl', 'constructor']),
    )
    const errors = find(root(reply), 'UserSettingErrors')?.children ?? []
    expect(errors.map((one) => [one.children[0]?.text, one.children[2]?.text])).toEqual([
      ['InvalidSetting', 'Colour'],
      ['InvalidSetting', 'constructor'],
    ])
    expect(find(root(reply), 'UserSettings')?.children).toHaveLength(1)
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
