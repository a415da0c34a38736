/** `/users`: the people this server knows. */
import * as z from 'zod'
import type { Authorization } from '../../products/exchange/rbac/authorization.ts'
import {
  ACCOUNT_ATTRIBUTES,
  type AccountAttribute,
  containerOf,
  RECIPIENT_KINDS,
  type RecipientKind,
} from '../../trust/account.ts'
import { comparable, type DirectoryStore, type User } from '../../trust/directory.ts'
import { defaultContainer } from '../../trust/directory-names.ts'
import { oneAtATime } from '../../trust/register.ts'
import { EXPECTED_SID, readSid } from '../../trust/sid.ts'
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

// In its normal form, so that one SID is one user.
const Sid = z.string().transform((text, context) => {
  const sid = readSid(text)
  if (sid !== undefined) return sid
  context.addIssue({ code: 'custom', message: EXPECTED_SID })
  return z.NEVER
})

export const AddUser = z
  .strictObject({
    sid: Sid,
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

/** The title of the problem that a SID is not given to anybody. */
export const STILL_LINKED = 'A partner application is linked to this SID'

export interface UserContext {
  readonly directory: DirectoryStore
  readonly authorization: Pick<Authorization, 'removeAccount'>
  /** Where an account lies that says nothing else. */
  readonly domain: () => string
  /** The partner applications whose linked account this SID is, whether there is an account or not. */
  readonly linkedBy: (sid: string) => readonly string[]
}

export function userRoutes({ directory, authorization, domain, linkedBy }: UserContext): AdminRoute[] {
  const serially = oneAtATime() // of two changes at once, none is made from a record that the other has replaced
  const find = async (sid: string): Promise<User> => {
    const [user] = await directory.find('sid', readSid(sid) ?? sid)
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
        const given = input(AddUser)
        const user = { organizationalUnit: defaultContainer(domain()), ...given }
        const isThere = (await directory.find('sid', user.sid)).length > 0
        // The link is to the account that had this SID; nobody else is to come into it unasked.
        const [linked] = isThere ? [] : linkedBy(user.sid)
        if (linked !== undefined) throw stillLinked(user.sid, linked)
        if ((await directory.add(user)) === 'exists')
          throw taken('A user with this SID exists already', `saw ${user.sid}`)
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
          const user = changed(await find(param('sid')), change, domain())
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
        if ((await authorization.removeAccount(sid)) === 'missing') throw notFound(sid)
        const warnings = linkedBy(sid).map(
          (identity) =>
            `the partner application ${identity} has the account as its linked account, and may do nothing by its roles, nor for a user, until it has another`,
        )
        return warnings.length === 0 ? { status: 204 } : { status: 200, body: { warnings } }
      },
    },
  ]
}

// What comes out must be a user that could have been added so. Where it lies does not follow from its UPN.
function changed(user: User, { attributes, ...change }: z.infer<typeof ChangeUser>, domain: string): User {
  const merged = withoutNull({ ...user.attributes, ...attributes })
  const { organizationalUnit = containerOf(user) } = change
  const wanted = {
    ...user,
    ...change,
    organizationalUnit: organizationalUnit ?? defaultContainer(domain),
    attributes: Object.keys(merged).length > 0 ? merged : null,
  }
  const read = AddUser.safeParse(withoutNull(wanted))
  if (read.success) return { ...read.data, sid: user.sid }
  throw new ProblemError(problemOfInput(read.error, wanted))
}

function withoutNull(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}

function stillLinked(sid: string, identity: string): ProblemError {
  const detail = `expected a SID that no partner application is linked to, saw ${sid}, the linked account of ${identity} that was removed: give ${identity} another linkedAccount, or null, first`
  return taken(STILL_LINKED, detail)
}

function taken(title: string, detail: string): ProblemError {
  return new ProblemError({ status: 409, title, detail, errors: [{ path: 'sid', detail }] })
}

function notFound(sid: string): ProblemError {
  return new ProblemError({ status: 404, title: 'No user has this SID', detail: `saw ${sid.slice(0, 80)}` })
}
