/** `/users/:sid/…` and `/unified-contact-store`: what Lync has of its users, their contacts and where these are. */
import * as z from 'zod'
import { isoTime } from '../../protocol/ids.ts'
import type { User } from '../../trust/directory.ts'
import type { CallFault } from '../partner-call.ts'
import type { AdminCall, AdminOperation, AdminResult, Kit } from '../product.ts'
import { EXCHANGE_ARCHIVING_POLICIES } from './archiving.ts'
import { readSettings } from './settings.ts'
import { SipUri } from './sip-uri.ts'
import {
  addContact,
  contactsOf,
  readUcs,
  removeContact,
  rollBack,
  signIn,
  type UcsView,
  viewUcs,
} from './unified-contact-store.ts'

const NewContact = z.strictObject({
  sipUri: SipUri,
  displayName: z
    .string()
    .max(256)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'expected a name without control characters')
    .exactOptional(),
})

const UserSettings = z
  .strictObject({
    exchangeArchivingPolicy: z.enum(EXCHANGE_ARCHIVING_POLICIES).exactOptional(),
    ucsAllowed: z.boolean().nullable().exactOptional(),
  })
  .refine((members) => Object.keys(members).length > 0, 'expected exchangeArchivingPolicy or ucsAllowed')

/** Handles a request about the user in its path. */
type OfUser = (user: User, call: AdminCall, kit: Kit) => Promise<AdminResult>

function ofUser(handle: OfUser): AdminOperation['handle'] {
  return async (call, kit) => {
    const sid = call.param('sid')
    const [user] = await kit.directory.find('sid', sid)
    return user === undefined
      ? { status: 404, title: 'No user has this SID', detail: `saw ${sid.slice(0, 80)}` }
      : handle(user, call, kit)
  }
}

export const contactAdministration: readonly AdminOperation[] = [
  {
    method: 'GET',
    path: '/users/:sid/storage-settings',
    scope: 'read',
    handle: ofUser(async ({ sid }, _call, { storageService }) => {
      const { exchangeArchivingPolicy, ucsAllowed = null } = await storageService.contacts.user(sid)
      return { status: 200, body: { exchangeArchivingPolicy, ucsAllowed } }
    }),
  },
  {
    method: 'PATCH',
    path: '/users/:sid/storage-settings',
    scope: 'administer',
    change: ({ param, input }) => ({ subject: param('sid'), change: input(UserSettings) }),
    handle: ofUser(async ({ sid }, { input }, { storageService }) => {
      const changed = await storageService.contacts.changeUser(sid, input(UserSettings))
      const { exchangeArchivingPolicy, ucsAllowed = null } = changed
      return { status: 200, body: { exchangeArchivingPolicy, ucsAllowed } }
    }),
  },
  {
    method: 'GET',
    path: '/users/:sid/contacts',
    scope: 'read',
    handle: ofUser(async (user, _call, kit) => {
      const found = await contactsOf(user, kit)
      return found.ok ? { status: 200, body: found.value } : failed(found)
    }),
  },
  {
    method: 'POST',
    path: '/users/:sid/contacts',
    scope: 'administer',
    change: ({ param, input }) => ({ subject: param('sid'), change: input(NewContact) }),
    handle: ofUser(async (user, { input }, kit) => {
      const { sipUri, displayName = sipUri.replace(/^sip:/i, '') } = input(NewContact)
      const added = await addContact(user, { sipUri, displayName }, kit)
      return added.ok ? { status: 201, body: added.value } : failed(added)
    }),
  },
  {
    method: 'DELETE',
    path: '/users/:sid/contacts/:id',
    scope: 'administer',
    change: ({ param }) => ({ subject: param('sid'), change: { contact: param('id') } }),
    handle: ofUser(async (user, { param }, kit) => {
      const removed = await removeContact(user, param('id'), kit)
      if (!removed.ok) return failed(removed)
      return removed.value === 'removed'
        ? { status: 204 }
        : { status: 404, title: 'No contact has this id', detail: `saw ${param('id').slice(0, 80)}` }
    }),
  },
  {
    method: 'GET',
    path: '/users/:sid/unified-contact-store',
    scope: 'read',
    handle: ofUser(async (user, _call, kit) => ({ status: 200, body: shown(await readUcs(user, kit)) })),
  },
  {
    method: 'POST',
    path: '/users/:sid/unified-contact-store/sign-in',
    scope: 'operate',
    change: ({ param }) => ({ subject: param('sid') }),
    handle: ofUser(async (user, _call, kit) => {
      const result = await signIn(user, kit)
      return result.ok ? { status: 200, body: shown(await readUcs(user, kit)) } : failed(result)
    }),
  },
  {
    method: 'POST',
    path: '/users/:sid/unified-contact-store/rollback',
    scope: 'administer',
    change: ({ param }) => ({ subject: param('sid') }),
    handle: ofUser(async (user, _call, kit) => {
      const result = await rollBack(user, kit)
      if (!result.ok) return failed(result)
      return { status: 200, body: { ...shown(await readUcs(user, kit)), ...result.value } }
    }),
  },
  {
    method: 'GET',
    path: '/unified-contact-store',
    scope: 'read',
    handle: async (_call, kit) => ({ status: 200, body: await countStates(kit) }),
  },
]

// The output of Debug-CsUnifiedContactStore for a pool.
async function countStates({ name, directory, storageService }: Kit) {
  const { ucsAllowed } = await readSettings('userServicesPolicy', storageService.settings)
  const counts = { UcsDisabled: 0, UcsAllowed: 0, UcsMigrating: 0, UcsMigrated: 0, UcsFailed: 0 }
  const failedUserData: { sipUri: string; failure: string }[] = []
  for (const { sid, sip } of await directory.list()) {
    if (sip === undefined) continue
    const { state, failure = '' } = viewUcs(await storageService.contacts.user(sid), ucsAllowed)
    counts[state] += 1
    if (state === 'UcsFailed') failedUserData.push({ sipUri: sip, failure })
  }
  return {
    frontEnd: name,
    ucsDisabledCount: counts.UcsDisabled,
    ucsAllowedCount: counts.UcsAllowed,
    ucsMigratingCount: counts.UcsMigrating,
    ucsMigratedCount: counts.UcsMigrated,
    failedUserData,
  }
}

function shown({ movedAt, staysUntil, ...view }: UcsView) {
  return {
    ...view,
    ...(movedAt !== undefined && { movedAt: isoTime(movedAt) }),
    ...(staysUntil !== undefined && { staysUntil: isoTime(staysUntil) }),
  }
}

// What the caller did that does not fit is a conflict; everything else is Exchange's doing, or the way there.
const CONFLICTS = ['contact_exists', 'contacts_full', 'ucs_not_migrated', 'user_without_mailbox']

function failed({ code, seen, mend }: CallFault): AdminResult {
  const isConflict = CONFLICTS.includes(code)
  return {
    status: isConflict ? 409 : 502,
    title: isConflict ? 'That cannot be done as things are' : 'Exchange could not be worked with',
    detail: `${seen}; ${mend}`,
    code,
  }
}
