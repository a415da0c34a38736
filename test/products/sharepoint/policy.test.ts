/** The three policies as data, complete over their axes, and what must hold of them whatever the numbers. */
import fc from 'fast-check'
import { decide, type Question } from '../../../src/products/sharepoint/authorization/policy.ts'
import {
  holds,
  PERMISSION_LEVELS,
  type PermissionLevel,
  RIGHTS,
  type Right,
  SCOPES,
  type Scope,
} from '../../../src/products/sharepoint/authorization/rights.ts'

const LEVELS = Object.keys(PERMISSION_LEVELS) as PermissionLevel[]
const CALLERS = ['nobody', 'user', 'application', 'application for a user'] as const

/** What each right and level opens, written out: `needs` to the right. */
//                    Read   Write  Manage FullControl
const OPENS = {
  none: '- - - -',
  Read: 'r - - -',
  Write: 'r w - -',
  Manage: 'r w m -',
  FullControl: 'r w m f',
} as const
const OPENS_BY_LEVEL = {
  none: '- - - -',
  Read: 'r - - -',
  Contribute: 'r w - -',
  Edit: 'r w m -',
  'Full Control': 'r w m f',
} as const
const opens = (row: string, needs: Right) => row.split(' ')[RIGHTS.indexOf(needs)] !== '-'

/** Where a grant at a scope counts, written out. */
const COUNTS: Record<Scope, readonly Scope[]> = {
  Site: ['Site'],
  SiteCollection: ['Site', 'SiteCollection'],
  SiteSubscription: ['Site', 'SiteCollection', 'SiteSubscription'],
}

interface Row {
  readonly caller: (typeof CALLERS)[number]
  readonly registered: boolean
  readonly appOnly: boolean
  readonly right: Right | 'none'
  readonly scope: Scope
  readonly level: PermissionLevel | 'none'
  readonly needs: Right
  readonly target: Scope
}

function rowsOf(caller: Row['caller']): Row[] {
  const rows: Row[] = []
  const hasApp = caller.startsWith('application')
  const hasUser = caller.includes('user')
  for (const registered of hasApp ? [true, false] : [true])
    for (const appOnly of hasApp ? [true, false] : [true])
      for (const right of hasApp ? (['none', ...RIGHTS] as const) : (['none'] as const))
        for (const scope of hasApp ? SCOPES : (['Site'] as const))
          for (const level of hasUser ? (['none', ...LEVELS] as const) : (['none'] as const))
            for (const needs of RIGHTS)
              for (const target of SCOPES)
                rows.push({ caller, registered, appOnly, right, scope, level, needs, target })
  return rows
}

function questionOf({ caller, registered, appOnly, right, scope, level, needs, target }: Row): Question {
  const permissions = right === 'none' ? [] : [{ scope, right }]
  return {
    ...(caller.startsWith('application') && {
      app: { principal: registered ? { appOnly, permissions } : undefined },
    }),
    ...(caller.includes('user') && { user: { groups: level === 'none' ? [] : [{ level }] } }),
    needs,
    target,
  }
}

/** The rule of each caller, as the documentation has it, and nothing of the code under test. */
const EXPECTED: Record<Row['caller'], (row: Row) => string> = {
  nobody: () => 'rights of the user too small',
  user: ({ level, needs }) =>
    opens(OPENS_BY_LEVEL[level], needs) ? 'allowed' : 'rights of the user too small',
  application: ({ registered, appOnly, right, scope, needs, target }) => {
    if (!registered) return 'app principal unknown'
    if (!appOnly) return 'app-only policy not enabled'
    return COUNTS[scope].includes(target) && opens(OPENS[right], needs)
      ? 'allowed'
      : 'right of the application too small'
  },
  'application for a user': ({ registered, right, scope, level, needs, target }) => {
    if (!registered) return 'app principal unknown'
    if (!COUNTS[scope].includes(target) || !opens(OPENS[right], needs))
      return 'right of the application too small'
    return opens(OPENS_BY_LEVEL[level], needs) ? 'allowed' : 'rights of the user too small'
  },
}

const POLICY = {
  nobody: 'user only',
  user: 'user only',
  application: 'application only',
  'application for a user': 'user and application',
} as const

test.each(CALLERS)('%s: every registration, switch, right, scope, level, need and target', (caller) => {
  const rows = rowsOf(caller)
  const wrong = rows.filter((row) => {
    const verdict = decide(questionOf(row))
    const said = verdict.allowed ? 'allowed' : verdict.rule
    return said !== EXPECTED[caller](row) || verdict.policy !== POLICY[caller]
  })
  expect(wrong).toEqual([])
  expect(rows.length).toBe({ nobody: 12, user: 60, application: 720, 'application for a user': 3600 }[caller])
})

test('each right holds itself and those below it', () => {
  expect(RIGHTS.map((held) => RIGHTS.filter((needed) => holds(held, needed)))).toEqual([
    ['Read'],
    ['Read', 'Write'],
    ['Read', 'Write', 'Manage'],
    ['Read', 'Write', 'Manage', 'FullControl'],
  ])
})

const permission = fc.record({ scope: fc.constantFrom(...SCOPES), right: fc.constantFrom(...RIGHTS) })
const principal = fc.record({ appOnly: fc.boolean(), permissions: fc.array(permission, { maxLength: 5 }) })
const groups = fc.array(fc.record({ level: fc.constantFrom(...LEVELS) }), { maxLength: 4 })
const ask = fc.record({ needs: fc.constantFrom(...RIGHTS), target: fc.constantFrom(...SCOPES) })
const allows = (question: Question) => decide(question).allowed

test('taking a right, a group, a switch or a registration away never opens anything', () => {
  fc.assert(
    fc.property(principal, groups, ask, fc.nat(), fc.boolean(), (app, user, asked, index, withUser) => {
      const question = (one: typeof app | undefined, members: typeof user): Question => ({
        ...{ app: { principal: one }, ...asked },
        ...(withUser && { user: { groups: members } }),
      })
      const without = <T>(all: readonly T[]) => all.filter((_, at) => at !== index % Math.max(all.length, 1))
      const less = [
        question({ ...app, permissions: without(app.permissions) }, user),
        question({ ...app, appOnly: false }, user),
        question(app, without(user)),
        question(undefined, user),
      ]
      return allows(question(app, user)) || !less.some(allows)
    }),
  )
})

test('an application for a user reaches what both reach alone, and nothing else', () => {
  fc.assert(
    fc.property(principal, groups, ask, (app, members, asked) => {
      const both = allows({ app: { principal: app }, user: { groups: members }, ...asked })
      // By itself it would want the switch, which is about being alone.
      const appAlone = allows({ app: { principal: { ...app, appOnly: true } }, ...asked })
      const userAlone = allows({ user: { groups: members }, ...asked })
      return both === (appAlone && userAlone)
    }),
  )
})

test('a wider scope and a higher right never close anything', () => {
  fc.assert(
    fc.property(principal, ask, permission, (app, asked, added) => {
      const more = { ...app, permissions: [...app.permissions, added] }
      return !allows({ app: { principal: app }, ...asked }) || allows({ app: { principal: more }, ...asked })
    }),
  )
})
