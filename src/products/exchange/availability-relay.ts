/**
 * Free/busy of another organization: its Exchange is asked, as this application itself and in nobody's name, and says what
 * people there show to everyone (Add-AvailabilityAddressSpace, access method OrgWideFB).
 */
import type { Partner } from '../../trust/partner.ts'
import { askChallenge, callPartner, mintFor } from '../partner-call.ts'
import type { AvailabilityAddressSpace, Caller, Kit } from '../product.ts'
import { child, el, type Markup, NS, parseXml, type XmlElement, xmlDocument } from '../xml.ts'
import { done, type EwsResult, problem } from './ews-result.ts'

/** Where the people of an address are known, if that is another organization. */
export function addressSpaceOf(address: string, { settings }: Kit): AvailabilityAddressSpace | undefined {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  return settings.availabilityAddressSpaces?.find((space) => space.domain === domain)
}

/**
 * The `m:FreeBusyResponse` of one mailbox there. Users alone are relayed for: what came from another server goes no further, so
 * two servers that name each other cannot ask in a circle, and nobody gets by a relay what was opened to its neighbour.
 */
export async function relayAvailability(
  space: AvailabilityAddressSpace,
  mailbox: XmlElement,
  request: XmlElement,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<Markup>> {
  if (caller.user === undefined) return problem('ErrorMailRecipientNotFound')
  const partner = kit.partners().find((one) => isAt(one, space.url))
  if (partner?.enabled !== true) return problem('ErrorAutoDiscoverFailed')
  const url = `${space.url}/EWS/Exchange.asmx`
  const challenge = await askChallenge(url, partner, kit)
  if (!challenge.ok) return problem('ErrorProxyRequestProcessingFailed')
  const minted = await mintFor(url, partner, undefined, kit)
  const body = envelope(asked(mailbox, request))
  const call = { url, method: 'POST', accept: 'text/xml', body, ...minted } as const
  const reply = await callPartner(call, partner, kit)
  // What stood in the way is in the record of the server that was asked; whoever asked for an hour is not told.
  const response = reply.ok ? responseIn(reply.value) : undefined
  return response === undefined ? problem('ErrorProxyRequestProcessingFailed') : done(response)
}

function isAt({ source }: Partner, url: string): boolean {
  return source.kind === 'metadata' && new URL(source.url).origin === new URL(url).origin
}

function envelope(body: Markup): string {
  return xmlDocument(el('s:Envelope', { 'xmlns:s': NS.soap11 }, el('s:Body', {}, body)))
}

function asked(mailbox: XmlElement, request: XmlElement): Markup {
  const part = (name: string) => {
    const found = child(request, NS.types, name)
    return found && copy(found)
  }
  return el(
    'm:GetUserAvailabilityRequest',
    { 'xmlns:m': NS.messages, 'xmlns:t': NS.types },
    part('TimeZone'),
    el('m:MailboxDataArray', {}, copy(mailbox)),
    part('FreeBusyViewOptions'),
  )
}

function responseIn(xml: string): Markup | undefined {
  const parsed = parseXml(Buffer.from(xml, 'utf8'))
  if (!parsed.ok) return undefined
  const steps = ['Body', 'GetUserAvailabilityResponse', 'FreeBusyResponseArray', 'FreeBusyResponse']
  let here: XmlElement | undefined = parsed.root
  for (const step of steps) here = here?.children.find(({ name }) => name === step)
  return here && copy(here)
}

// Elements of EWS's two namespaces, and of these what a client of ours could be told by ourselves: nothing else comes through.
function copy({ ns, name, attributes, children, text }: XmlElement): Markup {
  const prefix = ns === NS.messages ? 'm' : 't'
  const known = children.filter((one) => one.ns === NS.messages || one.ns === NS.types)
  const content = known.length === 0 ? [text] : known.map(copy)
  return el(`${prefix}:${name}`, Object.fromEntries(attributes), ...content)
}
