/** Who may impersonate whom: both models as tables, what a denial never does, and what caller and record are told. */
import fc from 'fast-check'
import {
  ADMINISTRATORS,
  decideImpersonation,
  type ImpersonationModel,
  mayImpersonate,
  outcomeOf,
} from '../../../src/products/exchange/impersonation-rights.ts'
import { openAuthorization } from '../../../src/products/exchange/rbac/authorization.ts'
import {
  ACCOUNT_RIGHT,
  type ImpersonationGrant,
  SERVER_RIGHT,
} from '../../../src/products/exchange/rbac/management.ts'
import type { RuleCode } from '../../../src/products/exchange/rbac/rules.ts'
import type { Caller, Kit } from '../../../src/products/product.ts'
import { openMemory } from '../../../src/storage/sqlite.ts'
import type { User } from '../../../src/trust/directory.ts'
import { openGroups } from '../../../src/trust/groups.ts'
import { lync } from '../../support/tokens.ts'
import { account, group, person, state, team } from './rbac/samples.ts'

const PORTAL = account(2000, 'portal', { mailboxEnabled: false, enabled: false })
const KEN = account(1104, 'kenmyer', { mailboxDatabase: 'DB01' })
const ROOM = account(1200, 'room', { enabled: false })

const GROUPS = [group('Portals', person(PORTAL)), group('Servers', team('Portals'))]

type Given = 'nothing' | 'granted' | 'denied' | 'granted and denied'
const GIVEN: readonly Given[] = ['nothing', 'granted', 'denied', 'granted and denied']

function grants(
  given: Given,
  right: ImpersonationGrant['right'],
  on: ImpersonationGrant['on'],
  trustee = person(PORTAL),
): ImpersonationGrant[] {
  const one = (deny: boolean) => ({
    id: `${deny ? 'deny' : 'grant'} on ${on.kind}`,
    ...{ right, on, trustee, deny },
  })
  return [
    ...(given.startsWith('granted') ? [one(false)] : []),
    ...(given.endsWith('denied') ? [one(true)] : []),
  ]
}

// What the server side says by itself; undefined: the user side decides.
const SERVER: Record<Given, RuleCode | undefined> = {
  nothing: 'server_right_missing',
  granted: undefined,
  denied: 'server_right_denied',
  'granted and denied': 'server_right_denied',
}
// Rows: on the database. Columns: on the account, in the order of GIVEN. g granted, m missing, d denied.
const USER: Record<Given, string> = {
  nothing: 'm g d d',
  granted: 'g g d d',
  denied: 'd d d d',
  'granted and denied': 'd d d d',
}
const MEANING: Record<string, RuleCode> = {
  g: 'rights_granted',
  m: 'account_right_missing',
  d: 'account_right_denied',
}
const CODES: Partial<Record<RuleCode, string>> = {
  rights_granted: 'allowed',
  administrators_denied: 'ErrorImpersonationDenied',
  server_right_missing: 'ErrorImpersonationDenied',
  server_right_denied: 'ErrorImpersonationDenied',
  account_right_missing: 'ErrorImpersonateUserDenied',
  account_right_denied: 'ErrorImpersonateUserDenied',
}

const TRUSTEES = {
  itself: person(PORTAL),
  'its group': team('Portals'),
  'a group around it': team('Servers'),
}

const rows = Object.keys(TRUSTEES).flatMap((who) =>
  [false, true].flatMap((isAdministrator) =>
    GIVEN.flatMap((server) =>
      GIVEN.flatMap((database) =>
        GIVEN.map((onAccount, column) => {
          const user = MEANING[USER[database].split(' ')[column]!]!
          const rule = isAdministrator ? 'administrators_denied' : (SERVER[server] ?? user)
          return { who, isAdministrator, server, database, onAccount, rule, code: CODES[rule]! }
        }),
      ),
    ),
  ),
)

describe('the two rights of the 2010 model', () => {
  test.each(rows)(
    'to $who, administrator $isAdministrator: server $server, database $database, account $onAccount: $rule, $code',
    ({ who, isAdministrator, server, database, onAccount, rule, code }) => {
      const trustee = TRUSTEES[who as keyof typeof TRUSTEES]
      const current = state({
        groups: [...GROUPS, ...(isAdministrator ? [group('Domain Admins', team('Servers'))] : [])],
        grants: [
          ...grants(server, SERVER_RIGHT, { kind: 'server' }, trustee),
          ...grants(database, ACCOUNT_RIGHT, { kind: 'database', name: 'db01' }, trustee),
          ...grants(onAccount, ACCOUNT_RIGHT, { kind: 'account', sid: KEN.sid }, trustee),
        ],
      })
      const decision = decideImpersonation(current, 'DirectoryRights', PORTAL.sid, KEN)
      expect(decision).toMatchObject({ allowed: code === 'allowed', rule })
      expect(outcomeOf(decision, 'DirectoryRights')).toBe(code)
    },
  )

  test.each(ADMINISTRATORS)('members of %s are denied whatever they are granted', (name) => {
    const all = [
      ...grants('granted', SERVER_RIGHT, { kind: 'server' }),
      ...grants('granted', ACCOUNT_RIGHT, { kind: 'account', sid: KEN.sid }),
    ]
    const decide = (groupName: string) =>
      decideImpersonation(
        state({ groups: [group(groupName.toUpperCase(), person(PORTAL))], grants: all }),
        'DirectoryRights',
        PORTAL.sid,
        KEN,
      )
    expect(decide(name)).toEqual({ allowed: false, rule: 'administrators_denied', by: name })
    expect(decide(`${name} of old`).allowed).toBe(true)
  })

  test('the right on another database, on another account or of somebody else counts for nothing', () => {
    const server = grants('granted', SERVER_RIGHT, { kind: 'server' })
    const wrong = [
      ...grants('granted', ACCOUNT_RIGHT, { kind: 'database', name: 'DB02' }),
      ...grants('granted', ACCOUNT_RIGHT, { kind: 'account', sid: ROOM.sid }),
      ...grants('granted', ACCOUNT_RIGHT, { kind: 'account', sid: KEN.sid }, person(ROOM)),
    ]
    const decision = decideImpersonation(
      state({ grants: [...server, ...wrong] }),
      'DirectoryRights',
      PORTAL.sid,
      KEN,
    )
    expect(decision.rule).toBe('account_right_missing')
  })

  test('whether anybody at all may be impersonated is for the right on the server to say', () => {
    const decide = (...all: ImpersonationGrant[]) =>
      decideImpersonation(state({ grants: all }), 'DirectoryRights', PORTAL.sid, undefined).rule
    expect(decide()).toBe('server_right_missing')
    expect(decide(...grants('denied', SERVER_RIGHT, { kind: 'server' }))).toBe('server_right_denied')
    expect(decide(...grants('granted', SERVER_RIGHT, { kind: 'server' }))).toBe('rights_granted')
  })

  test('an account without a mailbox lies in no database', () => {
    const current = state({
      grants: [
        ...grants('granted', SERVER_RIGHT, { kind: 'server' }),
        ...grants('granted', ACCOUNT_RIGHT, { kind: 'database', name: 'DB01' }),
      ],
    })
    const decide = (target: User) => decideImpersonation(current, 'DirectoryRights', PORTAL.sid, target).rule
    expect(decide(KEN)).toBe('rights_granted')
    expect(decide({ ...KEN, mailboxEnabled: false })).toBe('account_right_missing')
  })

  test('another denial never opens anything', () => {
    const objects: ImpersonationGrant['on'][] = [
      { kind: 'server' },
      { kind: 'database', name: 'DB01' },
      { kind: 'account', sid: KEN.sid },
      { kind: 'account', sid: ROOM.sid },
    ]
    const grant: fc.Arbitrary<ImpersonationGrant> = fc.record({
      id: fc.uuid(),
      right: fc.constantFrom(SERVER_RIGHT, ACCOUNT_RIGHT),
      on: fc.constantFrom(...objects),
      trustee: fc.constantFrom(...Object.values(TRUSTEES), person(KEN)),
      deny: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 8 }), grant, (before, added) => {
        for (const caller of [PORTAL, KEN]) {
          for (const target of [KEN, ROOM]) {
            const decide = (all: readonly ImpersonationGrant[]) =>
              decideImpersonation(
                state({ groups: GROUPS, grants: all }),
                'DirectoryRights',
                caller.sid,
                target,
              )
            const after = decide([...before, { ...added, deny: true }])
            if (after.allowed) expect(decide(before).allowed).toBe(true)
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('what a caller and the record are told', () => {
  async function open(model?: ImpersonationModel, users: readonly User[] = [PORTAL, KEN, ROOM]) {
    const storage = await openMemory()
    const groups = await openGroups(storage.groups, async () => true)
    const authorization = await openAuthorization(storage.management, groups, storage.directory)
    for (const user of users) await storage.directory.add(user)
    const kit = {
      settings: model === undefined ? {} : { impersonationModel: model },
      directory: storage.directory,
      authorization,
    } as unknown as Kit
    return { storage, authorization, kit }
  }
  const byItself = (): Caller => ({ partner: lync({ linkedAccount: PORTAL.sid }) })
  const everything = {
    role: 'ApplicationImpersonation',
    assignee: person(PORTAL),
    scope: { kind: 'none' },
    delegating: false,
    enabled: true,
  } as const

  test('by default roles decide: each refusal has one code, and its own rule for the record', async () => {
    const { storage, authorization, kit } = await open()
    expect(await mayImpersonate({ partner: lync() }, KEN, kit)).toEqual({
      outcome: 'ErrorImpersonateUserDenied',
      rule: 'no_linked_account',
    })
    expect(await mayImpersonate(byItself(), KEN, kit)).toEqual({
      outcome: 'ErrorImpersonateUserDenied',
      rule: `role_not_assigned (ApplicationImpersonation), as ${PORTAL.upn}`,
    })
    await authorization.assign([{ ...everything, name: 'Portal' }])
    expect(await mayImpersonate(byItself(), KEN, kit)).toEqual({
      outcome: 'allowed',
      rule: `role_assigned (Portal), as ${PORTAL.upn}`,
    })
    await authorization.addScope({ name: 'VIPs', recipientFilter: "Name -like 'ken*'", exclusive: true })
    expect(await mayImpersonate(byItself(), KEN, kit)).toEqual({
      outcome: 'ErrorImpersonateUserDenied',
      rule: `recipient_in_exclusive_scope (VIPs), as ${PORTAL.upn}`,
    })
    await storage.close()
  })

  test('a name that nobody has is for the role alone to say, whatever its scope', async () => {
    const { storage, authorization, kit } = await open()
    const outcome = async () => (await mayImpersonate(byItself(), undefined, kit)).outcome
    expect(await outcome()).toBe('ErrorImpersonateUserDenied')
    await authorization.addScope({ name: 'Ken', recipientFilter: "Name -like 'ken*'", exclusive: false })
    await authorization.assign([{ ...everything, name: 'Portal', scope: { kind: 'custom', scope: 'Ken' } }])
    expect(await outcome()).toBe('allowed')
    expect((await mayImpersonate(byItself(), ROOM, kit)).outcome).toBe('ErrorImpersonateUserDenied')
    await storage.close()
  })

  test('a disabled account can be impersonated', async () => {
    const { storage, authorization, kit } = await open()
    expect(ROOM.enabled).toBe(false)
    await authorization.assign([everything])
    expect((await mayImpersonate(byItself(), ROOM, kit)).outcome).toBe('allowed')
    await storage.close()
  })

  test('who acts for a user has the user’s rights and not the application’s', async () => {
    const { storage, authorization, kit } = await open()
    await authorization.assign([{ ...everything, name: 'Portal' }])
    const forKen: Caller = { ...byItself(), user: KEN }
    expect(await mayImpersonate(forKen, ROOM, kit)).toEqual({
      outcome: 'ErrorImpersonateUserDenied',
      rule: `role_not_assigned (ApplicationImpersonation), as ${KEN.upn}`,
    })
    await authorization.assign([{ ...everything, name: 'Ken', assignee: person(KEN) }])
    expect(await mayImpersonate({ partner: lync(), user: KEN }, ROOM, kit)).toEqual({
      outcome: 'allowed',
      rule: `role_assigned (Ken), as ${KEN.upn}`,
    })
    await storage.close()
  })

  test('with the two rights, who is no account lacks the right on the server', async () => {
    const { storage, authorization, kit } = await open('DirectoryRights')
    const told = async (caller: Caller) => {
      const { outcome, rule } = await mayImpersonate(caller, KEN, kit)
      return [outcome, rule.split(/[ ,]/)[0]]
    }
    expect(await told({ partner: lync() })).toEqual(['ErrorImpersonationDenied', 'no_linked_account'])
    await authorization.assign([everything]) // a role is no right
    expect(await told(byItself())).toEqual(['ErrorImpersonationDenied', 'server_right_missing'])
    for (const grant of grants('granted', SERVER_RIGHT, { kind: 'server' })) await authorization.grant(grant)
    expect(await told(byItself())).toEqual(['ErrorImpersonateUserDenied', 'account_right_missing'])
    for (const grant of grants('granted', ACCOUNT_RIGHT, { kind: 'account', sid: KEN.sid }))
      await authorization.grant(grant)
    expect(await told(byItself())).toEqual(['allowed', 'rights_granted'])
    await storage.close()
  })

  test('a linked account that is gone from the directory is nobody', async () => {
    const { storage, authorization, kit } = await open(undefined, [KEN])
    await authorization.assign([everything])
    expect(await mayImpersonate(byItself(), KEN, kit)).toEqual({
      outcome: 'ErrorImpersonateUserDenied',
      rule: `linked_account_missing (${PORTAL.sid})`,
    })
    await storage.close()
  })

  test('a decision is made of one state, whatever changes meanwhile', async () => {
    const { storage, authorization } = await open()
    await authorization.assign([everything])
    const before = authorization.current()
    await authorization.addScope({ name: 'All', recipientFilter: 'Name -ne $null', exclusive: true })
    await authorization.removeAssignments([before.assignments[0]!.name])
    expect(decideImpersonation(before, 'RoleBased', PORTAL.sid, KEN).allowed).toBe(true)
    expect(decideImpersonation(authorization.current(), 'RoleBased', PORTAL.sid, KEN).allowed).toBe(false)
    await storage.close()
  })
})
