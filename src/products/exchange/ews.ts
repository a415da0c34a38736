/** Exchange Web Services: one address, one table of operations. */
import type { Caller, Kit, ProductReply, ProductRequest } from '../product.ts'
import { childrenOf, NS, type XmlElement } from '../xml.ts'
import { createFolder } from './create-folder.ts'
import { createItem } from './create-item.ts'
import { deleteFolder, emptyFolder } from './delete-folder.ts'
import { deleteItem } from './delete-item.ts'
import { ewsFault, ewsServerVersion } from './ews-fault.ts'
import { type EwsHandler, type WholeEwsHandler, writeResponse } from './ews-operation.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { findFolders } from './find-folder.ts'
import { findItems } from './find-item.ts'
import { getEvents } from './get-events.ts'
import { getFolder } from './get-folder.ts'
import { getItem } from './get-item.ts'
import { getUserAvailability } from './get-user-availability.ts'
import { copyFolder, moveFolder } from './move-folder.ts'
import { readEnvelope, soapReply } from './soap.ts'
import { subscribe, unsubscribe } from './subscribe.ts'
import { syncFolderHierarchy } from './sync-folder-hierarchy.ts'
import { syncFolderItems } from './sync-folder-items.ts'
import { readTimeZoneContext } from './time-zone-xml.ts'
import { updateFolder } from './update-folder.ts'

type Operation =
  | { readonly handle: EwsHandler; readonly holder?: 'Folders' | 'Items' }
  | { readonly answer: WholeEwsHandler }

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['GetFolder', { handle: getFolder, holder: 'Folders' }],
  ['CreateItem', { handle: createItem, holder: 'Items' }],
  ['GetItem', { handle: getItem, holder: 'Items' }],
  ['DeleteItem', { handle: deleteItem }],
  ['FindFolder', { handle: findFolders }],
  ['FindItem', { handle: findItems }],
  ['CreateFolder', { handle: createFolder, holder: 'Folders' }],
  ['UpdateFolder', { handle: updateFolder, holder: 'Folders' }],
  ['MoveFolder', { handle: moveFolder, holder: 'Folders' }],
  ['CopyFolder', { handle: copyFolder, holder: 'Folders' }],
  ['DeleteFolder', { handle: deleteFolder }],
  ['EmptyFolder', { handle: emptyFolder }],
  ['SyncFolderItems', { handle: syncFolderItems }],
  ['SyncFolderHierarchy', { handle: syncFolderHierarchy }],
  ['Subscribe', { handle: subscribe }],
  ['Unsubscribe', { handle: unsubscribe }],
  ['GetEvents', { handle: getEvents }],
  ['GetUserAvailabilityRequest', { answer: getUserAvailability }],
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
  const timeZone = readTimeZoneContext(envelope.header)
  if (!timeZone.ok) return ewsFault(timeZone)
  const { ns, name } = envelope.operation
  const operation = ns === NS.messages ? OPERATIONS.get(name) : undefined
  if (operation === undefined) return ewsFault(invalid(`this server has no operation ${name.slice(0, 60)}`))
  const context = { timeZone: timeZone.value }
  if ('answer' in operation) {
    const answer = await operation.answer(envelope.operation, caller, kit, context)
    return answer.ok ? soapReply(200, [ewsServerVersion()], answer.value) : ewsFault(answer)
  }
  const messages = await operation.handle(envelope.operation, caller, kit, context)
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
