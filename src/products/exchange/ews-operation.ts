/** What an EWS operation is: it reads one request element and answers with one response message for each thing asked. */
import type { Caller, Kit } from '../product.ts'
import { child, childrenOf, el, type Markup, NS, type XmlElement } from '../xml.ts'
import { type EwsProblem, type EwsResult, invalid, writeValues } from './ews-result.ts'
import type { TimeZone } from './time-zone.ts'

/** The messages in the order of the request, or the one problem for which the whole request gets a fault. */
export type EwsHandler = (
  request: XmlElement,
  caller: Caller,
  kit: Kit,
  context: EwsContext,
) => Promise<EwsResult<readonly ResponseMessage[]>>

/** What the header of a request says to its operation. */
export interface EwsContext {
  /** The zone of moments that name none (`TimeZoneContext`); UTC unless said. */
  readonly timeZone: TimeZone
  /** Whether whoever asked has gone away: long work stops, since nobody reads what it comes to. */
  isAbandoned(): boolean
}

/** An operation whose whole reply is unlike the others', or the problem for which the request gets a fault. */
export type WholeEwsHandler = (
  request: XmlElement,
  caller: Caller,
  kit: Kit,
  context: EwsContext,
) => Promise<EwsResult<WholeAnswer>>

/** Such a reply, and of what it says no to, everything that may be a denial: for the record. */
export interface WholeAnswer {
  readonly reply: Markup
  readonly problems: readonly EwsProblem[]
}

/** One answer: what was found (nothing for a deletion), with a warning or what is said after it, or why it was not. */
export type ResponseMessage =
  | EwsProblem
  | {
      readonly ok: true
      readonly value: Markup | undefined
      readonly warning?: EwsProblem
      readonly after?: Markup
    }

/** The element around what an operation found. */
export type Holder = 'Folders' | 'Items' | 'Attachments'

// A request of many ids gets an answer of many items, so the number of ids is bounded.
const MOST_IDS = 1000

/** The children of a list that must not be empty, each with one of these names. */
export function readList(
  request: XmlElement,
  name: string,
  allowed: readonly string[],
): EwsResult<readonly XmlElement[]> {
  const list = child(request, NS.messages, name)
  if (list === undefined) return invalid(`${request.name} must hold ${name}`)
  const { children } = list
  if (children.length === 0) return invalid(`${name} must not be empty`)
  if (children.length > MOST_IDS) return invalid(`${name} may hold at most ${MOST_IDS} elements here`)
  const stranger = children.find((one) => one.ns !== NS.types || !allowed.includes(one.name))
  return stranger === undefined
    ? { ok: true, value: children }
    : invalid(`${name} may not hold ${stranger.name}`)
}

/** Each part of a request read by the same reader, or the first problem among them. */
export function readEach<T>(
  elements: readonly XmlElement[],
  read: (element: XmlElement) => EwsResult<T>,
): EwsResult<readonly T[]> {
  const values: T[] = []
  for (const element of elements) {
    const result = read(element)
    if (!result.ok) return result
    values.push(result.value)
  }
  return { ok: true, value: values }
}

/** Writes the response element of an operation. `holder` is the element around what was found; without one it stands bare. */
export function writeResponse(
  operation: string,
  holder: Holder | undefined,
  messages: readonly ResponseMessage[],
): Markup {
  const written = messages.map((message) =>
    el(
      `m:${operation}ResponseMessage`,
      { ResponseClass: !message.ok ? 'Error' : message.warning === undefined ? 'Success' : 'Warning' },
      ...codeOf(message),
      // The schema wants the holder in error messages too.
      holder ? el(`m:${holder}`, {}, foundIn(message)) : foundIn(message),
      message.ok ? message.after : undefined,
    ),
  )
  return el(
    `m:${operation}Response`,
    { 'xmlns:m': NS.messages, 'xmlns:t': NS.types },
    el('m:ResponseMessages', {}, ...written),
  )
}

function codeOf(message: ResponseMessage): Markup[] {
  const wrong = message.ok ? message.warning : message
  return wrong === undefined ? [el('m:ResponseCode', {}, 'NoError')] : writeProblem(wrong)
}

function foundIn(message: ResponseMessage): Markup | undefined {
  return message.ok ? message.value : undefined
}

/** What a response message says of a problem. */
export function writeProblem(problem: EwsProblem): Markup[] {
  const { code, message } = problem
  const values = writeValues(problem, 'm')
  return [
    el('m:MessageText', {}, message),
    el('m:ResponseCode', {}, code),
    el('m:DescriptiveLinkKey', {}, '0'),
    ...(values === undefined ? [] : [values]),
  ]
}

/** What a response message says: its one element of interest, or its code and text. For the calling side. */
export function readResponse(
  operation: string,
  response: XmlElement,
): EwsResult<XmlElement, string> | undefined {
  const list = child(response, NS.messages, 'ResponseMessages')
  const [message] = list ? childrenOf(list, NS.messages, `${operation}ResponseMessage`) : []
  if (message === undefined) return undefined
  // The attribute is the verdict; a warning holds what was asked for as well.
  const verdict = message.attributes.get('ResponseClass')
  if (verdict === 'Success' || verdict === 'Warning') return { ok: true, value: message }
  return {
    ok: false,
    code: child(message, NS.messages, 'ResponseCode')?.text.trim() || 'ErrorInternalServerError',
    message: child(message, NS.messages, 'MessageText')?.text.trim() ?? '',
  }
}
