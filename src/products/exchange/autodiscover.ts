/** Autodiscover, SOAP flavour: tells an admitted caller where mailboxes are served ([MS-OXWSADISC] 3.1.4). */
import type { User } from '../../trust/directory.ts'
import type { Caller, Kit, ProductReply, ProductRequest } from '../product.ts'
import { child, childrenOf, el, type Markup, NS, type XmlElement } from '../xml.ts'
import { domainSetting, type Setting, userSetting } from './autodiscover-settings.ts'
import { type FaultCode, readEnvelope, soapFault, soapReply } from './soap.ts'
import { SERVER_VERSION } from './version.ts'

/** The action that asks for settings (WS-Addressing). */
export const GET_USER_SETTINGS = `${NS.autodiscover}/Autodiscover/GetUserSettings`

/** What differs between settings of users and settings of domains: names of elements, and who answers. */
interface Operation {
  readonly name: 'GetUserSettings' | 'GetDomainSettings'
  /** `User` or `Domain`, as it stands in the names of elements. */
  readonly kind: 'User' | 'Domain'
  /** The name of one thing asked for. */
  readonly read: (element: XmlElement) => string
  readonly answer: (name: string, settings: readonly string[], kit: Kit) => Promise<Answer>
}

/** One `UserResponse` or `DomainResponse`. */
interface Answer {
  readonly code: 'NoError' | 'InvalidUser' | 'InvalidDomain'
  readonly message: string
  readonly settings: readonly (readonly [string, Setting])[]
}

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [
    'GetUserSettingsRequestMessage',
    {
      name: 'GetUserSettings',
      kind: 'User',
      read: (user) => child(user, NS.autodiscover, 'Mailbox')?.text.trim() ?? '',
      async answer(address, settings, kit) {
        const user = await findMailbox(address, kit)
        if (user === undefined) {
          const message = `The email address '${address}' could not be found.`
          return { code: 'InvalidUser', message, settings: [] }
        }
        return found(settings.map((name) => [name, userSetting(name, user, kit)]))
      },
    },
  ],
  [
    'GetDomainSettingsRequestMessage',
    {
      name: 'GetDomainSettings',
      kind: 'Domain',
      read: (domain) => domain.text.trim(),
      async answer(domain, settings, kit) {
        if (domain === '' || !(await kit.directory.servesDomain(domain))) {
          return {
            code: 'InvalidDomain',
            message: `The domain '${domain}' is not served here.`,
            settings: [],
          }
        }
        return found(settings.map((name) => [name, domainSetting(name, kit)]))
      },
    },
  ],
])

function found(settings: Answer['settings']): Answer {
  return { code: 'NoError', message: 'No error.', settings }
}

/** Whose mailbox an address leads to. Two users of one address are a fault of the directory; neither is chosen. */
export async function findMailbox(address: string, kit: Kit): Promise<User | undefined> {
  const [user, ...others] = address === '' ? [] : await kit.directory.findByAddress(address)
  return user?.enabled && user.mailboxEnabled && others.length === 0 ? user : undefined
}

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
  const operation = ns === NS.autodiscover ? OPERATIONS.get(name) : undefined
  if (operation === undefined) return fault('s:Client', `this server has no operation ${name.slice(0, 60)}`)
  const { kind } = operation
  const asked = readRequest(envelope.operation, operation)
  const answer =
    typeof asked === 'string'
      ? [el('ErrorCode', {}, 'InvalidRequest'), el('ErrorMessage', {}, asked), el(`${kind}Responses`)]
      : [
          el('ErrorCode', {}, 'NoError'),
          el('ErrorMessage'),
          el(`${kind}Responses`, {}, ...(await responses(asked, operation, kit))),
        ]
  const message = el(
    `${operation.name}ResponseMessage`,
    { xmlns: NS.autodiscover, 'xmlns:i': NS.instance },
    el('Response', {}, ...answer),
  )
  const headers = [action(operation), ...relatesTo(envelope.header), serverVersion()]
  return soapReply(200, headers, message)
}

const MOST_NAMES = 100

interface Asked {
  readonly names: readonly string[]
  readonly settings: readonly string[]
}

// What is asked, or why that is no request.
function readRequest(message: XmlElement, { kind, read }: Operation): Asked | string {
  const request = child(message, NS.autodiscover, 'Request')
  const list = child(request, NS.autodiscover, `${kind}s`)
  const wanted = child(request, NS.autodiscover, 'RequestedSettings')
  const names = (list ? childrenOf(list, NS.autodiscover, kind) : []).map(read)
  const settings = (wanted ? childrenOf(wanted, NS.autodiscover, 'Setting') : []).map(({ text }) =>
    text.trim(),
  )
  const what = kind.toLowerCase()
  if (names.length === 0) return `At least one ${what} must be requested.`
  if (names.length > MOST_NAMES) return `At most ${MOST_NAMES} ${what}s can be requested at once.`
  if (settings.length === 0) return 'At least one setting must be requested.'
  return { names, settings: [...new Set(settings)] }
}

async function responses({ names, settings }: Asked, operation: Operation, kit: Kit): Promise<Markup[]> {
  const written: Markup[] = []
  for (const name of names) {
    written.push(writeAnswer(operation.kind, await operation.answer(name, settings, kit)))
  }
  return written
}

// The members stand in the order of a data contract: those of the base first, then by their names.
function writeAnswer(kind: Operation['kind'], { code, message, settings }: Answer): Markup {
  const values: Markup[] = []
  const errors: Markup[] = []
  for (const [name, setting] of settings) {
    if ('value' in setting) values.push(writeSetting(kind, name, setting.value))
    else errors.push(writeError(kind, name, setting.code))
  }
  const redirect = el('RedirectTarget', { 'i:nil': 'true' })
  const parts = [el(`${kind}SettingErrors`, {}, ...errors), el(`${kind}Settings`, {}, ...values)]
  return el(
    `${kind}Response`,
    {},
    el('ErrorCode', {}, code),
    el('ErrorMessage', {}, message),
    ...(kind === 'User' ? [redirect, ...parts] : [...parts, redirect]),
  )
}

// The type is written without a prefix, as Exchange does: clients compare it as text.
function writeSetting(kind: Operation['kind'], name: string, value: string): Markup {
  const type = kind === 'User' ? 'StringSetting' : 'DomainStringSetting'
  return el(`${kind}Setting`, { 'i:type': type }, el('Name', {}, name), el('Value', {}, value))
}

function writeError(kind: Operation['kind'], name: string, code: string): Markup {
  return el(
    `${kind}SettingError`,
    {},
    el('ErrorCode', {}, code),
    el('ErrorMessage', {}, WHY_NO_SETTING[code] ?? ''),
    el('SettingName', {}, name),
  )
}

const WHY_NO_SETTING: Readonly<Record<string, string>> = {
  InvalidSetting: 'There is no setting of this name.',
  SettingIsNotAvailable: 'The setting is not available: what it is about is not served here.',
}

function action({ name }: Operation): Markup {
  const text = `${NS.autodiscover}/Autodiscover/${name}Response`
  return el('w:Action', { 'xmlns:w': NS.addressing, 's:mustUnderstand': '1' }, text)
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
  const message = `The request is invalid: ${why}.`
  return { ...soapReply(500, [serverVersion()], soapFault(faultcode, message)), diagnosis: message }
}
