/** The fault EWS answers with when a request as a whole cannot be served, and the header of all its replies. */
import type { ProductReply } from '../product.ts'
import { el, type Markup, NS } from '../xml.ts'
import { type EwsProblem, writeValues } from './ews-result.ts'
import { type FaultCode, soapFault, soapReply } from './soap.ts'
import { SERVER_VERSION } from './version.ts'

/** A fault of status 500. Clients read the code from its detail. */
export function ewsFault(problem: EwsProblem, faultcode: FaultCode = `a:${problem.code}`): ProductReply {
  const detail = el(
    'detail',
    {},
    el('e:ResponseCode', { 'xmlns:e': NS.errors }, problem.code),
    el('e:Message', { 'xmlns:e': NS.errors }, problem.message),
    writeValues(problem, 'e'),
  )
  const reply = soapReply(500, [ewsServerVersion()], soapFault(faultcode, problem.message, detail))
  return { ...reply, diagnosis: `${problem.code}: ${problem.message}` }
}

/** `ServerVersionInfo`, which stands in the header of every reply. */
export function ewsServerVersion(): Markup {
  return el('h:ServerVersionInfo', { 'xmlns:h': NS.types, ...SERVER_VERSION })
}
