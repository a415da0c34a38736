/** For whom an application may act: linked account × assignment × scope × user → yes, or no and by which rule. */

import { mayActForUser } from '../../../../src/products/exchange/rbac/acting.ts'
import type { AuthorizationState } from '../../../../src/products/exchange/rbac/evaluate.ts'
import type { RoleAssignment } from '../../../../src/products/exchange/rbac/management.ts'
import type { Caller, Kit } from '../../../../src/products/product.ts'
import type { AuditEvent } from '../../../../src/trust/audit-record.ts'
import { account, person, scope, state } from './samples.ts'

const APPLICATION = account(2000, 'portal', { mailboxEnabled: false, enabled: false })
const ANNA = account(1, 'anna', { attributes: { department: 'Desk' } })
const CLARA = account(2, 'clara')
const REQUEST = { through: 'POST /EWS/Exchange.asmx', requestId: 'request-1' }

const given = (change: Partial<RoleAssignment> = {}): RoleAssignment => ({
  name: 'Portal',
  role: 'UserApplication',
  assignee: person(APPLICATION),
  scope: { kind: 'none' },
  delegating: false,
  enabled: true,
  ...change,
})
const DESK = scope('Desk', "Department -eq 'Desk'")
const CLOSED = scope('Closed', "Department -eq 'Desk'", { exclusive: true })
const custom = { kind: 'custom', scope: 'Desk' } as const
const exclusive = { kind: 'exclusive', scope: 'Closed' } as const

async function decide(
  authorization: AuthorizationState,
  user: Caller['user'],
  linkedAccount: string | undefined = APPLICATION.sid,
) {
  const events: AuditEvent[] = []
  const kit = {
    authorization: { current: () => authorization },
    directory: { find: async (_: string, sid: string) => [APPLICATION].filter((one) => one.sid === sid) },
    record: (event: AuditEvent) => events.push(event),
  } as unknown as Kit
  const partner = { issuer: 'portal@litwareinc.com', ...(linkedAccount !== '' && { linkedAccount }) }
  const caller = { partner, ...(user && { user }) } as Caller
  const allowed = await mayActForUser(caller, kit, REQUEST)
  expect(events.map(({ kind, requestId, status }) => [kind, requestId, status])).toEqual(
    allowed ? [] : [['forbidden', 'request-1', 403]],
  )
  return allowed ? 'yes' : events[0]!.rule
}

const AS = 'as portal@litwareinc.com'
test.each([
  ['no assignment', state(), 'role_not_assigned (UserApplication)', 'role_not_assigned (UserApplication)'],
  [
    'another role',
    state({ assignments: [given({ role: 'ArchiveApplication' })] }),
    'role_not_assigned (UserApplication)',
    'role_not_assigned (UserApplication)',
  ],
  ['the role over everybody', state({ assignments: [given()] }), 'yes', 'yes'],
  [
    'the role, disabled',
    state({ assignments: [given({ enabled: false })] }),
    'assignment_disabled (Portal)',
    'assignment_disabled (Portal)',
  ],
  [
    'the role to hand on',
    state({ assignments: [given({ delegating: true })] }),
    'assignment_delegates_only (Portal)',
    'assignment_delegates_only (Portal)',
  ],
  [
    'the role over desk workers',
    state({ scopes: [DESK], assignments: [given({ scope: custom })] }),
    'yes',
    'recipient_outside_scope (Portal)',
  ],
  [
    'the role over everybody, and an exclusive scope',
    state({ scopes: [CLOSED], assignments: [given()] }),
    'recipient_in_exclusive_scope (Closed)',
    'yes',
  ],
  [
    'the role in the exclusive scope',
    state({ scopes: [CLOSED], assignments: [given({ scope: exclusive })] }),
    'yes',
    'recipient_outside_scope (Portal)',
  ],
])('with %s: for a desk worker and for somebody else', async (_, authorization, anna, clara) => {
  const wanted = (user: typeof ANNA, rule: string) =>
    rule === 'yes' ? rule : `acting for ${user.upn}: ${rule}, ${AS}`
  expect(await decide(authorization, ANNA)).toBe(wanted(ANNA, anna))
  expect(await decide(authorization, CLARA)).toBe(wanted(CLARA, clara))
})

test('without a linked account the trust level alone decides; a token without a user asks for nobody', async () => {
  expect(await decide(state(), ANNA, '')).toBe('yes')
  expect(await decide(state(), undefined)).toBe('yes')
})

test('a linked account that is gone from the directory has no roles', async () => {
  expect(await decide(state({ assignments: [given()] }), ANNA, 'S-1-5-21-9-9-9-9')).toContain(
    'linked_account_missing',
  )
})
