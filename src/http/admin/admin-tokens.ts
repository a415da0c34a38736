/** `/admin-tokens`: who may use this REST. A secret is shown once, in the answer that made it. */
import * as z from 'zod'
import { type EpochSeconds, isoTime } from '../../protocol/ids.ts'
import { type AdminToken, type AdminTokens, FIRST, type NewSecret, SCOPES } from '../../trust/admin-tokens.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

export const AddAdminToken = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected 1 to 64 lower-case letters, digits or . _ -')
    .refine(
      (name) => name !== FIRST,
      'expected another name: this one is for the token in the admin-token file',
    ),
  scope: z.enum(SCOPES),
  /** Absent: never. */
  expiresAt: z.iso
    .datetime({ offset: true, error: 'expected a time such as 2031-05-01T12:00:00Z' })
    .exactOptional(),
})

export function adminTokenRoutes(tokens: AdminTokens, now: () => EpochSeconds): AdminRoute[] {
  const view = (token: AdminToken) => viewOf(token, now())
  const shown = ({ token, secret }: NewSecret) => ({ ...view(token), token: secret })
  return [
    {
      method: 'GET',
      path: '/admin-tokens',
      scope: 'administer',
      handle: async () => ({ status: 200, body: { items: tokens.list().map(view) } }),
    },
    {
      method: 'POST',
      path: '/admin-tokens',
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => {
        const { name, ...rest } = input(AddAdminToken)
        return { subject: name, change: changeOf(rest) }
      },
      handle: async ({ input }) => {
        const { name, scope, expiresAt } = input(AddAdminToken)
        const until = expiresAt === undefined ? undefined : Math.floor(Date.parse(expiresAt) / 1000)
        if (until !== undefined && until <= now()) throw fault(422, 'expiresAt', inThePast(expiresAt, now()))
        const added = await tokens.add({ name, scope, ...(until !== undefined && { expiresAt: until }) })
        if (added === 'name taken') throw fault(409, 'name', `expected a new name, saw ${name}`)
        return { status: 201, body: shown(added), location: `/admin/v1/admin-tokens/${name}` }
      },
    },
    {
      method: 'DELETE',
      path: '/admin-tokens/:name',
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('name') }),
      handle: async ({ param }) => {
        const name = param('name')
        switch (await tokens.revoke(name)) {
          case 'removed':
            return { status: 204 }
          case 'missing':
            throw notFound(name)
          case 'last':
            throw fault(
              409,
              'name',
              `expected another token that administers and never expires, besides ${name}`,
            )
        }
      },
    },
    {
      method: 'POST',
      path: '/admin-tokens/:name/rotate',
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('name') }),
      handle: async ({ param }) => {
        const name = param('name')
        const rotated = await tokens.rotate(name)
        if (rotated === 'missing') throw notFound(name)
        if (rotated === 'expired')
          throw fault(409, 'name', `expected a token in force, saw ${name}, which expired`)
        return { status: 200, body: shown(rotated) }
      },
    },
  ]
}

function viewOf({ name, scope, createdAt, lastUsedAt, expiresAt }: AdminToken, now: EpochSeconds) {
  return {
    name,
    scope,
    createdAt: isoTime(createdAt),
    ...(lastUsedAt !== undefined && { lastUsedAt: isoTime(lastUsedAt) }),
    ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }),
    expired: expiresAt !== undefined && expiresAt <= now,
  }
}

export type AdminTokenView = ReturnType<typeof viewOf>

function fault(status: 409 | 422, path: string, detail: string): ProblemError {
  const title = status === 409 ? 'The admin tokens do not allow this' : 'The input is not usable'
  return new ProblemError({ status, title, detail: `${path}: ${detail}`, errors: [{ path, detail }] })
}

function notFound(name: string): ProblemError {
  return new ProblemError({
    status: 404,
    title: 'No admin token has this name',
    detail: `saw ${name.slice(0, 80)}`,
  })
}

function inThePast(expiresAt: string | undefined, now: EpochSeconds): string {
  return `expected a time after ${isoTime(now)}, the time of this server, saw ${expiresAt}`
}
