/** XML as SOAP uses it: a strict reader that never throws at what a peer sent, and a writer that escapes everything. */
import { isUtf8 } from 'node:buffer'
import { createRequire } from 'node:module'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { errorCode } from '../protocol/error-code.ts'

// The one CommonJS package that every start loads and that is not in the bundle, as it comes without its licence. Imported, it would
// have Node make ready what finds the names in CommonJS, which is a sixth of the work of a start.
const { SaxesParser } = createRequire(import.meta.url)('saxes') as typeof import('saxes')

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
// The reader works off all attributes of a tag at once and compares names together with their namespaces, so that each of
// these bounds how long others wait. No message of the products comes near them.
const MOST_ATTRIBUTES_OF_ONE = 64
const MOST_ATTRIBUTES = 60_000
const LONGEST_TAG = 128 * 1024
const LONGEST_NAMESPACE = 1024
const LONGEST_REASON = 200

class Unacceptable extends Error {}

/**
 * Reads a document in UTF-8 or UTF-16. Only what SOAP 1.1 (section 3) lets a message hold is taken: no document type, no
 * processing instructions; so there are no entities to expand and nothing outside the document to fetch.
 */
export function parseXml(bytes: Buffer): ParsedXml {
  const read = openDocument(bytes)
  if (!read.ok) return read
  const { text, builder } = read
  try {
    for (const piece of piecesOf(text)) builder.write(piece)
    return { ok: true, root: builder.close() }
  } catch (error) {
    return refusal(error, text)
  }
}

/** One of the encodings in which documents are read. */
export interface Encoding {
  readonly name: 'UTF-8' | 'UTF-16'
  readonly label: 'utf-8' | 'utf-16le' | 'utf-16be'
  /** How a document may say that it is in this encoding. */
  readonly declared: RegExp
}

const UTF_8: Encoding = { name: 'UTF-8', label: 'utf-8', declared: /^utf-8$/i }
const UTF_16_LE: Encoding = { name: 'UTF-16', label: 'utf-16le', declared: /^utf-16(le)?$/i }
const UTF_16_BE: Encoding = { name: 'UTF-16', label: 'utf-16be', declared: /^utf-16(be)?$/i }

/** The encoding of a document, by its byte order mark or by how the first `<` stands (XML 1.0, appendix F). */
export function encodingOf(bytes: Buffer): Encoding {
  switch (bytes.subarray(0, 2).toString('hex')) {
    case 'fffe':
    case '3c00':
      return UTF_16_LE
    case 'feff':
    case '003c':
      return UTF_16_BE
    default:
      return UTF_8
  }
}

// Undefined for bytes that are not of the encoding. A byte order mark is left out.
function decode(bytes: Buffer, { label }: Encoding): string | undefined {
  if (label === 'utf-8' && !isUtf8(bytes)) return undefined
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch (error) {
    if (errorCode(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA') return undefined
    throw error
  }
}

// A piece takes a few milliseconds.
const PIECE = 64 * 1024

// With the ends of lines as XML 1.0 (section 2.11) has them read. The reader would do the same, but keeps what it has read in as
// many parts as there were carriage returns.
function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const isSplit = text[start + PIECE - 1] === '\r' && text[start + PIECE] === '\n'
    const end = start + PIECE + (isSplit ? 1 : 0)
    yield text.slice(start, end).replace(/\r\n?/g, '\n')
    start = end
  }
}

/** Reads a document as `parseXml` does, but lets others run between its pieces. */
export async function parseXmlInTurns(bytes: Buffer): Promise<ParsedXml> {
  const read = openDocument(bytes)
  if (!read.ok) return read
  const { text, builder } = read
  try {
    for (const piece of piecesOf(text)) {
      await othersTurn()
      builder.write(piece)
    }
    return { ok: true, root: builder.close() }
  } catch (error) {
    return refusal(error, text)
  }
}

type OpenDocument =
  | { readonly ok: true; readonly text: string; readonly builder: Builder }
  | { readonly ok: false; readonly why: string }

function openDocument(bytes: Buffer): OpenDocument {
  const encoding = encodingOf(bytes)
  const text = decode(bytes, encoding)
  if (text === undefined) return { ok: false, why: `the document is not ${encoding.name}` }
  return { ok: true, text, builder: openBuilder(encoding) }
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

interface Builder {
  write(text: string): void
  close(): XmlElement
}

function openBuilder(encoding: Encoding): Builder {
  const document = element('', '', new Map())
  const open: Growing[] = []
  let count = 0
  let attributes = 0
  let attributesOfOne = 0
  /** Where the tag that is being read begins. */
  let tagAt: number | undefined
  const here = (): Growing => open.at(-1) ?? document
  const refuse = (why: string): never => {
    throw new Unacceptable(why)
  }

  // XML 1.1 lets control characters in; SOAP 1.1 knows XML 1.0 only.
  const parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true })
  parser.on('error', (error) => refuse(error.message))
  parser.on('doctype', () => refuse('a document type (DOCTYPE) is not allowed'))
  parser.on('processinginstruction', () => refuse('processing instructions are not allowed'))
  parser.on('xmldecl', ({ encoding: declared }) => {
    if (declared !== undefined && !encoding.declared.test(declared)) {
      refuse(`the document is ${encoding.name} and says that it is ${declared}; expected utf-8`)
    }
  })
  const boundTag = () => {
    if (tagAt !== undefined && parser.position - tagAt > LONGEST_TAG) {
      refuse(`a tag of more than ${LONGEST_TAG} characters`)
    }
  }
  parser.on('opentagstart', () => {
    tagAt = parser.position
    attributesOfOne = 0
  })
  // As each is read: the end of a tag may be long in coming.
  parser.on('attribute', ({ name, prefix, value }) => {
    attributes += 1
    attributesOfOne += 1
    if (attributesOfOne > MOST_ATTRIBUTES_OF_ONE)
      refuse(`more than ${MOST_ATTRIBUTES_OF_ONE} attributes in one tag`)
    if (attributes > MOST_ATTRIBUTES) refuse(`more than ${MOST_ATTRIBUTES} attributes`)
    if ((prefix === 'xmlns' || name === 'xmlns') && value.length > LONGEST_NAMESPACE) {
      refuse(`a namespace name of more than ${LONGEST_NAMESPACE} characters`)
    }
    boundTag()
  })
  parser.on('opentag', (tag) => {
    tagAt = undefined
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
      boundTag()
      // A declaration that never ends is kept in one piece for as long.
      if (count === 0 && tagAt === undefined && parser.position > LONGEST_TAG) {
        refuse(`no element in the first ${LONGEST_TAG} characters`)
      }
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

/** Elements one after the other, where one is expected. */
export function together(...parts: readonly Markup[]): Markup {
  return { markup: parts.map(({ markup }) => markup).join('') }
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
