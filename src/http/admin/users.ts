/** `/users`: the people this server knows. */
import * as z from 'zod'
import type { DirectoryStore, User } from '../../trust/directory.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

const Address = z
  .string()
  .max(320)
  .regex(/^[^\s@:\p{Cc}]+@[^\s@:\p{Cc}]+$/u, 'expected name@domain')

export const AddUser = z.strictObject({
  sid: z.string().regex(/^S-1(-[0-9]{1,10}){2,15}$/i, 'expected a SID such as S-1-5-21-1-2-3-1104'),
  upn: Address,
  smtp: Address.exactOptional(),
  sip: z
    .string()
    .max(320)
    .regex(/^(sip:)?[^\s@:\p{Cc}]+@[^\s@:\p{Cc}]+$/iu, 'expected sip:name@domain')
    .transform((sip) => (/^sip:/i.test(sip) ? sip : `sip:${sip}`))
    .exactOptional(),
  displayName: z
    .string()
    .max(256)
    .regex(/^\P{Cc}+$/u, 'expected a name without control characters'),
  enabled: z.boolean().default(true),
  mailboxEnabled: z.boolean().default(true),
  archivingEnabled: z.boolean().default(false),
}) satisfies z.ZodType<User>

export function userRoutes(directory: DirectoryStore): AdminRoute[] {
  const find = async (sid: string): Promise<User> => {
    const [user] = await directory.find('sid', sid)
    if (user === undefined) throw notFound(sid)
    return user
  }
  return [
    {
      method: 'GET',
      path: '/users',
      scope: 'read',
      handle: async () => ({ status: 200, body: { items: await directory.list() } }),
    },
    {
      method: 'POST',
      path: '/users',
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => {
        const user = input(AddUser)
        return { subject: user.sid, user: user.upn, change: changeOf(user) }
      },
      handle: async ({ input }) => {
        const user = input(AddUser)
        if ((await directory.add(user)) === 'exists') {
          const detail = `saw ${user.sid}`
          throw new ProblemError({
            status: 409,
            title: 'A user with this SID exists already',
            detail,
            errors: [{ path: 'sid', detail }],
          })
        }
        return { status: 201, body: user, location: `/admin/v1/users/${encodeURIComponent(user.sid)}` }
      },
    },
    {
      method: 'GET',
      path: '/users/:sid',
      scope: 'read',
      handle: async ({ param }) => ({ status: 200, body: await find(param('sid')) }),
    },
    {
      method: 'DELETE',
      path: '/users/:sid',
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('sid') }),
      handle: async ({ param }) => {
        if ((await directory.remove(param('sid'))) === 'missing') throw notFound(param('sid'))
        return { status: 204 }
      },
    },
  ]
}

function notFound(sid: string): ProblemError {
  return new ProblemError({ status: 404, title: 'No user has this SID', detail: `saw ${sid.slice(0, 80)}` })
}
