/** SOAP 1.1 envelopes: reading a request of one operation, writing replies and faults. */
import type { ProductReply } from '../product.ts'
import {
  child,
  childrenOf,
  el,
  type Markup,
  NS,
  type ParsedXml,
  parseXml,
  parseXmlInTurns,
  type XmlElement,
  xmlDocument,
} from '../xml.ts'

/** What a request holds, or why it is none: another version of SOAP, or nothing readable. */
export type ReadEnvelope =
  | { readonly ok: true; readonly header: XmlElement | undefined; readonly operation: XmlElement }
  | { readonly ok: false; readonly problem: 'version' | 'malformed'; readonly why: string }

/** Reads an envelope whose body holds exactly one element; prefixes are the sender's business. */
export function readEnvelope(body: Buffer): ReadEnvelope {
  return envelopeOf(parseXml(body))
}

/** Reads an envelope as `readEnvelope` does, but lets others run while it reads a long one. */
export async function readEnvelopeInTurns(body: Buffer): Promise<ReadEnvelope> {
  return envelopeOf(await parseXmlInTurns(body))
}

function envelopeOf(xml: ParsedXml): ReadEnvelope {
  if (!xml.ok) return malformed(xml.why)
  const { root } = xml
  if (root.name !== 'Envelope') return malformed(`expected a SOAP Envelope, found ${root.name}`)
  if (root.ns !== NS.soap11) {
    // SOAP 1.1, 4.1.2: an envelope of another namespace is another version, whatever it holds.
    return { ok: false, problem: 'version', why: 'the envelope is not one of SOAP 1.1' }
  }
  const [last, ...before] = root.children.toReversed()
  const [header, ...more] = before
  if (last === undefined || !isSoap(last, 'Body') || more.length > 0 || (header && !isSoap(header, 'Header')))
    return malformed('the Envelope must hold one Body, and before it at most one Header')
  const [operation, ...others] = last.children
  if (operation === undefined || others.length > 0) return malformed('the Body must hold one operation')
  return { ok: true, header, operation }
}

function isSoap(element: XmlElement, name: string): boolean {
  return element.ns === NS.soap11 && element.name === name
}

function malformed(why: string): ReadEnvelope {
  return { ok: false, problem: 'malformed', why }
}

/** An answer of status 200, or of 500 when its body is a fault (SOAP 1.1, 6.2). */
export function soapReply(status: 200 | 500, headers: readonly Markup[], body: Markup): ProductReply {
  const envelope = el(
    's:Envelope',
    { 'xmlns:s': NS.soap11 },
    el('s:Header', {}, ...headers),
    el('s:Body', {}, body),
  )
  return { status, contentType: 'text/xml; charset=utf-8', body: xmlDocument(envelope) }
}

/** A code of SOAP's own (`s:Client`) or one of EWS (`a:ErrorSchemaValidation`). */
export type FaultCode = `s:${string}` | `a:${string}`

/** The fault element. */
export function soapFault(faultcode: FaultCode, message: string, detail?: Markup): Markup {
  const xmlns = faultcode.startsWith('a:') ? { 'xmlns:a': NS.types } : {}
  return el(
    's:Fault',
    {},
    el('faultcode', xmlns, faultcode),
    el('faultstring', { 'xml:lang': 'en-US' }, message),
    detail,
  )
}

/** What a fault says: its code without a prefix, its text, and its detail. Undefined when the element is no fault. */
export function readFault(
  element: XmlElement,
): { code: string; message: string; detail: XmlElement | undefined } | undefined {
  if (!isSoap(element, 'Fault')) return undefined
  const [code] = childrenOf(element, '', 'faultcode')
  return {
    code: code?.text.trim().replace(/^[^:]*:/, '') ?? '',
    message: child(element, '', 'faultstring')?.text.trim() ?? '',
    detail: child(element, '', 'detail'),
  }
}
