/** One call is decided by one state, read once: whatever changes while it runs, and however many items it names. */
import { LEVELS } from '../../../src/products/exchange/access/folder-permission.ts'
import { exchange as product } from '../../../src/products/exchange/exchange.ts'
import { openAuthorization } from '../../../src/products/exchange/rbac/authorization.ts'
import type { AuthorizationState } from '../../../src/products/exchange/rbac/evaluate.ts'
import type { RoleAssignment } from '../../../src/products/exchange/rbac/management.ts'
import type { Caller, Kit } from '../../../src/products/product.ts'
import { openMemory } from '../../../src/storage/sqlite.ts'
import type { User } from '../../../src/trust/directory.ts'
import { openGroups } from '../../../src/trust/groups.ts'
import { callerOf, codes, getItem, itemId, ken, pilar, requestOf, startExchange } from './harness.ts'
import { folderOf, itemIdOf, put } from './mail.ts'
import { account, person, scope, state } from './rbac/samples.ts'

const APPLICATION = account(2000, 'application', { mailboxEnabled: false, enabled: false })
const ITEMS = 40

function search(over?: string): RoleAssignment {
  return {
    name: 'Search',
    role: 'Mailbox Search',
    assignee: person(APPLICATION),
    scope: over === undefined ? { kind: 'none' } : { kind: 'custom', scope: over },
    delegating: false,
    enabled: true,
  }
}

async function start() {
  const exchange = startExchange([ken, pilar, APPLICATION])
  const inbox = await folderOf(exchange, 'inbox')
  const items = []
  for (let i = 0; i < ITEMS; i++) items.push(await put(exchange.kit, inbox, { subject: `S${i}` }))
  const body = getItem(items.map(({ id }) => itemId(itemIdOf(id))).join(''))
  const request = requestOf('/EWS/Exchange.asmx', body)
  const { handle } = product.operations.find(({ path }) => path === request.path)!
  const partner = { ...callerOf().partner, linkedAccount: APPLICATION.sid }
  const ask = async (caller: Caller) => codes(await handle(request, caller, exchange.kit))
  return {
    ...exchange,
    inbox,
    byItself: () => ask({ partner }),
    actingFor: (user: User) => ask(callerOf(user)),
    decideBy: (current: () => AuthorizationState) =>
      Object.assign(exchange.kit, { authorization: { current } as Kit['authorization'] }),
  }
}

const all = (code: string) => Array.from({ length: ITEMS }, () => code)

test('a scope that changes while a call runs counts for all of its items, or for none', async () => {
  const { byItself, decideBy } = await start()
  const scopes = [scope('Nobody', "Name -eq 'nobody'")]
  const open = state({ scopes, assignments: [search()] })
  const closed = state({ scopes, assignments: [search('Nobody')] })
  let reads = 0
  decideBy(() => (reads++ % 2 === 0 ? open : closed))
  expect(await byItself()).toEqual(all('NoError'))
  expect(await byItself()).toEqual(all('ErrorItemNotFound'))
  expect(reads).toBe(2)
})

test('a permission that changes while a call runs counts for all items of the folder, or for none', async () => {
  const { kit, actingFor } = await start()
  const permitted = { fullAccess: false, entry: LEVELS.Reviewer, viewPrivateItems: false }
  let reads = 0
  const standing = async () => (reads++ % 2 === 0 ? permitted : { ...permitted, entry: LEVELS.None })
  Object.assign(kit, { access: Object.assign(Object.create(kit.access), { standing }) })
  expect(await actingFor(pilar)).toEqual(all('NoError'))
  expect(await actingFor(pilar)).toEqual(all('ErrorItemNotFound'))
})

test('an owner whose account changes while a call runs is to the call who he was', async () => {
  const { kit, byItself, decideBy } = await start()
  const scopes = [scope('Sales', "Department -eq 'Sales'")]
  decideBy(() => state({ scopes, assignments: [search('Sales')] }))
  let reads = 0
  const { find } = kit.directory
  const directory = {
    find: async (...[key, value]: Parameters<typeof find>) => {
      const found = await find(key, value)
      const isMoved = value === ken.sid && reads++ > 0
      return found.map((user) => ({ ...user, attributes: { department: isMoved ? 'Legal' : 'Sales' } }))
    },
  }
  Object.assign(kit, { directory: Object.assign(Object.create(kit.directory), directory) })
  expect(await byItself()).toEqual(all('NoError'))
  expect(await byItself()).toEqual(all('ErrorItemNotFound'))
})

test('however many items a call names, each exclusive scope is asked about their owner once', async () => {
  const { byItself, decideBy } = await start()
  let asked = 0
  const exclusive = { ...scope('VIPs', "Name -eq 'nobody'", { exclusive: true }) }
  const counting = {
    ...exclusive,
    holds: (...[recipient]: Parameters<typeof exclusive.holds>) => {
      asked++
      return exclusive.holds(recipient)
    },
  }
  decideBy(() => state({ scopes: [counting], assignments: [search()] }))
  expect(await byItself()).toEqual(all('NoError'))
  expect(asked).toBe(1)
})

describe('the room for management scopes', () => {
  async function open() {
    const storage = await openMemory()
    const groups = await openGroups(storage.groups, async () => true)
    const authorization = await openAuthorization(storage.management, groups, storage.directory)
    return { authorization, close: () => storage.close() }
  }
  const condition = "DisplayName -like '*a*b*' -or "
  const long = `${condition.repeat(1_050)}Name -eq 'x'`

  test('ends where their filters together have too many characters; one may always become shorter', async () => {
    const { authorization, close } = await open()
    let added = 0
    for (;;) {
      const scopeOf = { name: `Scope ${added}`, recipientFilter: long, exclusive: true }
      const result = await authorization.addScope(scopeOf)
      if (!result.ok) {
        expect(result).toMatchObject({ why: 'unusable', at: 'recipientRestrictionFilter' })
        break
      }
      added++
    }
    expect(added).toBe(Math.floor(1_048_576 / long.length))
    const short = { name: 'Short', recipientFilter: "Name -eq 'x'", exclusive: false }
    expect(await authorization.addScope(short)).toMatchObject({ ok: true })
    const change = (name: string, recipientFilter: string) =>
      authorization.changeScope(name, { recipientFilter })
    expect(await change('Short', long)).toMatchObject({ ok: false, at: 'recipientRestrictionFilter' })
    expect(await change('Scope 0', "Name -eq 'x'")).toMatchObject({ ok: true })
    expect(await change('Short', long)).toMatchObject({ ok: true })
    await close()
  })

  test('ends at a thousand of them', async () => {
    const { authorization, close } = await open()
    for (let i = 0; i < 1_000; i++) {
      const one = { name: `Scope ${i}`, recipientFilter: "Name -eq 'x'", exclusive: false }
      expect(await authorization.addScope(one)).toMatchObject({ ok: true })
    }
    const one = { name: 'Another', recipientFilter: "Name -eq 'x'", exclusive: false }
    expect(await authorization.addScope(one)).toMatchObject({ ok: false, at: 'managementScope' })
    await close()
  })
})
