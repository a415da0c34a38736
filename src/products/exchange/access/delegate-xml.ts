/** The requests about delegates, read; and their answers, which are shaped like no others ([MS-OXWSDLGM]). */
import { child, el, type Markup, NS, type XmlElement } from '../../xml.ts'
import { readEach, writeProblem } from '../ews-operation.ts'
import { done, type EwsProblem, type EwsResult, invalid } from '../ews-result.ts'
import { all, anyOf, attribute, type Check, each, oneOf, sequence, someOf, text } from '../ews-schema.ts'
import { DELIVER_MEETING_REQUESTS, type DeliverMeetingRequests } from './access-store.ts'
import { readUserId, type UserId } from './user-id.ts'

/** The folders that delegates have a level in, by the element that says it. */
export const DELEGATE_FOLDERS = {
  CalendarFolderPermissionLevel: 'calendar',
  TasksFolderPermissionLevel: 'tasks',
  InboxFolderPermissionLevel: 'inbox',
  ContactsFolderPermissionLevel: 'contacts',
  NotesFolderPermissionLevel: 'notes',
  JournalFolderPermissionLevel: 'journal',
} as const
export type DelegateFolder = (typeof DELEGATE_FOLDERS)[keyof typeof DELEGATE_FOLDERS]

/** `Custom` is what a folder says that was set up by its permissions; nobody can ask for it. */
export const DELEGATE_LEVELS = ['None', 'Reviewer', 'Author', 'Editor', 'Custom'] as const
export type DelegateLevel = (typeof DELEGATE_LEVELS)[number]

/** `t:DelegateUser` of a request. What it leaves out is absent. */
export interface GivenDelegate {
  readonly user: UserId
  readonly levels: Partial<Record<DelegateFolder, DelegateLevel>>
  readonly receiveCopiesOfMeetingMessages?: boolean
  readonly viewPrivateItems?: boolean
}

/** One of the four requests. */
export interface DelegateRequest {
  /** The address of the principal. */
  readonly mailbox: string
  readonly delegates: readonly GivenDelegate[]
  /** Absent: all. */
  readonly users?: readonly UserId[]
  readonly deliver?: DeliverMeetingRequests
  readonly includePermissions: boolean
}

const BOOLEAN = ['true', 'false', '1', '0']
const MAILBOX = each(
  'Mailbox',
  all(
    sequence(['Name', 'EmailAddress', 'RoutingType', 'MailboxType', 'ItemId', 'OriginalDisplayName'], {
      required: ['EmailAddress'],
    }),
    each('EmailAddress', text()),
  ),
)
const DELEGATE = all(
  sequence(['UserId', 'DelegatePermissions', 'ReceiveCopiesOfMeetingMessages', 'ViewPrivateItems'], {
    required: ['UserId'],
  }),
  each(
    'DelegatePermissions',
    all(
      sequence(Object.keys(DELEGATE_FOLDERS)),
      ...Object.keys(DELEGATE_FOLDERS).map((name) => each(name, oneOf(DELEGATE_LEVELS))),
    ),
  ),
  each('ReceiveCopiesOfMeetingMessages', oneOf(BOOLEAN)),
  each('ViewPrivateItems', oneOf(BOOLEAN)),
)

// An answer repeats each of them; their number is bounded as that of ids is.
const MOST_USERS = 1000

const request = (names: readonly string[], required: readonly string[]): Check =>
  all(
    sequence(['Mailbox', ...names], { ns: NS.messages, required: ['Mailbox', ...required] }),
    MAILBOX,
    each('DelegateUsers', someOf(['DelegateUser'])),
    each('UserIds', someOf(['UserId'])),
    each('DeliverMeetingRequests', oneOf(DELIVER_MEETING_REQUESTS)),
    ...['DelegateUsers', 'UserIds'].map((name) =>
      each(name, ({ children }) =>
        children.length > MOST_USERS ? `${name} may hold at most ${MOST_USERS} elements here` : undefined,
      ),
    ),
  )

const REQUESTS: Readonly<Record<string, Check>> = {
  AddDelegate: request(['DelegateUsers', 'DeliverMeetingRequests'], ['DelegateUsers']),
  UpdateDelegate: request(['DelegateUsers', 'DeliverMeetingRequests'], []),
  RemoveDelegate: request(['UserIds'], ['UserIds']),
  GetDelegate: all(
    request(['UserIds'], []),
    attribute('IncludePermissions', /^(true|false|1|0)$/, 'required'),
  ),
}

/** Reads any of the four. */
export function readDelegateRequest(element: XmlElement): EwsResult<DelegateRequest> {
  const wrong = (REQUESTS[element.name] ?? anyOf([]))(element)
  if (wrong !== undefined) return invalid(wrong)
  const part = (name: string) => child(element, NS.messages, name)
  const delegates = readEach(part('DelegateUsers')?.children ?? [], readDelegate)
  if (!delegates.ok) return delegates
  const ids = part('UserIds')
  const users = readEach(ids?.children ?? [], readUserId)
  if (!users.ok) return users
  const deliver = DELIVER_MEETING_REQUESTS.find((one) => one === part('DeliverMeetingRequests')?.text)
  return done({
    mailbox: child(part('Mailbox'), NS.types, 'EmailAddress')?.text.trim() ?? '',
    delegates: delegates.value,
    ...(ids !== undefined && { users: users.value }),
    ...(deliver !== undefined && { deliver }),
    includePermissions: truth(element.attributes.get('IncludePermissions')),
  })
}

function readDelegate(element: XmlElement): EwsResult<GivenDelegate> {
  const wrong = DELEGATE(element)
  if (wrong !== undefined) return invalid(wrong)
  const user = readUserId(child(element, NS.types, 'UserId') ?? element)
  if (!user.ok) return user
  const permissions = child(element, NS.types, 'DelegatePermissions')
  const levels = Object.entries(DELEGATE_FOLDERS).flatMap(([name, folder]) => {
    const said = child(permissions, NS.types, name)?.text
    const level = DELEGATE_LEVELS.find((one) => one === said)
    return level === undefined ? [] : [[folder, level] as const]
  })
  const copies = child(element, NS.types, 'ReceiveCopiesOfMeetingMessages')?.text
  const privates = child(element, NS.types, 'ViewPrivateItems')?.text
  return done({
    user: user.value,
    levels: Object.fromEntries(levels),
    ...(copies !== undefined && { receiveCopiesOfMeetingMessages: truth(copies) }),
    ...(privates !== undefined && { viewPrivateItems: truth(privates) }),
  })
}

function truth(text: string | undefined): boolean {
  return text === 'true' || text === '1'
}

/**
 * Writes the response element: a message about the whole, and one in it for each delegate. Without delegates the inner list
 * is left out, since the schema wants at least one there.
 */
export function writeDelegateResponse(
  operation: string,
  messages: EwsResult<readonly EwsResult<Markup | undefined>[]>,
  deliver?: DeliverMeetingRequests,
): Markup {
  const inner = messages.ok ? messages.value : []
  return el(
    `m:${operation}Response`,
    {
      'xmlns:m': NS.messages,
      'xmlns:t': NS.types,
      ResponseClass: messages.ok ? 'Success' : 'Error',
    },
    ...codeOf(messages),
    inner.length === 0
      ? undefined
      : el(
          'm:ResponseMessages',
          {},
          ...inner.map((message) =>
            el(
              'm:DelegateUserResponseMessageType',
              { ResponseClass: message.ok ? 'Success' : 'Error' },
              ...codeOf(message),
              message.ok ? message.value : undefined,
            ),
          ),
        ),
    deliver === undefined ? undefined : el('m:DeliverMeetingRequests', {}, deliver),
  )
}

function codeOf(result: { readonly ok: true } | EwsProblem): Markup[] {
  return result.ok ? [el('m:ResponseCode', {}, 'NoError')] : writeProblem(result)
}
