/** XML as SOAP uses it: a strict reader that never throws at what a peer sent, and a writer that escapes everything. */
import { isUtf8 } from 'node:buffer'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { SaxesParser } from 'saxes'

/** The namespaces of everything spoken here. */
export const NS = {
  soap11: 'http://schemas.xmlsoap.org/soap/envelope/',
  soap12: 'http://www.w3.org/2003/05/soap-envelope',
  types: 'http://schemas.microsoft.com/exchange/services/2006/types',
  messages: 'http://schemas.microsoft.com/exchange/services/2006/messages',
  errors: 'http://schemas.microsoft.com/exchange/services/2006/errors',
  autodiscover: 'http://schemas.microsoft.com/exchange/2010/Autodiscover',
  addressing: 'http://www.w3.org/2005/08/addressing',
  instance: 'http://www.w3.org/2001/XMLSchema-instance',
} as const

/** An element as it was read. */
export interface XmlElement {
  /** The namespace URI; empty when there is none. */
  readonly ns: string
  /** The name without its prefix. */
  readonly name: string
  /** Attributes that are in no namespace, by name. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** The text that stands directly in this element, character for character. */
  readonly text: string
}

/** The document's root, or why it is not taken. */
export type ParsedXml =
  | { readonly ok: true; readonly root: XmlElement }
  | { readonly ok: false; readonly why: string }

const DEEPEST = 64
const MOST_ELEMENTS = 20_000
const LONGEST_REASON = 200

class Unacceptable extends Error {}

/**
 * Reads a document. Only what SOAP 1.1 (section 3) lets a message hold is taken: UTF-8, no document type, no processing
 * instructions; so there are no entities to expand and nothing outside the document to fetch.
 */
export function parseXml(bytes: Buffer): ParsedXml {
  const text = decode(bytes)
  if (text === undefined) return NOT_UTF8
  try {
    const builder = openBuilder()
    builder.write(text)
    return { ok: true, root: builder.close() }
  } catch (error) {
    return refusal(error, text)
  }
}

// A piece takes a few milliseconds.
const PIECE = 256 * 1024

/** Reads a document as `parseXml` does, but lets others run between its pieces. */
export async function parseXmlInTurns(bytes: Buffer): Promise<ParsedXml> {
  const text = decode(bytes)
  if (text === undefined) return NOT_UTF8
  try {
    const builder = openBuilder()
    for (let start = 0; start < text.length; start += PIECE) {
      if (start > 0) await othersTurn()
      builder.write(text.slice(start, start + PIECE))
    }
    return { ok: true, root: builder.close() }
  } catch (error) {
    return refusal(error, text)
  }
}

const NOT_UTF8: ParsedXml = { ok: false, why: 'the document is not UTF-8' }

function decode(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8').replace(/^\uFEFF/, '') : undefined
}

function refusal(error: unknown, text: string): ParsedXml {
  if (error instanceof Unacceptable) return { ok: false, why: explain(error.message, text) }
  throw error
}

// Clients that do not escape text are common enough to be told so (facts/clients.md 2.1).
const BARE_AMPERSAND = /&(?!#?[A-Za-z0-9]{1,32};)/

function explain(why: string, text: string): string {
  const reason = why.slice(0, LONGEST_REASON).replace(/\.$/, '')
  return BARE_AMPERSAND.test(text) ? `${reason}; an ampersand must be written as &amp;` : reason
}

interface Growing extends XmlElement {
  readonly children: Growing[]
  text: string
}

function openBuilder(): { write(text: string): void; close(): XmlElement } {
  const document = element('', '', new Map())
  const open: Growing[] = []
  let count = 0
  const here = (): Growing => open.at(-1) ?? document
  const refuse = (why: string): never => {
    throw new Unacceptable(why)
  }

  // XML 1.1 lets control characters in; SOAP 1.1 knows XML 1.0 only.
  const parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true })
  parser.on('error', (error) => refuse(error.message))
  parser.on('doctype', () => refuse('a document type (DOCTYPE) is not allowed'))
  parser.on('processinginstruction', () => refuse('processing instructions are not allowed'))
  parser.on('xmldecl', ({ encoding = 'utf-8' }) => {
    if (encoding.toLowerCase() !== 'utf-8') refuse(`the encoding must be utf-8, not ${encoding}`)
  })
  parser.on('opentag', (tag) => {
    count += 1
    if (count > MOST_ELEMENTS) refuse(`more than ${MOST_ELEMENTS} elements`)
    if (open.length === DEEPEST) refuse(`elements nested more than ${DEEPEST} deep`)
    const plain = Object.values(tag.attributes).filter(({ uri }) => uri === '')
    const added = element(tag.uri, tag.local, new Map(plain.map(({ local, value }) => [local, value])))
    here().children.push(added)
    open.push(added)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  const addText = (more: string) => {
    here().text += more
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  return {
    write: (text) => {
      parser.write(text)
    },
    close: () => {
      parser.close()
      return document.children[0] ?? refuse('the document is empty')
    },
  }
}

function element(ns: string, name: string, attributes: ReadonlyMap<string, string>): Growing {
  return { ns, name, attributes, children: [], text: '' }
}

/** All children of this name, in order. */
export function childrenOf(parent: XmlElement, ns: string, name: string): XmlElement[] {
  return parent.children.filter((child) => child.ns === ns && child.name === name)
}

/** The first child of this name. */
export function child(parent: XmlElement | undefined, ns: string, name: string): XmlElement | undefined {
  return parent?.children.find((candidate) => candidate.ns === ns && candidate.name === name)
}

/** XML that is ready to be written; a plain string beside it is text and gets escaped. */
export interface Markup {
  readonly markup: string
}

/** Makes an element: `el('t:Subject', {}, 'a < b')`. Children and attributes that are undefined are left out. */
export function el(
  name: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly (Markup | string | undefined)[]
): Markup {
  const start = Object.entries(attributes)
    .map(([key, value]) => (value === undefined ? '' : ` ${key}="${escapeAttribute(value)}"`))
    .join('')
  // Put together with +, which copies nothing: `join` would copy a long attachment at each level around it.
  let content = ''
  for (const part of children) {
    if (part !== undefined) content += typeof part === 'string' ? escapeText(part) : part.markup
  }
  return { markup: content === '' ? `<${name}${start}/>` : `<${name}${start}>${content}</${name}>` }
}

/** A whole document around its root element. */
export function xmlDocument(root: Markup): string {
  return `<?xml version="1.0" encoding="utf-8"?>${root.markup}`
}

// What XML 1.0 (section 2.2) has no way to say becomes U+FFFD; a bare carriage return would be read back as a line feed.
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

function escapeText(text: string): string {
  return text
    .replace(FORBIDDEN, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;').replaceAll('\t', '&#9;').replaceAll('\n', '&#10;')
}
