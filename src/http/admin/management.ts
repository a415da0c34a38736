/** `/management-roles`, `/management-scopes` and `/management-role-assignments`: Exchange's role based access control. */
import * as z from 'zod'
import type { Authorization } from '../../products/exchange/rbac/authorization.ts'
import { inScope } from '../../products/exchange/rbac/evaluate.ts'
import type {
  AssignmentScope,
  ManagementScope,
  RoleAssignment,
} from '../../products/exchange/rbac/management.ts'
import { findRole, ROLE_NAMES, roleOf } from '../../products/exchange/rbac/roles.ts'
import { nameOf } from '../../trust/account.ts'
import { fold } from '../../trust/directory-names.ts'
import { findGroup, type Member, written } from '../../trust/groups.ts'
import { Container } from './groups.ts'
import { accountNamed, faultIn, type Identities, unwrapChange } from './identities.ts'
import { ListAssignments, wantedAssignments } from './role-assignee.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

const Name = z
  .string()
  .regex(
    /^[^\s/\\\p{Cc}][^/\\\p{Cc}]{0,63}$/u,
    'expected 1 to 64 characters without / \\ or control characters',
  )
// The reader of filters has its own bound and says where a filter ends that is too long.
const Filter = z.string().min(1).max(100_000)
const Identity = z.string().min(1).max(1024)

export const AddScope = z.strictObject({
  name: Name,
  recipientRestrictionFilter: Filter,
  recipientRoot: Container.exactOptional(),
  exclusive: z.boolean().default(false),
})

const SCOPE_MEMBERS = ['name', 'recipientRestrictionFilter', 'recipientRoot'] as const

export const ChangeScope = z
  .strictObject({
    name: Name.exactOptional(),
    recipientRestrictionFilter: Filter.exactOptional(),
    recipientRoot: Container.nullable().exactOptional(),
  })
  .refine((input) => Object.keys(input).length > 0, {
    error: `expected at least one of ${SCOPE_MEMBERS.join(', ')}`,
  })

const WRITE_SCOPES = [
  'customRecipientWriteScope',
  'recipientOrganizationalUnitScope',
  'exclusiveRecipientWriteScope',
] as const

const ASSIGNEES = ['user', 'securityGroup'] as const
const ONE_ASSIGNEE = `expected exactly one of ${ASSIGNEES.join(', ')}`
const ONE_SCOPE = `expected at most one of ${WRITE_SCOPES.join(', ')}`

export const AddAssignment = z
  .strictObject({
    name: Name.exactOptional(),
    role: z
      .string()
      .refine((name) => findRole(name) !== undefined, `expected one of ${ROLE_NAMES.join(', ')}`),
    user: Identity.exactOptional(),
    securityGroup: Identity.exactOptional(),
    customRecipientWriteScope: Name.exactOptional(),
    recipientOrganizationalUnitScope: Container.exactOptional(),
    exclusiveRecipientWriteScope: Name.exactOptional(),
    delegating: z.boolean().default(false),
    enabled: z.boolean().default(true),
  })
  .superRefine((input, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if ((input.user === undefined) === (input.securityGroup === undefined)) fault('user', ONE_ASSIGNEE)
    for (const name of WRITE_SCOPES.filter((one) => input[one] !== undefined).slice(1)) fault(name, ONE_SCOPE)
  })

// Null takes the scope away: the assignment then holds over every recipient.
export const ChangeAssignment = z
  .strictObject({
    enabled: z.boolean().exactOptional(),
    customRecipientWriteScope: Name.nullable().exactOptional(),
    recipientOrganizationalUnitScope: Container.nullable().exactOptional(),
    exclusiveRecipientWriteScope: Name.nullable().exactOptional(),
  })
  .superRefine((input, context) => {
    for (const name of WRITE_SCOPES.filter((one) => input[one] !== undefined).slice(1))
      context.addIssue({ code: 'custom', path: [name], message: ONE_SCOPE })
  })
  .refine((input) => Object.keys(input).length > 0, {
    error: `expected at least one of enabled, ${WRITE_SCOPES.join(', ')}`,
  })

export function managementRoutes(authorization: Authorization, identities: Identities): AdminRoute[] {
  return [
    {
      method: 'GET',
      path: '/management-roles',
      scope: 'read',
      handle: async () => ({
        status: 200,
        body: { items: ROLE_NAMES.map((name) => ({ name, ...roleOf(name) })) },
      }),
    },
    ...scopeRoutes(authorization, identities),
    ...assignmentRoutes(authorization, identities),
  ]
}

function scopeRoutes(authorization: Authorization, { directory }: Identities): AdminRoute[] {
  const path = '/management-scopes'
  // A scope over nothing is allowed: its recipients may come later. It is mostly a mistake all the same.
  const viewed = async (scope: ManagementScope) => {
    const { groups, scopes } = authorization.current()
    const read = scopes.get(fold(scope.name))
    const isEmpty =
      read !== undefined && !(await directory.list()).some((user) => inScope(read, user, groups))
    return isEmpty
      ? { ...scopeView(scope), warnings: [`the scope ${scope.name} holds no recipient at this moment`] }
      : scopeView(scope)
  }
  const find = (name: string): ManagementScope => {
    const scope = authorization.current().scopes.get(fold(name))
    if (scope !== undefined) return scope
    throw missing('management scope', name)
  }
  return [
    {
      method: 'GET',
      path,
      scope: 'read',
      handle: async () => ({
        status: 200,
        body: { items: [...authorization.current().scopes.values()].map(scopeView) },
      }),
    },
    {
      method: 'POST',
      path,
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => {
        const { name, ...rest } = input(AddScope)
        return { subject: name, change: changeOf(rest) }
      },
      handle: async ({ input }) => {
        const { recipientRestrictionFilter: recipientFilter, ...rest } = input(AddScope)
        const scope = unwrapChange(await authorization.addScope({ ...rest, recipientFilter }))
        const location = `/admin/v1${path}/${encodeURIComponent(scope.name)}`
        return { status: 201, body: await viewed(scope), location }
      },
    },
    {
      method: 'GET',
      path: `${path}/:name`,
      scope: 'read',
      handle: async ({ param }) => ({ status: 200, body: await viewed(find(param('name'))) }),
    },
    {
      method: 'PATCH',
      path: `${path}/:name`,
      scope: 'administer',
      kind: 'administration',
      change: ({ param, input }) => ({ subject: param('name'), change: changeOf(input(ChangeScope)) }),
      handle: async ({ param, input }) => {
        const { recipientRestrictionFilter: recipientFilter, ...rest } = input(ChangeScope)
        const change = { ...rest, ...(recipientFilter !== undefined && { recipientFilter }) }
        const scope = unwrapChange(await authorization.changeScope(param('name'), change))
        return { status: 200, body: await viewed(scope) }
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:name`,
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('name') }),
      handle: async ({ param }) => {
        unwrapChange(await authorization.removeScope(param('name')))
        return { status: 204 }
      },
    },
  ]
}

function assignmentRoutes(authorization: Authorization, identities: Identities): AdminRoute[] {
  const path = '/management-role-assignments'
  const view = async (assignment: RoleAssignment) => ({
    ...assignmentView(assignment),
    roleAssigneeName: await assigneeNameOf(assignment.assignee, identities),
  })
  const find = (name: string): RoleAssignment => {
    const { assignments } = authorization.current()
    const assignment = assignments.find((one) => fold(one.name) === fold(name))
    if (assignment !== undefined) return assignment
    throw missing('role assignment', name)
  }
  return [
    {
      method: 'GET',
      path,
      scope: 'read',
      takesQuery: true,
      handle: async ({ query }) => {
        const isWanted = await wantedAssignments(identities, query(ListAssignments))
        const all = await Promise.all(
          authorization.current().assignments.map(async (one) => ({ one, shown: await view(one) })),
        )
        const found = all.filter(({ one, shown }) => isWanted({ ...one, ...shown }))
        return { status: 200, body: { items: found.map(({ shown }) => shown) } }
      },
    },
    {
      method: 'POST',
      path,
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => {
        const { name, ...rest } = input(AddAssignment)
        return { ...(name !== undefined && { subject: name }), change: changeOf(rest) }
      },
      handle: async ({ input }) => {
        const { name, role: given, delegating, enabled, ...rest } = input(AddAssignment)
        const role = findRole(given)
        if (role === undefined) throw new Error('AddAssignment let a role through that there is not')
        const assignee = await assigneeOf(identities, rest)
        const scope = writeScopeOf(rest) ?? ORGANIZATION
        const [added] = unwrapChange(
          await authorization.assign([
            {
              ...{ role, assignee, scope, delegating, enabled },
              assigneeName: await assigneeNameOf(assignee, identities),
              ...(name !== undefined && { name }),
            },
          ]),
        )
        if (added === undefined) throw new Error('one assignment was asked for and none was made')
        const location = `/admin/v1${path}/${encodeURIComponent(added.name)}`
        return { status: 201, body: await view(added), location, done: { subject: added.name } }
      },
    },
    {
      method: 'GET',
      path: `${path}/:name`,
      scope: 'read',
      handle: async ({ param }) => ({ status: 200, body: await view(find(param('name'))) }),
    },
    {
      method: 'PATCH',
      path: `${path}/:name`,
      scope: 'administer',
      kind: 'administration',
      change: ({ param, input }) => ({ subject: param('name'), change: changeOf(input(ChangeAssignment)) }),
      handle: async ({ param, input }) => {
        const wanted = input(ChangeAssignment)
        const scope = writeScopeOf(wanted)
        const change = {
          ...(wanted.enabled !== undefined && { enabled: wanted.enabled }),
          ...(scope !== undefined && { scope }),
        }
        const changed = unwrapChange(await authorization.changeAssignment(param('name'), change))
        return { status: 200, body: await view(changed) }
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:name`,
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('name') }),
      handle: async ({ param }) => {
        unwrapChange(await authorization.removeAssignments([param('name')]))
        return { status: 204 }
      },
    },
  ]
}

// An account that is gone goes by its SID.
async function assigneeNameOf(assignee: Member, { directory }: Identities): Promise<string> {
  if (assignee.kind === 'group') return assignee.name
  const [account] = await directory.find('sid', assignee.sid)
  return account === undefined ? assignee.sid : nameOf(account)
}

const ORGANIZATION: AssignmentScope = { kind: 'none' }

type WriteScopes = { readonly [name in (typeof WRITE_SCOPES)[number]]?: string | null }

// Undefined: nothing was said about it.
function writeScopeOf(wanted: WriteScopes): AssignmentScope | undefined {
  const kinds = { customRecipientWriteScope: 'custom', recipientOrganizationalUnitScope: 'unit' } as const
  const said = WRITE_SCOPES.find((name) => wanted[name] !== undefined)
  if (said === undefined) return undefined
  const scope = wanted[said] ?? null
  if (scope === null) return ORGANIZATION
  return { kind: said === 'exclusiveRecipientWriteScope' ? 'exclusive' : kinds[said], scope }
}

async function assigneeOf(
  { directory, groups }: Identities,
  { user, securityGroup }: { user?: string; securityGroup?: string },
): Promise<Member> {
  if (user !== undefined) {
    const { sid } = await accountNamed(directory, 'user', user)
    return { kind: 'account', sid }
  }
  const group = findGroup(groups.current(), securityGroup ?? '')
  if (group !== undefined) return { kind: 'group', name: group.name }
  throw faultIn(
    'securityGroup',
    'the name or distinguished name of a group',
    (securityGroup ?? '').slice(0, 80),
  )
}

function scopeView({ name, recipientFilter, recipientRoot, exclusive }: ManagementScope) {
  return {
    name,
    recipientRestrictionFilter: recipientFilter,
    ...(recipientRoot !== undefined && { recipientRoot }),
    exclusive,
  }
}

/** An assignment as the REST shows it. */
export function assignmentView({ name, role, assignee, scope, delegating, enabled }: RoleAssignment) {
  return {
    name,
    role,
    ...(assignee.kind === 'account' ? { user: written(assignee) } : { securityGroup: written(assignee) }),
    ...(scope.kind === 'custom' && { customRecipientWriteScope: scope.scope }),
    ...(scope.kind === 'unit' && { recipientOrganizationalUnitScope: scope.scope }),
    ...(scope.kind === 'exclusive' && { exclusiveRecipientWriteScope: scope.scope }),
    delegating,
    enabled,
  }
}

function missing(what: string, name: string): ProblemError {
  return new ProblemError({
    status: 404,
    title: `No ${what} has this name`,
    detail: `saw ${name.slice(0, 80)}`,
  })
}
