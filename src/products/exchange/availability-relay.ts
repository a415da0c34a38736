/**
 * Free/busy of another organization: its Exchange is asked, as this application itself and in nobody's name, and says what
 * people there show to everyone (Add-AvailabilityAddressSpace, access method OrgWideFB).
 */
import type { Partner } from '../../trust/partner.ts'
import { askChallenge, callPartner, mintFor } from '../partner-call.ts'
import type { AvailabilityAddressSpace, Caller, Kit } from '../product.ts'
import { child, childrenOf, el, type Markup, NS, parseXml, type XmlElement, xmlDocument } from '../xml.ts'
import { done, type EwsResult, problem } from './ews-result.ts'

/** Where the people of an address are known, if that is another organization. */
function addressSpaceOf(address: string, { settings }: Kit): AvailabilityAddressSpace | undefined {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  return settings.availabilityAddressSpaces?.find((space) => space.domain === domain)
}

/**
 * The `m:FreeBusyResponse` of each of these mailboxes that is another organization's, or why there is none. Every Exchange is
 * asked once, about all of its own. Users alone are relayed for: what came from another server goes no further, so two servers
 * that name each other cannot ask in a circle, and nobody gets by a relay what was opened to its neighbour.
 */
export async function relayAvailability(
  mailboxes: readonly XmlElement[],
  request: XmlElement,
  caller: Caller,
  kit: Kit,
): Promise<ReadonlyMap<XmlElement, EwsResult<Markup>>> {
  const bySpace = new Map<AvailabilityAddressSpace, XmlElement[]>()
  for (const mailbox of mailboxes) {
    const space = addressSpaceOf(addressIn(mailbox), kit)
    if (space !== undefined) bySpace.set(space, [...(bySpace.get(space) ?? []), mailbox])
  }
  const answers = new Map<XmlElement, EwsResult<Markup>>()
  for (const [space, theirs] of bySpace) {
    const responses =
      caller.user === undefined
        ? problem('ErrorMailRecipientNotFound')
        : await askSpace(space, theirs, request, kit)
    for (const [at, mailbox] of theirs.entries()) {
      const response = responses.ok ? responses.value[at] : undefined
      answers.set(mailbox, responses.ok ? (response === undefined ? UNANSWERED : done(response)) : responses)
    }
  }
  return answers
}

// What stood in the way is in the record of the server that was asked; whoever asked for an hour is not told.
const UNANSWERED = problem('ErrorProxyRequestProcessingFailed')

async function askSpace(
  { url: base }: AvailabilityAddressSpace,
  mailboxes: readonly XmlElement[],
  request: XmlElement,
  kit: Kit,
): Promise<EwsResult<readonly Markup[]>> {
  const partner = kit.partners().find((one) => isAt(one, base))
  if (partner?.enabled !== true) return problem('ErrorAutoDiscoverFailed')
  const url = `${base}/EWS/Exchange.asmx`
  const challenge = await askChallenge(url, partner, kit)
  if (!challenge.ok) return UNANSWERED
  const minted = await mintFor(url, partner, undefined, kit)
  if (!minted.ok) return UNANSWERED
  const body = envelope(asked(mailboxes, request))
  const reply = await callPartner(
    { url, method: 'POST', accept: 'text/xml', body, ...minted.value },
    partner,
    kit,
  )
  const responses = reply.ok ? responsesIn(reply.value) : []
  return responses.length === mailboxes.length ? done(responses) : UNANSWERED
}

/** The mail address in a `t:MailboxData`. */
export function addressIn(mailbox: XmlElement): string {
  return child(child(mailbox, NS.types, 'Email'), NS.types, 'Address')?.text.trim() ?? ''
}

function isAt({ source }: Partner, url: string): boolean {
  return source.kind === 'metadata' && new URL(source.url).origin === new URL(url).origin
}

function envelope(body: Markup): string {
  return xmlDocument(el('s:Envelope', { 'xmlns:s': NS.soap11 }, el('s:Body', {}, body)))
}

function asked(mailboxes: readonly XmlElement[], request: XmlElement): Markup {
  const part = (name: string) => {
    const found = child(request, NS.types, name)
    return found && copy(found)
  }
  return el(
    'm:GetUserAvailabilityRequest',
    { 'xmlns:m': NS.messages, 'xmlns:t': NS.types },
    part('TimeZone'),
    el('m:MailboxDataArray', {}, ...mailboxes.map(copy)),
    part('FreeBusyViewOptions'),
  )
}

function responsesIn(xml: string): readonly Markup[] {
  const parsed = parseXml(Buffer.from(xml, 'utf8'))
  if (!parsed.ok) return []
  const response = child(child(parsed.root, NS.soap11, 'Body'), NS.messages, 'GetUserAvailabilityResponse')
  const array = child(response, NS.messages, 'FreeBusyResponseArray')
  return array === undefined ? [] : childrenOf(array, NS.messages, 'FreeBusyResponse').map(copy)
}

// Elements of EWS's two namespaces, and of these what a client of ours could be told by ourselves: nothing else comes through.
function copy({ ns, name, attributes, children, text }: XmlElement): Markup {
  const prefix = ns === NS.messages ? 'm' : 't'
  const known = children.filter((one) => one.ns === NS.messages || one.ns === NS.types)
  const content = known.length === 0 ? [text] : known.map(copy)
  return el(`${prefix}:${name}`, Object.fromEntries(attributes), ...content)
}
