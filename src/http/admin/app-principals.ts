/** `/app-principals`: the applications that the site knows, and what they were granted (facts/administration.md C.4). */
import * as z from 'zod'
import { RIGHTS, SCOPES } from '../../products/sharepoint/authorization/rights.ts'
import type { AppPrincipal, SiteAccessStore } from '../../products/sharepoint/authorization/site-access.ts'
import { type EpochSeconds, isoTime } from '../../protocol/ids.ts'
import { formatPrincipal, parsePrincipal } from '../../protocol/principal.ts'
import type { OwnRealm } from '../../trust/own-realm.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

export const Register = z.strictObject({
  // Ids are compared exactly, and those of tokens are in lower case (facts/administration.md C.1).
  nameIdentifier: z
    .string()
    .max(300)
    .refine((text) => {
      const principal = parsePrincipal(text)
      return principal !== undefined && formatPrincipal(principal) === text
    }, 'expected <application id>@<realm> with the id in lower case'),
  displayName: z
    .string()
    .min(1)
    .max(256)
    .regex(/^\P{Cc}+$/u, 'expected a name without control characters'),
})

const scope = z.enum(SCOPES, { error: `expected one of ${SCOPES.join(', ')}` })
export const Grant = z.strictObject({
  scope,
  right: z.enum(RIGHTS, { error: `expected one of ${RIGHTS.join(', ')}` }),
  /** True lets it act without a user; false is said with `DELETE`, so that a grant never takes anything away. */
  enableAppOnlyPolicy: z.boolean().default(false),
})

const Revoke = z.strictObject({
  /** Absent: at every scope. */
  scope: scope.exactOptional(),
  disableAppOnlyPolicy: z.enum(['true', 'false'], { error: 'expected true or false' }).default('false'),
})

export function appPrincipalRoutes(
  store: SiteAccessStore,
  realm: OwnRealm,
  now: () => EpochSeconds,
): AdminRoute[] {
  const path = '/app-principals'
  const view = (principal: AppPrincipal) => viewOf(principal, realm.former())
  const find = async (nameIdentifier: string) => {
    const principal = await store.principal(nameIdentifier)
    if (principal === undefined) throw missing(nameIdentifier)
    return view(principal)
  }
  const existing = (done: string, nameIdentifier: string) => {
    if (done === 'missing') throw missing(nameIdentifier)
  }
  return [
    {
      method: 'GET',
      path,
      scope: 'read',
      handle: async () => ({ status: 200, body: { items: (await store.principals()).map(view) } }),
    },
    {
      method: 'POST',
      path,
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => {
        const { nameIdentifier, ...rest } = input(Register)
        return { subject: nameIdentifier, change: changeOf(rest) }
      },
      handle: async ({ input }) => {
        const { nameIdentifier, displayName } = input(Register)
        if ((await store.addPrincipal({ nameIdentifier, displayName, createdAt: now() })) === 'exists') {
          const detail = `saw ${nameIdentifier}`
          throw new ProblemError({
            ...{ status: 409, title: 'An app principal of this name identifier exists already', detail },
            errors: [{ path: 'nameIdentifier', detail }],
          })
        }
        const location = `/admin/v1${path}/${encodeURIComponent(nameIdentifier)}`
        return { status: 201, body: await find(nameIdentifier), location }
      },
    },
    {
      method: 'GET',
      path: `${path}/:nameIdentifier`,
      scope: 'read',
      handle: async ({ param }) => ({ status: 200, body: await find(param('nameIdentifier')) }),
    },
    {
      method: 'DELETE',
      path: `${path}/:nameIdentifier`,
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('nameIdentifier') }),
      handle: async ({ param }) => {
        existing(await store.removePrincipal(param('nameIdentifier')), param('nameIdentifier'))
        return { status: 204 }
      },
    },
    {
      method: 'POST',
      path: `${path}/:nameIdentifier/permissions`,
      scope: 'administer',
      kind: 'administration',
      change: ({ param, input }) => ({ subject: param('nameIdentifier'), change: changeOf(input(Grant)) }),
      handle: async ({ param, input }) => {
        const { enableAppOnlyPolicy, ...grant } = input(Grant)
        const name = param('nameIdentifier')
        existing(await store.grant(name, grant, enableAppOnlyPolicy || undefined), name)
        return { status: 200, body: await find(name) }
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:nameIdentifier/permissions`,
      scope: 'administer',
      kind: 'administration',
      takesQuery: true,
      change: ({ param, query }) => ({ subject: param('nameIdentifier'), change: changeOf(query(Revoke)) }),
      handle: async ({ param, query }) => {
        const { scope: at, disableAppOnlyPolicy } = query(Revoke)
        const name = param('nameIdentifier')
        existing(await store.revoke(name, at, disableAppOnlyPolicy === 'true' ? false : undefined), name)
        return { status: 200, body: await find(name) }
      },
    },
  ]
}

function viewOf(principal: AppPrincipal, former: readonly string[]) {
  const { nameIdentifier, displayName, appOnly, permissions, createdAt } = principal
  return {
    nameIdentifier,
    displayName,
    appOnlyPolicy: appOnly,
    permissions: SCOPES.flatMap((at) => permissions.filter((granted) => granted.scope === at)),
    // Registered in a realm that was given up.
    isOrphan: former.includes(parsePrincipal(nameIdentifier)?.realm ?? ''),
    createdAt: isoTime(createdAt),
  }
}

export type AppPrincipalView = ReturnType<typeof viewOf>

function missing(nameIdentifier: string): ProblemError {
  return new ProblemError({
    status: 404,
    title: 'No app principal has this name identifier',
    detail: `saw ${nameIdentifier.slice(0, 120)}`,
  })
}
