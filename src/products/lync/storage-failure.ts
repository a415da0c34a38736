/**
 * What the Storage Service notes when Exchange cannot be worked with (facts/administration.md A.7): the record that
 * Debug-CsStorageServiceFailures shows, its detail in the words of the product.
 */
import { STATUS_CODES } from 'node:http'
import type { EpochSeconds } from '../../protocol/ids.ts'
import { autodiscoverUrl } from '../mailbox-call.ts'
import type { Called, CallFault, WebFailure } from '../partner-call.ts'
import type { Kit } from '../product.ts'

/** The parts of the Storage Service, as `-Component` names them. */
export const COMPONENTS = [
  'ConversationHistory',
  'ExchangeArchiving',
  'SqlArchiving',
  'QoE',
  'CDR',
  'LegalIntercept',
  'DataPurge',
  'Other',
] as const
export type Component = (typeof COMPONENTS)[number]

/** The adapter that speaks with Exchange; the one that published records show. */
export const EXCHANGE_ADAPTER = 'bc24207f-08a7-4569-b984-a90f78a49d46'

export interface StorageFailure {
  readonly adapterId: string
  /** The address of the mailbox. */
  readonly endpointId: string
  readonly endpointStatusTime: EpochSeconds
  readonly endpointStatusDetail: string
  /** Our stable code, and what to do. */
  readonly other: string
  readonly component: Component
  /** Whom it was done for. */
  readonly sipUri: string
}

/** Which failures are asked for. Times are epoch seconds, both ends included; a SIP address with or without its `sip:`. */
export interface FailureFilter {
  readonly adapterId?: string
  readonly sipUri?: string
  readonly startTime?: EpochSeconds
  readonly endTime?: EpochSeconds
  readonly component?: Component
}

/** How many failures are kept; the oldest go first. */
export const MOST_FAILURES = 10_000

/** Where failures are kept. */
export interface FailureStore {
  /** Adds one, and drops the oldest beyond `MOST_FAILURES`. */
  add(failure: StorageFailure): Promise<void>
  /** The newest that fit, newest first. */
  find(filter: FailureFilter, limit: number): Promise<StorageFailure[]>
}

/** For whom, and as which part of the Storage Service, Exchange is called. */
export interface StorageErrand {
  readonly component: Component
  readonly sipUri: string
  readonly smtp: string
}

/** What was tried: the operation, and the address of the web service where it is known. */
export interface StorageAttempt {
  readonly operation: string
  /** Absent before autodiscover has found it. */
  readonly ewsUrl?: string
}

/** Notes the fault of a call that failed; hands the outcome on. */
export async function noteFailure<T>(
  errand: StorageErrand,
  attempt: StorageAttempt,
  outcome: Called<T>,
  kit: Kit,
): Promise<Called<T>> {
  if (!outcome.ok) {
    await kit.storageService.failures.add({
      adapterId: EXCHANGE_ADAPTER,
      endpointId: errand.smtp,
      endpointStatusTime: kit.now(),
      endpointStatusDetail: detailOf(errand, attempt, outcome, autodiscoverUrl(kit)),
      other: `${outcome.code}: ${outcome.mend}`,
      component: errand.component,
      sipUri: errand.sipUri,
    })
  }
  return outcome
}

/**
 * `StoreWebException: code=ErrorEwsAutodiscover, reason=GetUserSettings failed, smtpAddress=…, …Uri=…, …WebProxy=<NULL>,
 * WebExceptionStatus=… ---> …`. Only the one for autodiscover is published; a call to EWS is said in the same form.
 */
export function detailOf(
  { smtp }: StorageErrand,
  { operation, ewsUrl }: StorageAttempt,
  { code, seen, web }: CallFault,
  autodiscover: string | undefined,
): string {
  const [service, name, uri] =
    ewsUrl === undefined
      ? ['Autodiscover', 'ErrorEwsAutodiscover', web?.url ?? autodiscover]
      : ['Ews', /^Error[A-Za-z]+$/.test(code) ? code : 'ErrorEwsRequest', web?.url ?? ewsUrl]
  const parts = [
    `code=${name}`,
    `reason=${operation} failed`,
    `smtpAddress=${smtp}`,
    `${service} Uri=${uri ?? '<NULL>'}`,
    `${service} WebProxy=<NULL>`,
    `WebExceptionStatus=${web === undefined ? '<NULL>' : webExceptionStatus(web)}`,
  ]
  const inner = web === undefined ? `${code}: ${seen}` : `System.Net.WebException: ${describe(web)}`
  return `StoreWebException: ${parts.join(', ')} ---> ${inner}`
}

/** The name that .NET has for what happened (System.Net.WebExceptionStatus). */
export function webExceptionStatus({ status, why = '' }: WebFailure): keyof typeof MEANING {
  if (status !== undefined) return 'ProtocolError'
  // What the client says of it is a text: there is one cause in each.
  if (/ENOTFOUND|EAI_AGAIN/.test(why)) return 'NameResolutionFailure'
  if (/certificate|altname|self.signed/i.test(why)) return 'TrustFailure'
  if (/no whole answer|timeout|timed out/i.test(why)) return 'Timeout'
  if (/other side closed|ECONNRESET|terminated/i.test(why)) return 'ReceiveFailure'
  return 'ConnectFailure'
}

const MEANING = {
  ProtocolError: 'The remote server returned an error',
  NameResolutionFailure: 'The remote name could not be resolved',
  TrustFailure: 'Could not establish trust relationship for the SSL/TLS secure channel',
  Timeout: 'The operation has timed out',
  ReceiveFailure: 'The underlying connection was closed',
  ConnectFailure: 'Unable to connect to the remote server',
} as const

function describe(web: WebFailure): string {
  const { status, why } = web
  const text = MEANING[webExceptionStatus(web)]
  if (status === undefined) return `${text}: ${why ?? ''}`
  return `${text}: (${status}) ${STATUS_CODES[status] ?? 'Unknown'}.`
}
