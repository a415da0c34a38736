/** Autodiscover, SOAP flavour: tells an admitted caller where a user's mailbox is served ([MS-OXWSADISC] 3.1.4.4). */
import type { User } from '../../trust/directory.ts'
import type { Caller, Kit, ProductReply, ProductRequest } from '../product.ts'
import { child, childrenOf, el, type Markup, NS, type XmlElement } from '../xml.ts'
import { type FaultCode, readEnvelope, soapFault, soapReply } from './soap.ts'
import { SERVER_VERSION } from './version.ts'

/** The action that asks for settings (WS-Addressing). */
export const GET_USER_SETTINGS = `${NS.autodiscover}/Autodiscover/GetUserSettings`

const MOST_USERS = 100

type Setting = (user: User, kit: Kit) => string

const SETTINGS: ReadonlyMap<string, Setting> = new Map<string, Setting>([
  ['UserDisplayName', (user) => user.displayName],
  ['AutoDiscoverSMTPAddress', (user) => user.smtp ?? ''],
  ['InternalEwsUrl', (_, kit) => `${kit.baseUrl}/EWS/Exchange.asmx`],
  ['ExternalEwsUrl', (_, kit) => `${kit.baseUrl}/EWS/Exchange.asmx`],
  [
    'EwsSupportedSchemas',
    () =>
      'Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013, Exchange2013_SP1',
  ],
])

/** Answers a request to `/autodiscover/autodiscover.svc`. */
export async function autodiscover(
  request: ProductRequest,
  _caller: Caller,
  kit: Kit,
): Promise<ProductReply> {
  const envelope = readEnvelope(request.body)
  if (!envelope.ok) {
    return fault(envelope.problem === 'version' ? 's:VersionMismatch' : 's:Client', envelope.why)
  }
  const { ns, name } = envelope.operation
  if (ns !== NS.autodiscover || name !== 'GetUserSettingsRequestMessage') {
    return fault('s:Client', `this server has no operation ${name.slice(0, 60)}`)
  }
  const asked = readRequest(envelope.operation)
  const answer =
    typeof asked === 'string'
      ? [el('ErrorCode', {}, 'InvalidRequest'), el('ErrorMessage', {}, asked), el('UserResponses')]
      : [
          el('ErrorCode', {}, 'NoError'),
          el('ErrorMessage'),
          el('UserResponses', {}, ...(await userResponses(asked, kit))),
        ]
  const message = el(
    'GetUserSettingsResponseMessage',
    { xmlns: NS.autodiscover, 'xmlns:i': NS.instance },
    el('Response', {}, ...answer),
  )
  return soapReply(200, [action(), ...relatesTo(envelope.header), serverVersion()], message)
}

interface Asked {
  readonly addresses: readonly string[]
  readonly settings: readonly string[]
}

// What is asked, or why that is no request.
function readRequest(message: XmlElement): Asked | string {
  const request = child(message, NS.autodiscover, 'Request')
  const users = child(request, NS.autodiscover, 'Users')
  const wanted = child(request, NS.autodiscover, 'RequestedSettings')
  const addresses = (users ? childrenOf(users, NS.autodiscover, 'User') : []).map(
    (user) => child(user, NS.autodiscover, 'Mailbox')?.text.trim() ?? '',
  )
  const names = (wanted ? childrenOf(wanted, NS.autodiscover, 'Setting') : []).map(({ text }) => text.trim())
  if (addresses.length === 0) return 'At least one user must be requested.'
  if (addresses.length > MOST_USERS) return `At most ${MOST_USERS} users can be requested at once.`
  if (names.length === 0) return 'At least one setting must be requested.'
  return { addresses, settings: [...new Set(names)] }
}

async function userResponses({ addresses, settings }: Asked, kit: Kit): Promise<Markup[]> {
  const responses: Markup[] = []
  for (const address of addresses) {
    const [user, ...others] = address === '' ? [] : await kit.directory.find('smtp', address)
    // Two users of one address are a fault of the directory; neither is chosen.
    const found = user?.enabled && user.mailboxEnabled && others.length === 0 ? user : undefined
    responses.push(found ? settingsOf(found, settings, kit) : unknownUser(address))
  }
  return responses
}

function settingsOf(user: User, settings: readonly string[], kit: Kit): Markup {
  const errors: Markup[] = []
  const values: Markup[] = []
  for (const name of settings) {
    const value = SETTINGS.get(name)?.(user, kit)
    if (value === undefined) errors.push(settingError(name))
    else values.push(stringSetting(name, value))
  }
  return userResponse('NoError', 'No error.', errors, values)
}

function unknownUser(address: string): Markup {
  return userResponse('InvalidUser', `The email address '${address}' could not be found.`, [], [])
}

function userResponse(code: string, message: string, errors: Markup[], values: Markup[]): Markup {
  return el(
    'UserResponse',
    {},
    el('ErrorCode', {}, code),
    el('ErrorMessage', {}, message),
    el('RedirectTarget', { 'i:nil': 'true' }),
    el('UserSettingErrors', {}, ...errors),
    el('UserSettings', {}, ...values),
  )
}

// The type is written without a prefix, as Exchange does: clients compare it as text.
function stringSetting(name: string, value: string): Markup {
  return el('UserSetting', { 'i:type': 'StringSetting' }, el('Name', {}, name), el('Value', {}, value))
}

function settingError(name: string): Markup {
  return el(
    'UserSettingError',
    {},
    el('ErrorCode', {}, 'InvalidSetting'),
    el('ErrorMessage', {}, 'This setting is not known here.'),
    el('SettingName', {}, name),
  )
}

function action(): Markup {
  return el('w:Action', { 'xmlns:w': NS.addressing, 's:mustUnderstand': '1' }, `${GET_USER_SETTINGS}Response`)
}

// WS-Addressing 1.0, 3.4: a reply names the message it answers, if that had a name.
function relatesTo(header: XmlElement | undefined): Markup[] {
  const id = child(header, NS.addressing, 'MessageID')?.text.trim()
  return id ? [el('w:RelatesTo', { 'xmlns:w': NS.addressing }, id)] : []
}

function serverVersion(): Markup {
  const parts = Object.entries(SERVER_VERSION).map(([name, value]) => el(`h:${name}`, {}, value))
  return el('h:ServerVersionInfo', { 'xmlns:h': NS.autodiscover }, ...parts)
}

function fault(faultcode: FaultCode, why: string): ProductReply {
  return soapReply(500, [serverVersion()], soapFault(faultcode, `The request is invalid: ${why}.`))
}
