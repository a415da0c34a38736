/** `/users`: the people this server knows. */
import * as z from 'zod'
import {
  ACCOUNT_ATTRIBUTES,
  type AccountAttribute,
  RECIPIENT_KINDS,
  type RecipientKind,
} from '../../trust/account.ts'
import { comparable, type DirectoryStore, type User } from '../../trust/directory.ts'
import { oneAtATime } from '../../trust/register.ts'
import { problemOfInput } from '../problem.ts'
import { Container } from './groups.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

const Address = z
  .string()
  .max(320)
  .regex(/^[^\s@:\p{Cc}]+@[^\s@:\p{Cc}]+$/u, 'expected name@domain')

const Sip = z
  .string()
  .max(320)
  .regex(/^(sip:)?[^\s@:\p{Cc}]+@[^\s@:\p{Cc}]+$/iu, 'expected sip:name@domain')
  .transform((sip) => (/^sip:/i.test(sip) ? sip : `sip:${sip}`))
const ProxyAddresses = z
  .array(Address)
  .min(1)
  .max(100)
  .refine((all) => new Set(all.map((one) => comparable('smtp', one))).size === all.length, {
    error: 'expected each address once',
  })
const DisplayName = z
  .string()
  .max(256)
  .regex(/^\P{Cc}+$/u, 'expected a name without control characters')
const Text = z
  .string()
  .max(1024)
  .regex(/^\P{Cc}+$/u, 'expected a text without control characters')
const RecipientTypeDetails = z.enum(Object.keys(RECIPIENT_KINDS) as RecipientKind[])
const attributesOf = <T extends z.ZodType>(text: T) =>
  z.strictObject(
    Object.fromEntries(ACCOUNT_ATTRIBUTES.map((name) => [name, text])) as Record<AccountAttribute, T>,
  )

export const AddUser = z
  .strictObject({
    sid: z.string().regex(/^S-1(-[0-9]{1,10}){2,15}$/i, 'expected a SID such as S-1-5-21-1-2-3-1104'),
    upn: Address,
    smtp: Address.exactOptional(),
    sip: Sip.exactOptional(),
    proxyAddresses: ProxyAddresses.exactOptional(),
    displayName: DisplayName,
    enabled: z.boolean().default(true),
    mailboxEnabled: z.boolean().default(true),
    archivingEnabled: z.boolean().default(false),
    organizationalUnit: Container.exactOptional(),
    mailboxDatabase: Text.exactOptional(),
    recipientTypeDetails: RecipientTypeDetails.exactOptional(),
    attributes: attributesOf(Text.exactOptional()).exactOptional(),
  })
  .superRefine(({ recipientTypeDetails: kind, mailboxEnabled, smtp, proxyAddresses = [] }, context) => {
    const fault = (path: readonly (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path: [...path], message })
    if (kind !== undefined && RECIPIENT_KINDS[kind].mailbox !== mailboxEnabled) {
      fault(
        ['recipientTypeDetails'],
        `expected a kind of recipient ${mailboxEnabled ? 'with' : 'without'} a mailbox`,
      )
    }
    if (smtp === undefined && proxyAddresses.length > 0)
      fault(['proxyAddresses'], 'expected none without a primary address in smtp')
    for (const [index, address] of proxyAddresses.entries()) {
      if (smtp !== undefined && comparable('smtp', smtp) === comparable('smtp', address))
        fault(['proxyAddresses', index], 'expected an address other than the primary one in smtp')
    }
  }) satisfies z.ZodType<User>

/** What can be changed of a user: all but its SID. Null takes a member away. */
export const ChangeUser = z
  .strictObject({
    upn: Address.exactOptional(),
    smtp: Address.nullable().exactOptional(),
    sip: Sip.nullable().exactOptional(),
    proxyAddresses: ProxyAddresses.nullable().exactOptional(),
    displayName: DisplayName.exactOptional(),
    enabled: z.boolean().exactOptional(),
    mailboxEnabled: z.boolean().exactOptional(),
    archivingEnabled: z.boolean().exactOptional(),
    organizationalUnit: Container.nullable().exactOptional(),
    mailboxDatabase: Text.nullable().exactOptional(),
    recipientTypeDetails: RecipientTypeDetails.nullable().exactOptional(),
    attributes: attributesOf(Text.nullable().exactOptional()).exactOptional(),
  })
  .refine((input) => Object.keys(input).length > 0, { error: 'expected at least one member to change' })

/** The routes; `forget` takes back what an account was given, before it goes. */
export function userRoutes(directory: DirectoryStore, forget: (sid: string) => Promise<void>): AdminRoute[] {
  const serially = oneAtATime() // of two changes at once, none is made from a record that the other has replaced
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
      method: 'PATCH',
      path: '/users/:sid',
      scope: 'administer',
      kind: 'administration',
      change: ({ param, input }) => ({ subject: param('sid'), change: changeOf(input(ChangeUser)) }),
      handle: async ({ param, input }) => {
        const change = input(ChangeUser)
        return serially(async () => {
          const user = changed(await find(param('sid')), change)
          if ((await directory.replace(user)) === 'missing') throw notFound(user.sid)
          return { status: 200, body: user }
        })
      },
    },
    {
      method: 'DELETE',
      path: '/users/:sid',
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('sid') }),
      handle: async ({ param }) => {
        const { sid } = await find(param('sid'))
        await forget(sid)
        if ((await directory.remove(sid)) === 'missing') throw notFound(sid)
        return { status: 204 }
      },
    },
  ]
}

// What comes out must be a user that could have been added so.
function changed(user: User, { attributes, ...change }: z.infer<typeof ChangeUser>): User {
  const merged = withoutNull({ ...user.attributes, ...attributes })
  const wanted = {
    ...user,
    ...change,
    attributes: Object.keys(merged).length > 0 ? merged : null,
  }
  const read = AddUser.safeParse(withoutNull(wanted))
  if (read.success) return read.data
  throw new ProblemError(problemOfInput(read.error, wanted))
}

function withoutNull(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}

function notFound(sid: string): ProblemError {
  return new ProblemError({ status: 404, title: 'No user has this SID', detail: `saw ${sid.slice(0, 80)}` })
}
