/**
 * The unified contact store (facts/administration.md A.9): at sign-in a user's contacts move into the mailbox, as far as
 * policy lets them; from then on they are read from there. An administrator can bring them back.
 */
import type { EpochSeconds } from '../../protocol/ids.ts'
import { comparable, type User } from '../../trust/directory.ts'
import { type Called, callFault } from '../partner-call.ts'
import type { Kit } from '../product.ts'
import { type Contact, type LyncUser, MOST_CONTACTS } from './contact.ts'
import { deleteContact, readContacts, writeContact } from './mailbox-contacts.ts'
import { type MailboxSession, openMailbox } from './mailbox-session.ts'
import { readSettings } from './settings.ts'

/** What Debug-CsUnifiedContactStore counts, and the one it lists. */
export const UCS_STATES = ['UcsDisabled', 'UcsAllowed', 'UcsMigrating', 'UcsMigrated', 'UcsFailed'] as const
export type UcsState = (typeof UCS_STATES)[number]

/** Without a change of policy, contacts that were brought back move again after seven days. */
export const STAY_AFTER_ROLLBACK = 7 * 24 * 3600

export interface UcsView {
  readonly state: UcsState
  /** Whether policy lets the contacts move. */
  readonly allowed: boolean
  readonly movedAt?: EpochSeconds
  /** Until when contacts that were brought back stay. */
  readonly staysUntil?: EpochSeconds
  /** Why the last migration failed. */
  readonly failure?: string
}

/** The state of one user. Policy has no say any more once contacts have moved: it never brings them back. */
export function viewUcs(
  { contactPlace, ucsAllowed, movedAt, rolledBackAt, failure }: LyncUser,
  policyAllows: boolean,
): UcsView {
  const allowed = ucsAllowed ?? policyAllows
  const state = {
    exchange: 'UcsMigrated',
    migrating: 'UcsMigrating',
    failed: allowed ? 'UcsFailed' : 'UcsDisabled',
    lync: allowed ? 'UcsAllowed' : 'UcsDisabled',
  } as const
  const stays = contactPlace !== 'exchange' && rolledBackAt !== undefined && allowed
  return {
    state: state[contactPlace],
    allowed,
    ...(movedAt !== undefined && { movedAt }),
    ...(stays && { staysUntil: rolledBackAt + STAY_AFTER_ROLLBACK }),
    ...(failure !== undefined && { failure }),
  }
}

/** The state of a user as it is noted. */
export async function readUcs(user: User, { storageService }: Kit): Promise<UcsView> {
  const { ucsAllowed } = await readSettings('userServicesPolicy', storageService.settings)
  return viewUcs(await storageService.contacts.user(user.sid), ucsAllowed)
}

/** Whether a sign-in at this time moves the contacts. */
export function movesAt(now: EpochSeconds, { state, allowed, staysUntil }: UcsView): boolean {
  return allowed && state !== 'UcsMigrated' && (staysUntil === undefined || now >= staysUntil)
}

const inTurn = <T>(user: User, kit: Kit, task: () => Promise<T>): Promise<T> =>
  kit.storageService.inTurn(`contacts ${comparable('sid', user.sid)}`, task)

/** What a user's sign-in does: the contacts move if it is time. A migration that broke off is taken up again. */
export function signIn(user: User, kit: Kit): Promise<Called<'moved' | 'stays'>> {
  return inTurn(user, kit, async () => {
    if (!movesAt(kit.now(), await readUcs(user, kit))) return { ok: true, value: 'stays' }
    const { contacts } = kit.storageService
    await contacts.moving(user.sid, 'migrating')
    const moved = await copyToMailbox(user, kit)
    if (!moved.ok) {
      await contacts.moving(user.sid, 'failed', `${moved.code}: ${moved.seen}`)
      return moved
    }
    await contacts.moved(user.sid, kit.now())
    return { ok: true, value: 'moved' }
  })
}

// What is there already is left, so that a second attempt writes nothing twice.
async function copyToMailbox(user: User, kit: Kit): Promise<Called<'copied'>> {
  const session = await mailboxOf(user, kit)
  if (!session.ok) return session
  const present = await readContacts(session.value)
  if (!present.ok) return present
  const known = new Set(present.value.map(keyOf))
  for (const contact of await kit.storageService.contacts.contacts(user.sid)) {
    if (known.has(keyOf(contact))) continue
    const written = await writeContact(contact, session.value)
    if (!written.ok) return written
  }
  return { ok: true, value: 'copied' }
}

/** Brings the contacts back (Invoke-CsUcsRollback); answers with how many, and how many the mailbox still has too. */
export function rollBack(
  user: User,
  kit: Kit,
): Promise<Called<{ broughtBack: number; leftInMailbox: number }>> {
  return inTurn(user, kit, async () => {
    const { state } = await readUcs(user, kit)
    if (state !== 'UcsMigrated') {
      const mend = 'only contacts that have moved can be brought back'
      return callFault('ucs_not_migrated', `${user.displayName} is ${state}`, mend)
    }
    const session = await mailboxOf(user, kit)
    if (!session.ok) return session
    const found = await readContacts(session.value)
    if (!found.ok) return found
    const here = found.value.map(({ sipUri, displayName }) => ({ id: kit.newId(), sipUri, displayName }))
    // First here, then gone there: what breaks off in between leaves contacts twice, never nowhere.
    await kit.storageService.contacts.broughtBack(user.sid, here, kit.now())
    let leftInMailbox = 0
    for (const contact of found.value)
      if (!(await deleteContact(contact, session.value)).ok) leftInMailbox += 1
    return { ok: true, value: { broughtBack: here.length, leftInMailbox } }
  })
}

/** Contacts, and who has them. */
export interface ContactList {
  readonly keptBy: 'lync' | 'exchange'
  readonly items: readonly Contact[]
}

/** A user's contacts from where they are. */
export async function contactsOf(user: User, kit: Kit): Promise<Called<ContactList>> {
  if ((await readUcs(user, kit)).state !== 'UcsMigrated') {
    return {
      ok: true,
      value: { keptBy: 'lync', items: await kit.storageService.contacts.contacts(user.sid) },
    }
  }
  const session = await mailboxOf(user, kit)
  if (!session.ok) return session
  const found = await readContacts(session.value)
  if (!found.ok) return found
  const items = found.value.map(({ id, sipUri, displayName }) => ({ id, sipUri, displayName }))
  return { ok: true, value: { keptBy: 'exchange', items } }
}

/** Adds a contact where the user's contacts are. */
export function addContact(
  user: User,
  contact: Pick<Contact, 'sipUri' | 'displayName'>,
  kit: Kit,
): Promise<Called<Contact>> {
  return inTurn(user, kit, async () => {
    if ((await readUcs(user, kit)).state !== 'UcsMigrated') {
      const added = { id: kit.newId(), ...contact }
      const how = await kit.storageService.contacts.add(user.sid, added)
      return how === 'added' ? { ok: true, value: added } : refused(how, user, contact.sipUri)
    }
    const session = await mailboxOf(user, kit)
    if (!session.ok) return session
    const present = await readContacts(session.value)
    if (!present.ok) return present
    if (present.value.some((one) => keyOf(one) === keyOf(contact)))
      return refused('exists', user, contact.sipUri)
    if (present.value.length >= MOST_CONTACTS) return refused('full', user, contact.sipUri)
    const id = await writeContact(contact, session.value)
    return id.ok ? { ok: true, value: { id: id.value, ...contact } } : id
  })
}

/** Removes a contact from where the user's contacts are. */
export function removeContact(user: User, id: string, kit: Kit): Promise<Called<'removed' | 'missing'>> {
  return inTurn(user, kit, async () => {
    if ((await readUcs(user, kit)).state !== 'UcsMigrated')
      return { ok: true, value: await kit.storageService.contacts.remove(user.sid, id) }
    const session = await mailboxOf(user, kit)
    if (!session.ok) return session
    // Only what is one of the contacts: the id could name any item of the mailbox.
    const present = await readContacts(session.value)
    if (!present.ok) return present
    const contact = present.value.find((one) => one.id === id)
    if (contact === undefined) return { ok: true, value: 'missing' }
    const deleted = await deleteContact(contact, session.value)
    return deleted.ok ? { ok: true, value: 'removed' } : deleted
  })
}

async function mailboxOf(user: User, kit: Kit): Promise<Called<MailboxSession>> {
  const { smtp, mailboxEnabled } = user
  if (smtp !== undefined && mailboxEnabled) return openMailbox({ user, smtp }, 'Other', kit)
  return callFault(
    'user_without_mailbox',
    `${user.displayName} has no mailbox`,
    'enable a mailbox for the user, or forbid the unified contact store (ucsAllowed)',
  )
}

function keyOf({ sipUri }: Pick<Contact, 'sipUri'>): string {
  return comparable('sip', sipUri)
}

function refused(how: 'exists' | 'full', { displayName }: User, sipUri: string) {
  return how === 'exists'
    ? callFault('contact_exists', `${displayName} has a contact ${sipUri} already`, 'change that one')
    : callFault('contacts_full', `${displayName} has ${MOST_CONTACTS} contacts`, 'remove some')
}
