/** One Exchange with storage in memory, called as the HTTP layer calls it, and replies as elements. */
import { exchange } from '../../../src/products/exchange/exchange.ts'
import type { MailboxStore } from '../../../src/products/exchange/mailbox.ts'
import type { Kit, ProductReply, ProductRequest } from '../../../src/products/product.ts'
import { NS, parseXml, type XmlElement } from '../../../src/products/xml.ts'
import { openMemory } from '../../../src/storage/sqlite.ts'
import type { Storage } from '../../../src/storage/storage.ts'
import { comparable, type User } from '../../../src/trust/directory.ts'
import { lync } from '../../support/tokens.ts'

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

function storeOf(storage: Promise<Storage>): MailboxStore {
  opened.push(storage)
  // Storage opens while the test goes on; each call waits for it.
  const call =
    (name: keyof MailboxStore) =>
    async (...args: unknown[]) => {
      const { mailboxes } = await storage
      return (mailboxes[name] as (...args: unknown[]) => Promise<unknown>)(...args)
    }
  return new Proxy({} as MailboxStore, { get: (_, name) => call(name as keyof MailboxStore) })
}

export function startExchange(users: readonly User[] = [ken, pilar, noMailbox]) {
  let ids = 0
  const kit = {
    name: 'exchange',
    baseUrl: 'https://exchange.litwareinc.com:8441',
    settings: {},
    directory: {
      list: async () => [...users],
      find: async (key, value) =>
        users.filter((user) => comparable(key, user[key] ?? '') === comparable(key, value)),
      add: async () => 'exists',
      replace: async () => 'missing',
      remove: async () => 'missing',
    },
    mailboxes: storeOf(openMemory()),
    now: () => NOW,
    newId: () => `id-${++ids}`,
    record: () => undefined,
  } satisfies Partial<Kit> as unknown as Kit

  async function post(path: string, body: string | Buffer, user?: User): Promise<ProductReply> {
    const operation = exchange.operations.find((one) => one.path === path)!
    const request = { method: 'POST', path, body: Buffer.from(body) } as unknown as ProductRequest
    return operation.handle(request, { partner: lync(), ...(user && { user }) }, kit)
  }
  return {
    kit,
    ews: (body: string | Buffer, user: User | undefined = ken) => post('/EWS/Exchange.asmx', body, user),
    appOnly: (body: string) => post('/EWS/Exchange.asmx', body),
    autodiscover: (body: string) => post('/autodiscover/autodiscover.svc', body, undefined),
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
