/** One Exchange with storage in memory, called as the HTTP layer calls it, and replies as elements. */
import { exchange } from '../../../src/products/exchange/exchange.ts'
import { openSubscriptions } from '../../../src/products/exchange/subscriptions.ts'
import type { Caller, Kit, ProductReply, ProductRequest } from '../../../src/products/product.ts'
import { NS, parseXml, type XmlElement } from '../../../src/products/xml.ts'
import { openMemory } from '../../../src/storage/sqlite.ts'
import type { Storage } from '../../../src/storage/storage.ts'
import type { AuditEvent } from '../../../src/trust/audit-record.ts'
import { addressesOf, comparable, type User } from '../../../src/trust/directory.ts'
import { searchable, searchNames } from '../../../src/trust/directory-search.ts'
import { state as authorizationState } from './rbac/samples.ts'

export const NOW = 1_795_000_000

export const ken: User = {
  sid: 'S-1-5-21-1-2-3-1104',
  upn: 'ken@corp.litwareinc.com',
  smtp: 'kenmyer@litwareinc.com',
  sip: 'sip:kenmyer@litwareinc.com',
  displayName: 'Ken Myer',
  enabled: true,
  mailboxEnabled: true,
  archivingEnabled: false,
}
export const pilar: User = {
  ...ken,
  sid: 'S-1-5-21-1-2-3-1105',
  upn: 'pilar@corp.litwareinc.com',
  smtp: 'pilar@litwareinc.com',
  sip: 'sip:pilar@litwareinc.com',
  displayName: 'Pilar Ackerman',
  archivingEnabled: true,
}
export const noMailbox: User = {
  ...ken,
  sid: 'S-1-5-21-1-2-3-1106',
  upn: 'jo@corp.litwareinc.com',
  smtp: 'jo@litwareinc.com',
  mailboxEnabled: false,
}

const opened: Promise<Storage>[] = []
afterAll(async () => {
  for (const storage of opened) await (await storage).close()
})

// Storage opens while the test goes on; each call waits for it.
function storeOf<Name extends 'mailboxes' | 'access'>(storage: Promise<Storage>, name: Name): Storage[Name] {
  const call =
    (method: PropertyKey) =>
    async (...args: unknown[]) =>
      (Reflect.get((await storage)[name], method) as (...args: unknown[]) => unknown)(...args)
  return new Proxy({} as Storage[Name], { get: (_, method) => call(method) })
}

/** A request as the HTTP layer hands it on. */
export function requestOf(
  path: string,
  body: string | Buffer,
  { method = 'POST', userAgent }: { method?: string; userAgent?: string } = {},
): ProductRequest {
  const header = (name: string) => (name === 'user-agent' ? userAgent : undefined)
  const through = `${method} ${path}`
  return { method, path, through, body: Buffer.from(body), requestId: 'request-1', header } as ProductRequest
}

/** Lync, acting for this user, or as itself. */
export function callerOf(user?: User): Caller {
  return { partner: { issuer: 'lync@litwareinc.com' }, ...(user && { user }) } as Caller
}

export function startExchange(
  users: readonly User[] = [ken, pilar, noMailbox],
  settings: Kit['settings'] = {},
) {
  let ids = 0
  const events: AuditEvent[] = []
  const storage = openMemory()
  opened.push(storage)
  const kit = {
    name: 'exchange',
    baseUrl: 'https://exchange.litwareinc.com:8441',
    identity: { application: { realm: 'litwareinc.com' } } as Kit['identity'],
    settings,
    directory: {
      version: () => undefined,
      list: async () => [...users],
      find: async (key, value) =>
        users.filter((user) => comparable(key, user[key] ?? '') === comparable(key, value)),
      findByAddress: async (address) =>
        users.filter((user) =>
          addressesOf(user).some((one) => comparable('smtp', one) === comparable('smtp', address)),
        ),
      search: async (beginning, limit) =>
        users
          .filter((user) => user.mailboxEnabled && user.smtp !== undefined)
          .filter((user) => searchNames(user).some((name) => name.startsWith(searchable(beginning))))
          .slice(0, limit),
      servesDomain: async (domain) =>
        users.some((user) => user.mailboxEnabled && user.smtp?.endsWith(`@${domain.toLowerCase()}`)),
      add: async () => 'exists',
      replace: async () => 'missing',
      remove: async () => 'missing',
    },
    mailboxes: storeOf(storage, 'mailboxes'),
    access: storeOf(storage, 'access'),
    subscriptions: openSubscriptions(),
    authorization: { current: () => authorizationState() } as Kit['authorization'],
    now: () => NOW,
    newId: () => `id-${++ids}`,
    record: (event) => events.push(event),
  } satisfies Partial<Kit> as unknown as Kit

  async function post(path: string, body: string | Buffer, user?: User): Promise<ProductReply> {
    return call(requestOf(path, body), user)
  }
  async function call(request: ProductRequest, user?: User): Promise<ProductReply> {
    const operation = exchange.operations.find(({ path }) => path === request.path)!
    return operation.handle(request, callerOf(user), kit)
  }
  return {
    kit,
    events,
    ews: (body: string | Buffer, user: User | undefined = ken) => post('/EWS/Exchange.asmx', body, user),
    appOnly: (body: string) => post('/EWS/Exchange.asmx', body),
    autodiscover: (body: string) => post('/autodiscover/autodiscover.svc', body, undefined),
    pox: (body: string) => post('/autodiscover/autodiscover.xml', body, undefined),
    call,
    get: (path: string) => call(requestOf(path, '', { method: 'GET' }), undefined),
  }
}

/** The envelope of ews-javascript-api (facts/clients.md 2.2). */
export function wrap(
  body: string,
  header = '<t:RequestServerVersion Version="Exchange2013_SP1"></t:RequestServerVersion>',
) {
  return `<soap:Envelope xmlns:soap="${NS.soap11}" xmlns:xsi="${NS.instance}" xmlns:m="${NS.messages}" xmlns:t="${NS.types}"><soap:Header>${header}</soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`
}

export const getFolder = (ids: string, shape = 'AllProperties', more = '') =>
  wrap(
    `<m:GetFolder><m:FolderShape><t:BaseShape>${shape}</t:BaseShape>${more}</m:FolderShape><m:FolderIds>${ids}</m:FolderIds></m:GetFolder>`,
  )
export const named = (name: string) => `<t:DistinguishedFolderId Id="${name}"></t:DistinguishedFolderId>`
export const createItem = (items: string, folder = named('conversationhistory'), disposition = 'SaveOnly') =>
  wrap(
    `<m:CreateItem MessageDisposition="${disposition}"><m:SavedItemFolderId>${folder}</m:SavedItemFolderId><m:Items>${items}</m:Items></m:CreateItem>`,
  )
export const message = (content: string) => `<t:Message>${content}</t:Message>`
export const getItem = (ids: string, shape = 'AllProperties', more = '') =>
  wrap(
    `<m:GetItem><m:ItemShape><t:BaseShape>${shape}</t:BaseShape>${more}</m:ItemShape><m:ItemIds>${ids}</m:ItemIds></m:GetItem>`,
  )
export const deleteItem = (ids: string, type = 'HardDelete') =>
  wrap(`<m:DeleteItem DeleteType="${type}"><m:ItemIds>${ids}</m:ItemIds></m:DeleteItem>`)
export const itemId = (id: string, changeKey?: string) =>
  `<t:ItemId Id="${id}"${changeKey === undefined ? '' : ` ChangeKey="${changeKey}"`}></t:ItemId>`

export function root(reply: ProductReply): XmlElement {
  const xml = parseXml(Buffer.from(reply.body ?? ''))
  if (!xml.ok) throw new Error(xml.why)
  return xml.root
}

/** The first element of this name at any depth. */
export function find(element: XmlElement, name: string): XmlElement | undefined {
  if (element.name === name) return element
  for (const child of element.children) {
    const found = find(child, name)
    if (found !== undefined) return found
  }
  return undefined
}

export const textOf = (reply: ProductReply, name: string) => find(root(reply), name)?.text
export const names = (element: XmlElement | undefined) => element?.children.map(({ name }) => name)

/** The response messages, each as its class, code and element. */
export function messages(reply: ProductReply) {
  const list = find(root(reply), 'ResponseMessages')
  return (list?.children ?? []).map((element) => ({
    class: element.attributes.get('ResponseClass'),
    code: find(element, 'ResponseCode')?.text,
    element,
  }))
}
export const codes = (reply: ProductReply) => messages(reply).map(({ code }) => code)

/** The code of a fault, after a look at everything that every fault must have. */
export function faultCode(reply: ProductReply): string | undefined {
  const fault = find(root(reply), 'Fault')
  if (reply.status !== 500 || fault?.ns !== NS.soap11 || !find(root(reply), 'ServerVersionInfo')) {
    throw new Error(`no proper fault: ${reply.status}`)
  }
  const code = find(fault, 'ResponseCode')
  return code?.ns === NS.errors && fault.children[1]?.text === find(fault, 'Message')?.text
    ? code.text
    : undefined
}
