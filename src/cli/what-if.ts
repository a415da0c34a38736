/** What `--what-if` can say without the server: whether the body is one that the admin REST would take at all. */
import type * as z from 'zod'
import { Grant, Register } from '../http/admin/app-principals.ts'
import { AddAuthServer, ChangeAuthServer } from '../http/admin/auth-servers.ts'
import { ConfigureEnterpriseInput } from '../http/admin/enterprise-partners.ts'
import { ChangeCasMailbox, ChangeOrganization } from '../http/admin/ews-access.ts'
import { AddGroup } from '../http/admin/groups.ts'
import { faultIn } from '../http/admin/identities.ts'
import { AddImpersonationRight } from '../http/admin/impersonation-rights.ts'
import { AddAssignment, AddScope, ChangeAssignment, ChangeScope } from '../http/admin/management.ts'
import { Change as ChangeOAuthConfiguration } from '../http/admin/oauth-configuration.ts'
import { ChangePartner, RegisterPartner } from '../http/admin/partner-applications.ts'
import {
  AddFolderPermission,
  AddMailboxPermission,
  ChangeFolderPermission,
} from '../http/admin/permissions.ts'
import { ChangeRealm } from '../http/admin/realm.ts'
import { AddRoot } from '../http/admin/root-authorities.ts'
import { AddKey } from '../http/admin/signing-keys.ts'
import { AddGroup as AddSiteGroup } from '../http/admin/site-groups.ts'
import { AddIssuer, ChangeIssuer } from '../http/admin/token-issuers.ts'
import { AddUser, ChangeUser } from '../http/admin/users.ts'
import { type Problem, problemOfInput } from '../http/problem.ts'
import { readFilter } from '../products/exchange/rbac/opath.ts'
import { RefusedError } from './exit.ts'

// Method and path of a call → the schema that its handler reads the body with; `*` is one part of the path.
const BODIES: Readonly<Record<string, z.ZodType>> = {
  'POST /users': AddUser,
  'PATCH /users/*': ChangeUser,
  'POST /groups': AddGroup,
  'POST /signing-keys': AddKey,
  'POST /partner-applications': RegisterPartner,
  'PATCH /partner-applications/*': ChangePartner,
  'POST /enterprise-partner-applications': ConfigureEnterpriseInput,
  'POST /auth-servers': AddAuthServer,
  'PATCH /auth-servers/*': ChangeAuthServer,
  'PATCH /oauth-configuration': ChangeOAuthConfiguration,
  'POST /management-scopes': AddScope,
  'PATCH /management-scopes/*': ChangeScope,
  'POST /management-role-assignments': AddAssignment,
  'PATCH /management-role-assignments/*': ChangeAssignment,
  'POST /impersonation-rights': AddImpersonationRight,
  'PATCH /organization-config': ChangeOrganization,
  'PATCH /cas-mailboxes/*': ChangeCasMailbox,
  'POST /folder-permissions/*/*': AddFolderPermission,
  'PATCH /folder-permissions/*/*/*': ChangeFolderPermission,
  'POST /mailbox-permissions/*': AddMailboxPermission,
  'POST /trusted-security-token-issuers': AddIssuer,
  'PATCH /trusted-security-token-issuers/*': ChangeIssuer,
  'POST /app-principals': Register,
  'POST /app-principals/*/permissions': Grant,
  'POST /site-groups': AddSiteGroup,
  'POST /trusted-root-authorities': AddRoot,
  'PATCH /authentication-realm': ChangeRealm,
}

/** Throws the refusal that a server would answer a body with that its schema does not take. */
export function refuseUnusable(method: string, path: string, body: unknown): void {
  const [named = ''] = path.split('?')
  const read = schemaOf(method, named)?.safeParse(body)
  if (read === undefined) return
  const problem = read.success ? problemOfFilter(read.data) : problemOfInput(read.error, body)
  if (problem !== undefined) throw new RefusedError({ status: problem.status, body: problem })
}

// A schema has the length of a filter alone.
function problemOfFilter(body: unknown): Problem | undefined {
  const { recipientRestrictionFilter: filter } = body as { recipientRestrictionFilter?: string }
  const read = filter === undefined ? undefined : readFilter(filter)
  if (read === undefined || read.ok) return undefined
  const expected = `${read.expected} at position ${read.position}`
  return faultIn('recipientRestrictionFilter', expected, read.seen).problem
}

function schemaOf(method: string, path: string): z.ZodType | undefined {
  const parts = `${method} ${path}`.split('/')
  const call = Object.keys(BODIES).find((one) => {
    const wanted = one.split('/')
    return wanted.length === parts.length && wanted.every((part, i) => part === '*' || part === parts[i])
  })
  return call === undefined ? undefined : BODIES[call]
}
