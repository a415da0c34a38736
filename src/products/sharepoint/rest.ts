/** The REST interface under `/_api/`: from a request to what it is about, what is to be done with that, and the reply. */
import type { Caller, Kit, ProductReply, ProductRequest } from '../product.ts'
import { access, standingOf } from './access.ts'
import { type Answer, replyFor } from './answer.ts'
import type { Right } from './authorization/rights.ts'
import { fieldEntity, fieldsOf, userEntity } from './entities.ts'
import { done, type Fault, fault, faultReply, type Result } from './faults.ts'
import { digestFault } from './form-digest.ts'
import { pick } from './in-memory.ts'
import { addItem, changeItem, readItems, removeItem } from './item-operations.ts'
import { openRoom } from './item-pages.ts'
import { addField, addList, changeList, removeList } from './list-operations.ts'
import { folderOf } from './list-templates.ts'
import type { List } from './lists.ts'
import { dialectOf, type Entity } from './odata.ts'
import { readQueryOptions } from './query-options.ts'
import { parseResourcePath } from './resource-path.ts'
import { itemResources, listResource, type Node, resolve, webResource } from './resources.ts'
import { type Resource, shape } from './shape.ts'
import { type Call, ensureCaller, openSite } from './site.ts'

type Method = 'GET' | 'POST' | 'MERGE' | 'PUT' | 'DELETE'

/** Answers one call. */
export async function rest(request: ProductRequest, caller: Caller, kit: Kit): Promise<ProductReply> {
  const started = kit.stopwatch()
  const reply = await answer(request, caller, kit)
  const duration = String(Math.round(kit.stopwatch() - started))
  return {
    ...reply,
    headers: {
      'Cache-Control': 'private, max-age=0',
      SPClientServiceRequestDuration: duration,
      ...reply.headers,
    },
  }
}

async function answer(request: ProductRequest, caller: Caller, kit: Kit): Promise<ProductReply> {
  const dialect = dialectOf(request.header('accept'))
  if (dialect === undefined) return faultReply(fault('accept_invalid'), 'minimalmetadata')
  const options = readQueryOptions(request.query)
  if (!options.ok) return faultReply(options, dialect)
  const standing = await standingOf(caller, kit)
  const allowed = access({ request, caller, standing, kit }, 'Read')
  if (!allowed.ok) return faultReply(allowed, dialect)
  const secret = await openSite(kit)
  const me = await ensureCaller(kit.lists, caller)
  const call: Call = { request, caller, kit, options: options.value, standing, me, secret }
  const result = await perform(call)
  return result.ok ? replyFor(result.value, dialect, call) : faultReply(result, dialect)
}

async function perform(call: Call): Promise<Result<Answer>> {
  const segments = parseResourcePath(call.request.rawPath, call.request.query)
  if (!segments.ok) return segments
  const method = methodOf(call)
  if (!method.ok) return method
  const isWrite = method.value !== 'GET' && segments.value[0]?.name !== 'contextinfo'
  const wrong = isWrite ? wrongDigest(call) : undefined
  if (wrong !== undefined) return wrong
  const node = await resolve(segments.value, call)
  if (!node.ok) return node
  const operations = operationsOn(node.value)
  const operation = operations[method.value]
  if (node.value.kind === 'service') return fault('resource_missing', call.request.rawPath)
  if (operation === undefined) return wrongMethod(call, node.value, operations)
  const allowed = access(call, operation.needs)
  return allowed.ok ? operation.run(call) : allowed
}

/** What is to be done: PATCH is MERGE, and a POST may stand for another method. */
function methodOf({ request }: Call): Result<Method> {
  const said = request.method === 'POST' ? (request.header('x-http-method') ?? 'POST') : request.method
  const method = said.trim().toUpperCase()
  switch (method) {
    case 'GET':
    case 'HEAD':
      // A read in the clothes of a POST would need no digest where a browser sends one.
      return request.method === 'POST'
        ? fault('method_wrong', method, 'X-HTTP-Method', 'MERGE, PUT, DELETE')
        : done('GET')
    case 'POST':
    case 'PUT':
    case 'DELETE':
      return done(method)
    case 'MERGE':
    case 'PATCH':
      return done('MERGE')
    default:
      return fault('method_wrong', method, 'X-HTTP-Method', 'MERGE, PATCH, PUT, DELETE')
  }
}

// Who shows a token needs no digest: no browser adds a token by itself. One that is shown all the same must be right.
function wrongDigest({ request, secret, caller, kit }: Call): Fault | undefined {
  const digest = request.header('x-requestdigest')?.trim()
  if (!digest) return undefined
  const name = digestFault(digest, secret, caller, kit.now())
  return name && fault(name)
}

type Run = (call: Call) => Promise<Result<Answer>>

/** What can be done with a resource, and the right that it takes. Whoever gets here has Read already. */
interface Operation {
  readonly needs: Right
  readonly run: Run
}

const reads = (run: Run): Operation => ({ needs: 'Read', run })
const writes = (run: Run): Operation => ({ needs: 'Write', run })
const manages = (run: Run): Operation => ({ needs: 'Manage', run })

function operationsOn(node: Node): Partial<Record<Method, Operation>> {
  switch (node.kind) {
    case 'service':
      return {}
    case 'contextinfo':
      return { POST: reads(async () => done({ kind: 'context' })) }
    case 'web':
      return { GET: reads((call) => entity(webResource(call), call)) }
    case 'lists':
      return { GET: reads(readLists), POST: manages(addList) }
    case 'siteusers':
      return { GET: reads(readUsers) }
    case 'user':
      return { GET: reads((call) => entity({ entity: userEntity(node.user) }, call)) }
    case 'list':
      return {
        GET: reads((call) => entity(listResource(node.list, call), call)),
        MERGE: manages((call) => changeList(node.list, call)),
        PUT: manages((call) => changeList(node.list, call)),
        DELETE: manages((call) => removeList(node.list, call)),
      }
    case 'fields':
      return {
        GET: reads((call) => readFields(node.list, call)),
        POST: manages((call) => addField(node.list, call)),
      }
    case 'field':
      return { GET: reads((call) => entity({ entity: node.field }, call)) }
    case 'items':
      return {
        GET: reads((call) => readItems(node.list, call)),
        POST: writes((call) => addItem(node.list, call)),
      }
    case 'item':
      return {
        GET: reads((call) => entity(itemResources(node.list, [node.item], call)[0], call)),
        MERGE: writes((call) => changeItem(node.list, node.item, call, false)),
        PUT: writes((call) => changeItem(node.list, node.item, call, true)),
        DELETE: writes((call) => removeItem(node.list, node.item, call)),
      }
    case 'property':
      return { GET: reads(async () => done({ kind: 'value', name: node.name, value: node.value })) }
  }
}

async function readLists(call: Call): Promise<Result<Answer>> {
  const lists = await call.kit.lists.lists()
  const room = openRoom()
  return collection(
    'SP.ApiData.Lists',
    lists.map((list) => listResource(list, call, room)),
    '/',
    call,
  )
}

async function readUsers(call: Call): Promise<Result<Answer>> {
  const users = await call.kit.lists.users()
  return collection(
    'SP.ApiData.Users',
    users.map((user) => ({ entity: userEntity(user) })),
    '/',
    call,
  )
}

async function readFields(list: List, call: Call): Promise<Result<Answer>> {
  const fields = fieldsOf(list).map((field) => ({ entity: fieldEntity(list, field) }))
  return collection('SP.ApiData.Fields', fields, `/${folderOf(list)}`, call)
}

async function entity(resource: Resource | undefined, { options }: Call): Promise<Result<Answer>> {
  if (resource === undefined) throw new Error('one item is one resource')
  const shaped = await shape(resource, options)
  return shaped.ok ? done({ kind: 'entity', entity: shaped.value }) : shaped
}

async function collection(
  set: string,
  all: readonly Resource[],
  where: string,
  { options }: Call,
): Promise<Result<Answer>> {
  const found = pick(all, options, where)
  if (!found.ok) return found
  const entities: Entity[] = []
  for (const one of found.value) {
    const shaped = await shape(one, options)
    if (!shaped.ok) return shaped
    entities.push(shaped.value)
  }
  return done({ kind: 'collection', collection: { set, entities } })
}

function wrongMethod(
  { request }: Call,
  { kind }: Node,
  operations: Partial<Record<Method, Operation>>,
): Fault {
  const allowed = Object.keys(operations).flatMap((method) =>
    method === 'MERGE' ? ['MERGE', 'PATCH'] : [method],
  )
  const allow = allowed.join(', ')
  return { ...fault('method_wrong', request.method, kind, allow), allow }
}
