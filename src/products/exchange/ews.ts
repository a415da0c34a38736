/** Exchange Web Services: one address, one table of operations. */
import type { Caller, Kit, ProductReply, ProductRequest } from '../product.ts'
import { child, NS, type XmlElement } from '../xml.ts'
import { addDelegate, getDelegate, removeDelegate, updateDelegate } from './access/delegates.ts'
import { asksForAnother, denyByPolicy, recordDenials } from './access/ews-gate.ts'
import { createAttachment, deleteAttachment, getAttachment } from './attachment-operations.ts'
import { convertIds } from './convert-id.ts'
import { createFolder } from './create-folder.ts'
import { createItem } from './create-item.ts'
import { deleteFolder, emptyFolder } from './delete-folder.ts'
import { deleteItem } from './delete-item.ts'
import { ewsFault, ewsServerVersion } from './ews-fault.ts'
import {
  type EwsHandler,
  type Holder,
  type ResponseMessage,
  type WholeEwsHandler,
  writeResponse,
} from './ews-operation.ts'
import { type EwsProblem, invalid, problem } from './ews-result.ts'
import { findFolders } from './find-folder.ts'
import { findItems } from './find-item.ts'
import { getEvents } from './get-events.ts'
import { getFolder } from './get-folder.ts'
import { getItem } from './get-item.ts'
import { getServerTimeZones } from './get-server-time-zones.ts'
import { getUserAvailability } from './get-user-availability.ts'
import { actingCaller, type MayImpersonate } from './impersonation.ts'
import { mayImpersonate } from './impersonation-rights.ts'
import { copyFolder, moveFolder } from './move-folder.ts'
import { copyItem, moveItem } from './move-item.ts'
import { mayCall } from './rbac/app-only.ts'
import { resolveNames } from './resolve-names.ts'
import { sendItem } from './send-item.ts'
import { readEnvelopeInTurns, soapReply } from './soap.ts'
import { subscribe, unsubscribe } from './subscribe.ts'
import { syncFolderHierarchy } from './sync-folder-hierarchy.ts'
import { syncFolderItems } from './sync-folder-items.ts'
import { readTimeZoneContext } from './time-zone-xml.ts'
import { updateFolder } from './update-folder.ts'
import { updateItem } from './update-item.ts'
import { REQUEST_VERSIONS } from './version.ts'

type Operation =
  | { readonly handle: EwsHandler; readonly holder?: Holder }
  | { readonly answer: WholeEwsHandler }

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['GetFolder', { handle: getFolder, holder: 'Folders' }],
  ['CreateItem', { handle: createItem, holder: 'Items' }],
  ['GetItem', { handle: getItem, holder: 'Items' }],
  ['UpdateItem', { handle: updateItem, holder: 'Items' }],
  ['SendItem', { handle: sendItem }],
  ['MoveItem', { handle: moveItem, holder: 'Items' }],
  ['CopyItem', { handle: copyItem, holder: 'Items' }],
  ['DeleteItem', { handle: deleteItem }],
  ['ConvertId', { handle: convertIds }],
  ['GetServerTimeZones', { handle: getServerTimeZones }],
  ['ResolveNames', { handle: resolveNames }],
  ['AddDelegate', { answer: addDelegate }],
  ['GetDelegate', { answer: getDelegate }],
  ['UpdateDelegate', { answer: updateDelegate }],
  ['RemoveDelegate', { answer: removeDelegate }],
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
  ['CreateAttachment', { handle: createAttachment, holder: 'Attachments' }],
  ['GetAttachment', { handle: getAttachment, holder: 'Attachments' }],
  ['DeleteAttachment', { handle: deleteAttachment }],
])

/** Answers a request to `/EWS/Exchange.asmx`. Whether one account may act as another is `decide`'s to say. */
export async function ews(
  request: ProductRequest,
  admitted: Caller,
  kit: Kit,
  decide: MayImpersonate = mayImpersonate,
): Promise<ProductReply> {
  const envelope = await readEnvelopeInTurns(request.body)
  // An impersonating call is judged once it is known for whom it is.
  const isForAnother = envelope.ok && asksForAnother(envelope.header)
  const deniedEarly = isForAnother ? undefined : await denyByPolicy(request, admitted, kit)
  if (deniedEarly !== undefined) return deniedEarly
  if (!envelope.ok) {
    const wrong = invalid(envelope.why)
    return envelope.problem === 'version' ? ewsFault(wrong, 's:VersionMismatch') : ewsFault(wrong)
  }
  const wrong = versionProblem(envelope.header)
  if (wrong !== undefined) return ewsFault(wrong)
  const timeZone = readTimeZoneContext(envelope.header)
  if (!timeZone.ok) return ewsFault(timeZone)
  const caller = await actingCaller(envelope.header, admitted, kit, request, decide)
  if (!caller.ok) return ewsFault(caller)
  const deniedLate = isForAnother ? await denyByPolicy(request, caller.value, kit) : undefined
  if (deniedLate !== undefined) return deniedLate
  const { ns, name } = envelope.operation
  const operation = ns === NS.messages ? OPERATIONS.get(name) : undefined
  if (operation === undefined) return ewsFault(invalid(`this server has no operation ${name.slice(0, 60)}`))
  const may = await mayCall(name, caller.value, kit, request)
  if (!may.ok) return ewsFault(may)
  const context = { timeZone: timeZone.value, isAbandoned: () => request.isAbandoned?.() === true }
  const note = (problems: readonly ResponseMessage[]) => recordDenials(problems, request, caller.value, kit)
  const fault = (wrong: EwsProblem) => {
    note([wrong])
    return ewsFault(wrong)
  }
  if ('answer' in operation) {
    const answer = await operation.answer(envelope.operation, caller.value, kit, context)
    if (!answer.ok) return fault(answer)
    note(answer.value.problems)
    return soapReply(200, [ewsServerVersion()], answer.value.reply)
  }
  const messages = await operation.handle(envelope.operation, caller.value, kit, context)
  if (!messages.ok) return fault(messages)
  note(messages.value)
  return soapReply(200, [ewsServerVersion()], writeResponse(name, operation.holder, messages.value))
}

function versionProblem(header: XmlElement | undefined): EwsProblem | undefined {
  const version = child(header, NS.types, 'RequestServerVersion')
  if (version === undefined) return undefined
  const name = version.attributes.get('Version')
  if (name === undefined) return invalid('RequestServerVersion must have the attribute Version')
  return REQUEST_VERSIONS.has(name) ? undefined : problem('ErrorInvalidServerVersion')
}
