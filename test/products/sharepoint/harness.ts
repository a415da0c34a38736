/** One SharePoint with storage in memory, called as the HTTP layer calls it. */
import type { Caller, Kit, ProductReply, ProductRequest } from '../../../src/products/product.ts'
import { sharepoint } from '../../../src/products/sharepoint/sharepoint.ts'
import { openMemory } from '../../../src/storage/sqlite.ts'
import type { Storage } from '../../../src/storage/storage.ts'
import type { AuditEvent } from '../../../src/trust/audit-record.ts'
import { identity, KEN_MYER, LYNC, lync, NOW, principal } from '../../support/tokens.ts'

export const BASE = 'https://sharepoint.litwareinc.com:8443'
export const ADDIN = '5d8f0c1e-aaaa-4bbb-8ccc-0123456789ab@af5ea8cb-5d4b-4f3c-9d52-0d6e3ba1c7f4'

const SITE = '00000003-0000-0ff1-ce00-000000000000@af5ea8cb-5d4b-4f3c-9d52-0d6e3ba1c7f4'

export const KEN: Caller = { partner: lync(), user: KEN_MYER }
export const PILAR: Caller = {
  partner: lync(),
  user: {
    ...KEN_MYER,
    sid: 'S-1-5-21-1-2-3-1105',
    upn: 'pilar@litwareinc.com',
    smtp: 'pilar@litwareinc.com',
    displayName: 'Pilar Ackerman',
  },
}
export const APP: Caller = { partner: lync({ application: principal(ADDIN), issuer: ADDIN }) }

const opened: Storage[] = []
afterAll(async () => {
  for (const storage of opened) await storage.close()
})

export interface Said {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly contentType: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: an answer's JSON is asserted member by member
  readonly body: any
  /** Our own code, where the answer is a refusal. */
  readonly refused: string | undefined
}

export interface Ask {
  readonly as?: Caller
  readonly accept?: string | undefined
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export async function startSharePoint() {
  const storage = await openMemory()
  opened.push(storage)
  const clock = { now: NOW }
  const realms: { former: string[] } = { former: [] }
  const events: AuditEvent[] = []
  let ids = 0
  for (const name of [LYNC, ADDIN]) {
    await storage.siteAccess.addPrincipal({ nameIdentifier: name, displayName: 'Test', createdAt: NOW })
    await storage.siteAccess.grant(name, { scope: 'SiteSubscription', right: 'FullControl' }, true)
  }
  const kit = {
    name: 'sharepoint',
    baseUrl: BASE,
    settings: {},
    lists: storage.lists,
    siteAccess: storage.siteAccess,
    formerRealms: () => realms.former,
    identity: identity({ application: principal(SITE) }),
    partners: () => [],
    someIssuers: () => [LYNC],
    record: (event: AuditEvent) => void events.push(event),
    now: () => clock.now,
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    stopwatch: () => 0,
  } satisfies Partial<Kit> as unknown as Kit

  /** `path` begins below `/_api`, and may have a query; nothing in it is encoded on the way. */
  async function ask(method: string, path: string, more: Ask = {}): Promise<Said> {
    const { as = KEN, accept = 'application/json;odata=nometadata', type = 'application/json', body } = more
    const [rawPath = '', query = ''] = path.split(/\?(.*)/s)
    const headers: Record<string, string> = {
      ...('accept' in more && more.accept === undefined ? {} : { accept }),
      ...(body !== undefined && { 'content-type': type }),
      ...more.headers,
    }
    const request: ProductRequest = {
      method,
      path: `/_api${rawPath}`.toLowerCase(),
      rawPath: `/_api${rawPath}`,
      query: new URLSearchParams(query),
      header: (name) => headers[name],
      body: Buffer.isBuffer(body)
        ? body
        : Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? '')),
      requestId: 'r',
    }
    const operation = sharepoint.operations.find((one) => one.path === '/_api/*')!
    const reply: ProductReply = await operation.handle(request, as, kit)
    return {
      status: reply.status,
      headers: reply.headers ?? {},
      contentType: reply.contentType,
      body: reply.body === undefined ? undefined : JSON.parse(reply.body),
      refused: reply.headers?.['x-entente-refusal'],
    }
  }

  return {
    ask,
    clock,
    /** What was written down. */
    events,
    kit,
    realms,
    storage,
    get: (path: string, more: Ask = {}) => ask('GET', path, more),
    post: (path: string, body: unknown, more: Ask = {}) => ask('POST', path, { ...more, body }),
    /** Makes a list with these fields, and items in it. */
    async list(
      title: string,
      fields: Readonly<Record<string, number>> = {},
      items: readonly object[] = [],
    ): Promise<string> {
      const made = await ask('POST', '/web/lists', { body: { Title: title, BaseTemplate: 100 } })
      if (made.status !== 201) throw new Error(JSON.stringify(made.body))
      const path = `/web/lists(guid'${made.body.Id}')`
      for (const [name, kind] of Object.entries(fields)) {
        const added = await ask('POST', `${path}/fields`, { body: { Title: name, FieldTypeKind: kind } })
        if (added.status !== 201) throw new Error(JSON.stringify(added.body))
      }
      for (const item of items) {
        const added = await ask('POST', `${path}/items`, { body: item })
        if (added.status !== 201) throw new Error(JSON.stringify(added.body))
      }
      return path
    },
  }
}

export type SharePoint = Awaited<ReturnType<typeof startSharePoint>>
