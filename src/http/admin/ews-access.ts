/** `/organization-config` and `/cas-mailboxes`: which applications may use EWS, for whom (facts/administration.md B.9). */
import * as z from 'zod'
import type { AccessStore } from '../../products/exchange/access/access-store.ts'
import {
  AGENT_FAMILIES,
  EWS_POLICIES,
  type EwsSettings,
  type OrganizationEwsSettings,
} from '../../products/exchange/access/ews-access.ts'
import type { DirectoryStore, User } from '../../trust/directory.ts'
import { userNamed } from './named.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

const MOST_PATTERNS = 200

const Pattern = z
  .string()
  .min(1, 'expected a User-Agent, in which * stands for anything')
  .max(256, 'expected at most 256 characters')
  .regex(/^\P{Cc}*$/u, 'expected a pattern without control characters')
const Patterns = z.array(Pattern).max(MOST_PATTERNS, `expected at most ${MOST_PATTERNS} patterns`)

// A list instead of the old one, what comes and goes, or null for none.
const ListEdit = z.union(
  [
    Patterns,
    z.null(),
    z
      .strictObject({ add: Patterns.exactOptional(), remove: Patterns.exactOptional() })
      .refine((edit) => Object.keys(edit).length > 0, 'expected add, remove or both'),
  ],
  `expected a list of at most ${MOST_PATTERNS} patterns of at most 256 characters, null, or {"add": […], "remove": […]}`,
)
type ListEdit = z.infer<typeof ListEdit>

const Switch = z.union([z.boolean(), z.null()], 'expected true, false, or null for not set')

const settings = {
  ewsEnabled: Switch.exactOptional(),
  ewsApplicationAccessPolicy: z
    .union([z.enum(EWS_POLICIES), z.null()], `expected ${EWS_POLICIES.join(', ')} or null`)
    .exactOptional(),
  ewsAllowList: ListEdit.exactOptional(),
  ewsBlockList: ListEdit.exactOptional(),
  ewsAllowOutlook: Switch.exactOptional(),
  ewsAllowMacOutlook: Switch.exactOptional(),
  ewsAllowEntourage: Switch.exactOptional(),
}

const classes = Object.fromEntries(AGENT_FAMILIES.map((family) => [family, Patterns.exactOptional()])) as {
  [Family in (typeof AGENT_FAMILIES)[number]]: z.ZodExactOptional<typeof Patterns>
}

const atLeastOne = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape).refine((input) => Object.keys(input).length > 0, {
    error: `expected at least one of ${Object.keys(shape).join(', ')}`,
    when: ({ issues }) => issues.length === 0,
  })

export const ChangeCasMailbox = atLeastOne(settings)
export const ChangeOrganization = atLeastOne({
  ...settings,
  orgDisableIsFinal: z.boolean().exactOptional(),
  userAgentClasses: z.strictObject(classes).exactOptional(),
})

export function ewsAccessRoutes(access: AccessStore, directory: DirectoryStore): AdminRoute[] {
  const view = async (user: User) => viewOf(user, (await access.ewsSettings(user.sid)).mailbox)
  return [
    {
      method: 'GET',
      path: '/organization-config',
      scope: 'read',
      handle: async () => ({ status: 200, body: (await access.ewsSettings()).organization }),
    },
    {
      method: 'PATCH',
      path: '/organization-config',
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => ({ subject: 'organization', change: changeOf(input(ChangeOrganization)) }),
      handle: async ({ input }) => {
        const { userAgentClasses, ...change } = input(ChangeOrganization)
        const organization = await access.changeOrganization((now) => ({
          ...edited(now, change),
          userAgentClasses: { ...now.userAgentClasses, ...userAgentClasses },
        }))
        return { status: 200, body: organization }
      },
    },
    {
      method: 'GET',
      path: '/cas-mailboxes',
      scope: 'read',
      handle: async () => {
        const owners = (await directory.list()).filter(({ mailboxEnabled }) => mailboxEnabled)
        return { status: 200, body: { items: await Promise.all(owners.map(view)) } }
      },
    },
    {
      method: 'GET',
      path: '/cas-mailboxes/:user',
      scope: 'read',
      handle: async ({ param }) => ({
        status: 200,
        body: await view(await userNamed(directory, param('user'), 'user')),
      }),
    },
    {
      method: 'PATCH',
      path: '/cas-mailboxes/:user',
      scope: 'administer',
      kind: 'administration',
      change: ({ param, input }) => ({ subject: param('user'), change: changeOf(input(ChangeCasMailbox)) }),
      handle: async ({ param, input }) => {
        const change = input(ChangeCasMailbox)
        const user = await userNamed(directory, param('user'), 'user')
        const mailbox = await access.changeMailbox(user.sid, (now) => edited(now, change))
        return { status: 200, body: viewOf(user, mailbox) }
      },
    },
  ]
}

/** A mailbox's settings as the REST shows them. */
function viewOf({ upn, displayName }: User, mailbox: EwsSettings) {
  return { user: upn, displayName, ...mailbox }
}

export type CasMailboxView = ReturnType<typeof viewOf>

type Change<T> = Partial<Omit<T, 'ewsAllowList' | 'ewsBlockList'>> & {
  readonly ewsAllowList?: ListEdit
  readonly ewsBlockList?: ListEdit
}

function edited<T extends EwsSettings | OrganizationEwsSettings>(now: T, change: Change<T>): T {
  const { ewsAllowList, ewsBlockList, ...rest } = change
  return {
    ...now,
    ...rest,
    ...(ewsAllowList !== undefined && {
      ewsAllowList: editedList('ewsAllowList', now.ewsAllowList, ewsAllowList),
    }),
    ...(ewsBlockList !== undefined && {
      ewsBlockList: editedList('ewsBlockList', now.ewsBlockList, ewsBlockList),
    }),
  }
}

// Patterns that differ in case alone are one. What is removed and not there was gone already.
function editedList(path: string, now: readonly string[] | null, edit: ListEdit): string[] | null {
  if (edit === null) return null
  const isReplacement = Array.isArray(edit)
  const { add = [], remove = [] } = isReplacement ? { add: edit } : edit
  const gone = new Set(remove.map((pattern) => pattern.toLowerCase()))
  const kept = (isReplacement ? [] : (now ?? [])).filter((pattern) => !gone.has(pattern.toLowerCase()))
  const list = new Map([...kept, ...add].map((pattern) => [pattern.toLowerCase(), pattern]))
  if (list.size <= MOST_PATTERNS) return [...list.values()]
  const detail = `expected at most ${MOST_PATTERNS} patterns in all, saw ${list.size}`
  throw new ProblemError({
    status: 422,
    title: 'The input is not usable',
    detail: `${path}: ${detail}`,
    errors: [{ path, detail }],
  })
}
