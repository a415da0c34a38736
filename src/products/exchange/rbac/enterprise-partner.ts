/**
 * Configure-EnterprisePartnerApplication in one step: a disabled account, the partner application linked to it, and the roles
 * (facts/administration.md B.1). Doing it again is harmless.
 */
import { createHash } from 'node:crypto'
import { accept, type Outcome, refuse } from '../../../protocol/outcome.ts'
import { nameOf, recipientKindOf } from '../../../trust/account.ts'
import type { DirectoryStore, User } from '../../../trust/directory.ts'
import { defaultContainer, fold } from '../../../trust/directory-names.ts'
import type { Partner } from '../../../trust/partner.ts'
import { oneAtATime, type Partners } from '../../../trust/register.ts'
import { type Authorization, rolesIn } from './authorization.ts'
import type { RoleAssignment } from './management.ts'
import { ENTERPRISE_ROLES, type EnterpriseApplication, type RoleName } from './roles.ts'

/** The last line of the real script. */
export const SUCCEEDED = 'THE CONFIGURATION HAS SUCCEEDED'

export interface EnterpriseWanted {
  /** Where the partner publishes its auth metadata document. */
  readonly authMetadataUrl: string
  readonly applicationType: EnterpriseApplication
  /** PEM of the authorities that its TLS certificate comes from. */
  readonly certificateAuthority?: string
}

/** What is there now, and what of it was made by this call. */
export interface EnterpriseConfigured {
  readonly partner: Partner
  readonly account: User
  readonly assignments: readonly RoleAssignment[]
  readonly steps: readonly string[]
}

export interface EnterpriseContext {
  readonly partners: Partners
  readonly directory: DirectoryStore
  readonly authorization: Authorization
  readonly newId: () => string
  /** The domain of the account's UPN. */
  readonly domain: string
}

/** Configures one partner at a time. */
export type ConfigureEnterprise = (wanted: EnterpriseWanted) => Promise<Outcome<EnterpriseConfigured>>

/**
 * The partner application comes last, and its registration and link are one change: an account that no partner is linked to
 * can be used by nobody, so a call that breaks off gives nothing away, and the next one completes it. What a call has made
 * whose partner is refused, it takes back.
 */
export function openEnterprise(context: EnterpriseContext): ConfigureEnterprise {
  const serially = oneAtATime()
  return (wanted) => serially(() => configure(context, wanted))
}

async function configure(
  context: EnterpriseContext,
  wanted: EnterpriseWanted,
): Promise<Outcome<EnterpriseConfigured>> {
  const { partners, directory, authorization } = context
  const { applicationType, authMetadataUrl } = wanted
  const present = findPartner(partners, wanted)
  const ensured = await ensureAccount(context, present, applicationType)
  if (!ensured.ok) return ensured
  const account = ensured.value
  const { sid, upn } = account.user
  const given = await ensureRoles(authorization, account.user, ENTERPRISE_ROLES[applicationType])

  const keys = { kind: 'metadata', url: authMetadataUrl } as const
  const authority = wanted.certificateAuthority
  const settings = {
    linkedAccount: sid,
    ...(authority !== undefined && { certificateAuthority: authority }),
  }
  const joined =
    present === undefined
      ? await partners.register({
          identity: identityFor(applicationType),
          ...{ keys, trustLevel: 'Full', enabled: true, acceptSids: false },
          ...settings,
        })
      : await partners.change(present.identity, { keys, ...settings })
  if (!joined.ok) {
    await authorization.removeAssignments(given.added.map(({ name }) => name))
    if (account.isNew) await directory.remove(sid)
    return joined
  }
  const { identity } = joined.value
  const assigned = given.added.length > 0 ? given.added : given.all
  const unused = given.all.filter(({ enabled, delegating }) => !enabled || delegating)
  const steps = [
    `account ${upn}: ${account.isNew ? 'created, disabled' : 'is there'}`,
    `roles ${rolesIn(assigned).join(', ')}: ${given.added.length > 0 ? 'assigned' : 'are assigned'}`,
    ...unused.map(
      ({ name, role, enabled }) =>
        `warning: the role assignment ${name} of ${role} gives nothing: it ${enabled ? 'only delegates' : 'is disabled'}`,
    ),
    `partner application ${identity}: ${present === undefined ? 'registered' : 'is there, its keys were read again'}`,
    `linked account of ${identity}: ${present?.linkedAccount === sid ? 'is set' : 'set'}`,
  ]
  return { ok: true, value: { partner: joined.value, account: account.user, assignments: given.all, steps } }
}

// One that was registered from this document under another name is the one that is meant; or it has moved.
function findPartner(
  partners: Partners,
  { authMetadataUrl, applicationType }: EnterpriseWanted,
): Partner | undefined {
  const here = partners
    .list()
    .find(({ source }) => source.kind === 'metadata' && source.url === authMetadataUrl)
  return here ?? partners.get(identityFor(applicationType))
}

function identityFor(type: EnterpriseApplication): string {
  return `${type}Enterprise`
}

// A partner keeps the account that it has. An account of the right name may be there from a call that broke off; any other of
// that name is somebody's, who would be given the roles, and the application his rights.
async function ensureAccount(
  { directory, newId, domain }: EnterpriseContext,
  partner: Partner | undefined,
  type: EnterpriseApplication,
): Promise<Outcome<{ user: User; isNew: boolean }>> {
  const linkedAccount = partner?.linkedAccount
  const [linked] = linkedAccount === undefined ? [] : await directory.find('sid', linkedAccount)
  if (linked !== undefined) return accept({ user: linked, isNew: false })
  const name = `${identityFor(type)}-ApplicationAccount`
  const upn = `${name}@${domain}`
  const [present, ...others] = await directory.find('upn', upn)
  if (present !== undefined) {
    const seen = others.length > 0 ? `${others.length + 1} accounts of this name` : wordsFor(present)
    return seen === undefined
      ? accept({ user: present, isNew: false })
      : refuse('application_account_taken', {
          at: upn,
          expected: 'no account, or a disabled LinkedUser',
          seen,
        })
  }
  const user: User = {
    sid: newSid(newId()),
    upn,
    organizationalUnit: defaultContainer(domain),
    displayName: name,
    enabled: false,
    mailboxEnabled: false,
    archivingEnabled: false,
    recipientTypeDetails: 'LinkedUser',
  }
  if ((await directory.add(user)) === 'exists') throw new Error('a new SID is one that nobody has')
  return accept({ user, isNew: true })
}

// What keeps an account from being one of those that are made here; undefined of one that is.
function wordsFor(account: User): string | undefined {
  if (account.enabled) return 'an account that is enabled'
  if (account.mailboxEnabled) return 'an account with a mailbox'
  const kind = recipientKindOf(account)
  return kind === 'LinkedUser' ? undefined : `a ${kind}`
}

// An assignment of the role in whatever scope is an administrator's own choice and stays as it is.
async function ensureRoles(
  authorization: Authorization,
  account: User,
  roles: readonly RoleName[],
): Promise<{ all: readonly RoleAssignment[]; added: readonly RoleAssignment[] }> {
  const mine = authorization
    .current()
    .assignments.filter(
      ({ assignee }) => assignee.kind === 'account' && fold(assignee.sid) === fold(account.sid),
    )
  const missing = roles.filter((role) => !mine.some((one) => one.role === role))
  const assigned = await authorization.assign(
    missing.map((role) => ({
      role,
      assignee: { kind: 'account', sid: account.sid },
      assigneeName: nameOf(account),
      scope: { kind: 'none' },
      delegating: false,
      enabled: true,
    })),
  )
  if (!assigned.ok) throw new Error(`roles could not be assigned: ${assigned.expected}`)
  return { all: [...mine, ...assigned.value], added: assigned.value }
}

/** A SID that no account ever had: a directory does not use one twice, and rights may still name an account that is gone. */
export function newSid(id: string): string {
  const bytes = createHash('sha256').update(id).digest()
  return `S-1-5-21-${[0, 4, 8, 12].map((at) => bytes.readUInt32BE(at)).join('-')}`
}
