/** What the HTTP layer refuses, and what nobody expected, said as SharePoint says it: in the dialect that was asked for. */
import type { HttpRefusal, ProductReply } from '../product.ts'
import { type Fault, fault, faultReply } from './faults.ts'
import { dialectOf } from './odata.ts'
import { isRestPath } from './resource-path.ts'

/** The reply to a call of the REST interface; undefined for other paths, unless the server itself failed. */
export function refuse(refusal: HttpRefusal): ProductReply | undefined {
  if (refusal.status !== 500 && !isRestPath(refusal.path)) return undefined
  return faultReply(faultFor(refusal), dialectOf(refusal.header('accept')) ?? 'minimalmetadata')
}

function faultFor({ status, detail, path, method, allow }: HttpRefusal): Fault {
  switch (status) {
    case 400:
      return fault('expression_invalid', path)
    case 404:
      return fault('resource_missing', path)
    case 405:
      return { ...fault('method_wrong', method, path, allow ?? ''), ...(allow !== undefined && { allow }) }
    case 413:
      return fault('body_too_long', detail)
    case 415:
      return fault('content_type_invalid')
    default:
      return fault('unknown_error')
  }
}
