/** Exchange Web Services: one address, one table of operations. */
import type { Caller, Kit, ProductReply, ProductRequest } from '../product.ts'
import { childrenOf, NS, type XmlElement } from '../xml.ts'
import { createItem } from './create-item.ts'
import { deleteItem } from './delete-item.ts'
import { ewsFault, ewsServerVersion } from './ews-fault.ts'
import { type EwsHandler, writeResponse } from './ews-operation.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { getFolder } from './get-folder.ts'
import { getItem } from './get-item.ts'
import { mayCall } from './rbac/app-only.ts'
import { readEnvelope, soapReply } from './soap.ts'

const OPERATIONS: ReadonlyMap<string, { handle: EwsHandler; holder?: 'Folders' | 'Items' }> = new Map([
  ['GetFolder', { handle: getFolder, holder: 'Folders' }],
  ['CreateItem', { handle: createItem, holder: 'Items' }],
  ['GetItem', { handle: getItem, holder: 'Items' }],
  ['DeleteItem', { handle: deleteItem }],
])

/** Answers a request to `/EWS/Exchange.asmx`. */
export async function ews(request: ProductRequest, caller: Caller, kit: Kit): Promise<ProductReply> {
  const envelope = readEnvelope(request.body)
  if (!envelope.ok) {
    const wrong = invalid(envelope.why)
    return envelope.problem === 'version' ? ewsFault(wrong, 's:VersionMismatch') : ewsFault(wrong)
  }
  const header = checkHeader(envelope.header)
  if (!header.ok) return ewsFault(header)
  const { ns, name } = envelope.operation
  const operation = ns === NS.messages ? OPERATIONS.get(name) : undefined
  if (operation === undefined) return ewsFault(invalid(`this server has no operation ${name.slice(0, 60)}`))
  const may = await mayCall(name, caller, kit)
  if (!may.ok) return ewsFault(may)
  const messages = await operation.handle(envelope.operation, caller, kit)
  if (!messages.ok) return ewsFault(messages)
  return soapReply(200, [ewsServerVersion()], writeResponse(name, operation.holder, messages.value))
}

const REQUEST_VERSION =
  /^(Exchange(2007(_SP1)?|2009|2010(_SP[12])?|2012|2013(_SP1)?|2015|2016)|V20[0-9]{2}_[0-9]{2}_[0-9]{2})$/

// Headers about time zones, cultures and the like are passed over; one that asks for more than the caller has is not.
function checkHeader(header: XmlElement | undefined): EwsResult<undefined> {
  if (header === undefined) return done(undefined)
  const [version] = childrenOf(header, NS.types, 'RequestServerVersion')
  if (version !== undefined) {
    const name = version.attributes.get('Version')
    if (name === undefined) return invalid('RequestServerVersion must have the attribute Version')
    if (!REQUEST_VERSION.test(name)) return problem('ErrorInvalidServerVersion')
  }
  const [impersonation, ...others] = childrenOf(header, NS.types, 'ExchangeImpersonation')
  if (others.length > 0) return problem('ErrorMoreThanOneAccessModeSpecified')
  // Nobody holds the role ApplicationImpersonation here, so the answer is the same for every account named.
  return impersonation === undefined ? done(undefined) : problem(impersonationProblem(impersonation))
}

const ACCOUNT_NAMES = ['PrincipalName', 'SID', 'PrimarySmtpAddress', 'SmtpAddress']

function impersonationProblem(header: XmlElement) {
  const [connecting, ...others] = header.children
  const [account, ...more] = connecting?.children ?? []
  const named =
    connecting?.ns === NS.types &&
    connecting.name === 'ConnectingSID' &&
    account?.ns === NS.types &&
    ACCOUNT_NAMES.includes(account.name) &&
    account.text.trim() !== ''
  return named && others.length + more.length === 0
    ? 'ErrorImpersonateUserDenied'
    : 'ErrorInvalidExchangeImpersonationHeaderData'
}
