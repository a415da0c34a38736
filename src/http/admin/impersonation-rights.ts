/** `/impersonation-rights`: the two rights of the 2010 model, granted or denied (Add-ADPermission). */
import * as z from 'zod'
import type { Authorization } from '../../products/exchange/rbac/authorization.ts'
import {
  ACCOUNT_RIGHT,
  type ImpersonationGrant,
  SERVER_RIGHT,
} from '../../products/exchange/rbac/management.ts'
import { written } from '../../trust/groups.ts'
import { accountNamed, type Identities, memberNamed, unwrapChange } from './identities.ts'
import { type AdminRoute, changeOf } from './route.ts'

const Identity = z.string().min(1).max(1024)

export const AddImpersonationRight = z
  .strictObject({
    extendedRight: z.enum([SERVER_RIGHT, ACCOUNT_RIGHT]),
    /** Who gets the right: an account or a group. */
    user: Identity,
    /** On which mailbox database, or on which account; absent: on the server. */
    database: z
      .string()
      .regex(/^\P{Cc}{1,256}$/u, 'expected the name of a mailbox database')
      .exactOptional(),
    account: Identity.exactOptional(),
    deny: z.boolean().default(false),
  })
  .superRefine((input, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    const objects = [input.database, input.account].filter((one) => one !== undefined)
    if (input.extendedRight === ACCOUNT_RIGHT && objects.length !== 1)
      fault('account', `expected exactly one of database, account with ${ACCOUNT_RIGHT}`)
    if (input.extendedRight === SERVER_RIGHT && objects.length > 0)
      fault(
        input.database === undefined ? 'account' : 'database',
        `expected only with ${ACCOUNT_RIGHT}: the other right stands on the server`,
      )
  })

export function impersonationRightRoutes(
  authorization: Authorization,
  identities: Identities,
  newId: () => string,
): AdminRoute[] {
  return [
    {
      method: 'GET',
      path: '/impersonation-rights',
      scope: 'read',
      handle: async () => ({ status: 200, body: { items: authorization.current().grants.map(viewOf) } }),
    },
    {
      method: 'POST',
      path: '/impersonation-rights',
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => ({ change: changeOf(input(AddImpersonationRight)) }),
      handle: async ({ input }) => {
        const { extendedRight: right, user, database, account, deny } = input(AddImpersonationRight)
        const trustee = await memberNamed(identities, 'user', user)
        const on: ImpersonationGrant['on'] =
          account !== undefined
            ? { kind: 'account', sid: (await accountNamed(identities.directory, 'account', account)).sid }
            : database !== undefined
              ? { kind: 'database', name: database }
              : { kind: 'server' }
        const granted = unwrapChange(await authorization.grant({ id: newId(), right, on, trustee, deny }))
        const location = `/admin/v1/impersonation-rights/${encodeURIComponent(granted.id)}`
        return { status: 201, body: viewOf(granted), location, done: { subject: granted.id } }
      },
    },
    {
      method: 'DELETE',
      path: '/impersonation-rights/:id',
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('id') }),
      handle: async ({ param }) => {
        unwrapChange(await authorization.revoke(param('id')))
        return { status: 204 }
      },
    },
  ]
}

function viewOf({ id, right, on, trustee, deny }: ImpersonationGrant) {
  return {
    id,
    extendedRight: right,
    ...(on.kind === 'database' && { database: on.name }),
    ...(on.kind === 'account' && { account: on.sid }),
    user: written(trustee),
    deny,
  }
}
