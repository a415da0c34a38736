/** Which roles an account has over a recipient: the decision table, and what no change may ever do. */
import fc from 'fast-check'
import { type AuthorizationState, decideRole } from '../../../../src/products/exchange/rbac/evaluate.ts'
import type { AssignmentScope, RoleAssignment } from '../../../../src/products/exchange/rbac/management.ts'
import { ROLE_NAMES, type RoleName } from '../../../../src/products/exchange/rbac/roles.ts'
import type { Decision, RuleCode } from '../../../../src/products/exchange/rbac/rules.ts'
import type { User } from '../../../../src/trust/directory.ts'
import { account, group, person, scope, state, team } from './samples.ts'

const ROLE: RoleName = 'ApplicationImpersonation'
const SERVICE = account(2000, 'service', { mailboxEnabled: false, enabled: false })
const OTHER = account(2001, 'other')

// Whom it is about: by department, container, and exclusive scopes.
const SALES = account(1, 'sales', { attributes: { department: 'Sales' } })
const RECIPIENTS = {
  'in Sales': SALES,
  'in Sales, disabled': { ...SALES, enabled: false },
  'in the unit West': account(2, 'west', { organizationalUnit: 'litwareinc.com/West/South' }),
  elsewhere: account(3, 'elsewhere', { organizationalUnit: 'litwareinc.com/Western' }),
  'a board member': account(4, 'board', {
    organizationalUnit: 'litwareinc.com/West',
    attributes: { department: 'Sales', customAttribute1: 'board' },
  }),
  'a judge': account(5, 'judge', { attributes: { department: 'Sales', customAttribute1: 'judge' } }),
  both: account(6, 'both', { attributes: { customAttribute1: 'board', customAttribute2: 'judge' } }),
} as const satisfies Record<string, User>
type RecipientName = keyof typeof RECIPIENTS

const SCOPES = [
  scope('Sales', "Department -eq 'Sales'"),
  scope('Sales in West', "Department -eq 'Sales'", { recipientRoot: 'litwareinc.com/West' }),
  scope('Board', "CustomAttribute1 -eq 'board'", { exclusive: true }),
  scope('Judges', "CustomAttribute1 -eq 'judge' -or CustomAttribute2 -eq 'judge'", { exclusive: true }),
]

const ASSIGNED_OVER = {
  everybody: { kind: 'none' },
  'the scope Sales': { kind: 'custom', scope: 'sales' },
  'the scope Sales in West': { kind: 'custom', scope: 'Sales in West' },
  'a scope that is gone': { kind: 'custom', scope: 'Gone' },
  'the unit West': { kind: 'unit', scope: 'LITWAREINC.COM/west' },
  'the exclusive scope Board': { kind: 'exclusive', scope: 'board' },
  'the exclusive scope Judges': { kind: 'exclusive', scope: 'Judges' },
} as const satisfies Record<string, AssignmentScope>
type OverName = keyof typeof ASSIGNED_OVER

// y: it holds; o: outside the scope; x: closed by an exclusive scope. Columns as the recipients stand above.
const TABLE: Record<OverName, string> = {
  everybody: 'y y y y x x x',
  'the scope Sales': 'y y o o x x x',
  'the scope Sales in West': 'o o o o x x x',
  'a scope that is gone': 'o o o o x x x',
  'the unit West': 'o o y o x x x',
  'the exclusive scope Board': 'o o o o y x y',
  'the exclusive scope Judges': 'o o o o x y y',
}
const MEANING: Record<string, RuleCode> = {
  y: 'role_assigned',
  o: 'recipient_outside_scope',
  x: 'recipient_in_exclusive_scope',
}

const HOW = {
  'not at all': undefined,
  'another role': { role: 'ArchiveApplication' },
  'to somebody else': { assignee: person(OTHER) },
  'to a group it is not in': { assignee: team('Strangers') },
  disabled: { enabled: false },
  'to hand on only': { delegating: true },
  'to itself': {},
  'to its group': { assignee: team('robots') },
  'to a group around its group': { assignee: team('Machines') },
} as const satisfies Record<string, Partial<RoleAssignment> | undefined>
const NOT_IN_FORCE: Partial<Record<keyof typeof HOW, RuleCode>> = {
  'not at all': 'role_not_assigned',
  'another role': 'role_not_assigned',
  'to somebody else': 'role_not_assigned',
  'to a group it is not in': 'role_not_assigned',
  disabled: 'assignment_disabled',
  'to hand on only': 'assignment_delegates_only',
}

const GROUPS = [
  group('Robots', person(SERVICE)),
  group('Machines', team('Robots')),
  group('Strangers', person(OTHER)),
]

const rows = (Object.keys(HOW) as (keyof typeof HOW)[]).flatMap((how) =>
  (Object.keys(ASSIGNED_OVER) as OverName[]).flatMap((over) =>
    (Object.keys(RECIPIENTS) as RecipientName[]).map((recipient, column) => {
      const expected = NOT_IN_FORCE[how] ?? MEANING[TABLE[over].split(' ')[column]!]!
      return [how, over, recipient, expected] as const
    }),
  ),
)

function given(how: keyof typeof HOW, over: OverName): RoleAssignment[] {
  const change: Partial<RoleAssignment> | undefined = HOW[how]
  if (change === undefined) return []
  const assignment = { name: 'A', role: ROLE, assignee: person(SERVICE), delegating: false, enabled: true }
  return [{ ...assignment, scope: ASSIGNED_OVER[over], ...change }]
}

describe('a role assigned', () => {
  test.each(rows)('%s, over %s, is decided for one %s: %s', (how, over, recipient, rule) => {
    const decision = decideRole(
      state({ groups: GROUPS, scopes: SCOPES, assignments: given(how, over) }),
      SERVICE.sid,
      ROLE,
      RECIPIENTS[recipient],
    )
    expect(decision).toMatchObject({ allowed: rule === 'role_assigned', rule })
    if (rule === 'recipient_in_exclusive_scope') expect(['Board', 'Judges']).toContain(decision.by)
    else expect(decision.by).toBe(rule === 'role_not_assigned' ? ROLE : 'A')
  })

  test('several assignments together reach what each of them reaches', () => {
    const assignments = [
      ...given('disabled', 'everybody'),
      ...given('to itself', 'the unit West').map((one) => ({ ...one, name: 'West' })),
      ...given('to its group', 'the exclusive scope Board').map((one) => ({ ...one, name: 'Board' })),
    ]
    const decided = Object.values(RECIPIENTS).map((recipient) => {
      const { rule, by } = decideRole(
        state({ groups: GROUPS, scopes: SCOPES, assignments }),
        SERVICE.sid,
        ROLE,
        recipient,
      )
      return rule === 'role_assigned' ? by : rule
    })
    expect(decided).toEqual([
      'recipient_outside_scope',
      'recipient_outside_scope',
      'West',
      'recipient_outside_scope',
      'Board',
      'recipient_in_exclusive_scope',
      'Board',
    ])
  })

  test('an exclusive scope closes its recipients though no assignment names it', () => {
    const before = state({ groups: GROUPS, assignments: given('to itself', 'everybody') })
    const after = { ...before, scopes: state({ scopes: SCOPES.slice(2, 3) }).scopes }
    const board = RECIPIENTS['a board member']
    expect(decideRole(before, SERVICE.sid, ROLE, board).allowed).toBe(true)
    expect(decideRole(after, SERVICE.sid, ROLE, board)).toEqual({
      allowed: false,
      rule: 'recipient_in_exclusive_scope',
      by: 'Board',
    })
  })
})

// Random organizations: everything that matters is drawn from a few values, so that it meets.
const department = fc.constantFrom('Sales', 'IT', 'Board')
const recipients = fc.array(
  fc.record({ department, unit: fc.constantFrom('East', 'West', 'West/South'), enabled: fc.boolean() }),
  { minLength: 1, maxLength: 4 },
)
const accounts = [SERVICE, OTHER]
const assignee = fc.constantFrom(person(SERVICE), person(OTHER), team('Robots'), team('Machines'))
const filters = fc.constantFrom(
  "Department -eq 'Sales'",
  "Department -like '*o*'",
  'Department -ne $null',
  "-not (Department -eq 'IT')",
  "Department -eq 'nobody'",
)
const scopes = fc
  .array(
    fc.record({ filter: filters, exclusive: fc.boolean(), root: fc.option(fc.constantFrom('West', 'East')) }),
    {
      maxLength: 4,
    },
  )
  .map((all) =>
    all.map(({ filter, exclusive, root }, index) =>
      scope(`S${index}`, filter, {
        exclusive,
        ...(root !== null && { recipientRoot: `litwareinc.com/${root}` }),
      }),
    ),
  )
const assignmentScope: fc.Arbitrary<AssignmentScope> = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  fc.record({ kind: fc.constant('unit' as const), scope: fc.constant('litwareinc.com/West') }),
  fc.record({
    kind: fc.constantFrom('custom' as const, 'exclusive' as const),
    scope: fc.constantFrom('S0', 'S1', 'S2', 'S3'),
  }),
)
const assignment: fc.Arbitrary<Omit<RoleAssignment, 'name'>> = fc.record({
  role: fc.constantFrom(...ROLE_NAMES.slice(0, 3)),
  assignee,
  scope: assignmentScope,
  delegating: fc.boolean(),
  enabled: fc.boolean(),
})
const organizations = fc.record({
  people: recipients.map((all) =>
    all.map((one, index) =>
      account(3000 + index, `user${index}`, {
        enabled: one.enabled,
        organizationalUnit: `litwareinc.com/${one.unit}`,
        attributes: { department: one.department },
      }),
    ),
  ),
  state: fc
    .record({ scopes, assignments: fc.array(assignment, { maxLength: 5 }) })
    .map(({ scopes, assignments }) =>
      state({
        groups: GROUPS,
        scopes,
        assignments: assignments.map((one, index) => ({ ...one, name: `A${index}` })),
      }),
    ),
})

type Seen = readonly (readonly [string, Decision])[]

function everyDecision(current: AuthorizationState, people: readonly User[]): Seen {
  return accounts.flatMap(({ sid }) =>
    ROLE_NAMES.slice(0, 3).flatMap((role) =>
      people.map((one) => [`${sid} ${role} ${one.sid}`, decideRole(current, sid, role, one)] as const),
    ),
  )
}

function opened(before: Seen, after: Seen): string[] {
  const allowed = new Map(before.map(([key, { allowed }]) => [key, allowed]))
  return after.filter(([key, decision]) => decision.allowed && allowed.get(key) !== true).map(([key]) => key)
}

describe('whatever the organization', () => {
  test('another exclusive scope never opens anything', () => {
    fc.assert(
      fc.property(organizations, filters, ({ people, state: before }, filter) => {
        const added = scope('Closed', filter, { exclusive: true })
        const after = { ...before, scopes: new Map([...before.scopes, ['closed', added]]) }
        expect(opened(everyDecision(before, people), everyDecision(after, people))).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  test('an exclusive scope never widens what is open to those whose assignments do not name it', () => {
    fc.assert(
      fc.property(organizations, filters, ({ people, state: before }, filter) => {
        const added = scope('Mine', filter, { exclusive: true })
        const named: RoleAssignment = {
          ...{ name: 'named', role: ROLE, assignee: person(OTHER), delegating: false, enabled: true },
          scope: { kind: 'exclusive', scope: 'Mine' },
        }
        const after = {
          ...before,
          scopes: new Map([...before.scopes, ['mine', added]]),
          assignments: [...before.assignments, named],
        }
        const widened = opened(everyDecision(before, people), everyDecision(after, people))
        expect(widened.filter((key) => !key.startsWith(`${OTHER.sid} ${ROLE}`))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('taking an assignment away, disabling it or making it delegate never opens anything', () => {
    const changes = fc.constantFrom<(one: RoleAssignment) => RoleAssignment[]>(
      () => [],
      (one) => [{ ...one, enabled: false }],
      (one) => [{ ...one, delegating: true }],
    )
    fc.assert(
      fc.property(organizations, fc.nat(4), changes, ({ people, state: before }, which, change) => {
        const after = {
          ...before,
          assignments: before.assignments.flatMap((one, index) => (index === which ? change(one) : [one])),
        }
        expect(opened(everyDecision(before, people), everyDecision(after, people))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('nothing is allowed without an assignment in force, and every decision names its rule', () => {
    fc.assert(
      fc.property(organizations, ({ people, state: current }) => {
        for (const [, { allowed, rule, by }] of everyDecision(current, people)) {
          expect(allowed).toBe(rule === 'role_assigned')
          if (!allowed) continue
          expect(current.assignments.find(({ name }) => name === by)).toMatchObject({
            enabled: true,
            delegating: false,
          })
        }
      }),
      { numRuns: 500 },
    )
  })
})
