/** Autodiscover, plain XML flavour (POX): one user's settings as Outlook asks for them ([MS-OXDSCLI]). */
import { createHash } from 'node:crypto'
import { isoTime } from '../../protocol/ids.ts'
import type { User } from '../../trust/directory.ts'
import type { Caller, Kit, ProductReply, ProductRequest } from '../product.ts'
import { child, el, type Markup, parseXml, type XmlElement, xmlDocument } from '../xml.ts'
import { findMailbox } from './autodiscover.ts'
import { deploymentId, ewsUrl } from './autodiscover-settings.ts'
import { findByLegacyDn, legacyDnOf } from './legacy-dn.ts'
import { SERVER_VERSION } from './version.ts'

const SCHEMAS = 'http://schemas.microsoft.com/exchange/autodiscover'
const RESPONSE = `${SCHEMAS}/responseschema/2006`
const OUTLOOK_REQUEST = `${SCHEMAS}/outlook/requestschema/2006`
const OUTLOOK_RESPONSE = `${SCHEMAS}/outlook/responseschema/2006a`
// A phone asks in this one. There is no ActiveSync here, and so nobody to answer.
const MOBILE_REQUEST = `${SCHEMAS}/mobilesync/requestschema/2006`

/** The codes of the service, each with its text. */
const ERRORS = {
  500: "The email address can't be found.",
  600: 'Invalid Request',
  601: 'Provider is not available',
} as const
type ErrorCode = keyof typeof ERRORS

/** Answers a request to `/autodiscover/autodiscover.xml`. A GET, which asks nothing, is an invalid request like any other. */
export async function autodiscoverPox(
  request: ProductRequest,
  _caller: Caller,
  kit: Kit,
): Promise<ProductReply> {
  const asked = request.method !== 'POST' ? 600 : readRequest(request.body)
  if (typeof asked === 'number') return reply(RESPONSE, writeError(asked, kit))
  const user =
    asked.address === ''
      ? await findByLegacyDn(kit.directory, asked.legacyDn)
      : await findMailbox(asked.address, kit)
  if (user === undefined || !user.enabled) return reply(OUTLOOK_RESPONSE, writeError(500, kit))
  return reply(OUTLOOK_RESPONSE, writeUser(user, kit), writeAccount(kit))
}

interface Asked {
  /** One of the two is empty. */
  readonly address: string
  readonly legacyDn: string
}

function readRequest(body: Buffer): Asked | ErrorCode {
  const xml = parseXml(body)
  if (!xml.ok || xml.root.name !== 'Autodiscover') return 600
  const { ns } = xml.root
  if (ns !== OUTLOOK_REQUEST && ns !== MOBILE_REQUEST) return 600
  const request = child(xml.root, ns, 'Request')
  const text = (name: string) => textOf(request, ns, name)
  const asked = { address: text('EMailAddress'), legacyDn: text('LegacyDN') }
  const schema = text('AcceptableResponseSchema')
  if ((asked.address === '') === (asked.legacyDn === '') || schema === '') return 600
  return ns === OUTLOOK_REQUEST && schema === OUTLOOK_RESPONSE ? asked : 601
}

function textOf(parent: XmlElement | undefined, ns: string, name: string): string {
  return child(parent, ns, name)?.text.trim() ?? ''
}

/** `responseNs` is the schema of what is within; an error before one is agreed on stays in that of the envelope. */
function reply(responseNs: string, ...content: readonly Markup[]): ProductReply {
  const own = responseNs === RESPONSE ? {} : { xmlns: responseNs }
  const root = el('Autodiscover', { xmlns: RESPONSE }, el('Response', own, ...content))
  return { status: 200, contentType: 'text/xml; charset=utf-8', body: xmlDocument(root) }
}

function writeUser(user: User, kit: Kit): Markup {
  return el(
    'User',
    {},
    el('DisplayName', {}, user.displayName),
    el('LegacyDN', {}, legacyDnOf(user)),
    el('AutoDiscoverSMTPAddress', {}, user.smtp ?? ''),
    el('DeploymentId', {}, deploymentId(kit)),
  )
}

// EXCH is for callers inside, EXPR for those outside; the same address serves both. There is no MAPI, so no server is named.
function writeAccount(kit: Kit): Markup {
  const url = ewsUrl(kit)
  const protocol = (type: string) =>
    el(
      'Protocol',
      {},
      el('Type', {}, type),
      type === 'EXCH' ? el('ServerVersion', {}, serverVersion()) : undefined,
      el('ASUrl', {}, url),
      el('EwsUrl', {}, url),
    )
  return el(
    'Account',
    {},
    el('AccountType', {}, 'email'),
    el('Action', {}, 'settings'),
    el('MicrosoftOnline', {}, 'False'),
    protocol('EXCH'),
    protocol('EXPR'),
  )
}

// Four bits that say how the rest is packed, six each for major and minor version, a flag, and fifteen for the build.
function serverVersion(): string {
  const { MajorVersion, MinorVersion, MajorBuildNumber } = SERVER_VERSION
  const packed =
    0x7000_0000 +
    Number(MajorVersion) * 2 ** 22 +
    Number(MinorVersion) * 2 ** 16 +
    0x8000 +
    Number(MajorBuildNumber)
  return packed.toString(16).toUpperCase()
}

function writeError(code: ErrorCode, kit: Kit): Markup {
  return el(
    'Error',
    { Time: `${isoTime(kit.now()).slice(11, 19)}.0000000`, Id: serverNumber(kit) },
    el('ErrorCode', {}, `${code}`),
    el('Message', {}, ERRORS[code]),
    el('DebugData'),
  )
}

// The product gives a hash of the server's name.
function serverNumber({ baseUrl }: Kit): string {
  return String(createHash('sha256').update(new URL(baseUrl).hostname).digest().readUInt32BE())
}
