/** What each role lets an application do by itself: folders and operations, as a table. */
import { DISTINGUISHED_FOLDERS } from '../../../../src/products/exchange/distinguished-folders.ts'
import { decideFolder, decideOperation, rolesHeld } from '../../../../src/products/exchange/rbac/app-only.ts'
import type { RoleAssignment } from '../../../../src/products/exchange/rbac/management.ts'
import { ROLE_NAMES, type RoleName, roleOf } from '../../../../src/products/exchange/rbac/roles.ts'
import { account, person, scope, state } from './samples.ts'

const APPLICATION = account(2000, 'application', { mailboxEnabled: false, enabled: false })
const OWNER = account(1104, 'kenmyer')

const assigned = (...roles: RoleName[]): RoleAssignment[] =>
  roles.map((role) => ({
    name: role,
    role,
    assignee: person(APPLICATION),
    scope: { kind: 'none' },
    delegating: false,
    enabled: true,
  }))

const FOLDERS = ['inbox', 'calendar', 'recoverableitemsdeletions', 'recoverableitemspurges', 'root'] as const
// A cell is what can be done there: - nothing, s seeing what everyone is shown, t seeing when its owner is busy, r reading,
// a reading and adding.
const TABLE: Record<RoleName, string> = {
  //                               inbox calendar deletions purges root
  UserApplication: '- t - - -',
  ArchiveApplication: '- - - a -',
  LegalHoldApplication: '- - r r -',
  'Mailbox Search': 'r r r r r',
  MailboxSearchApplication: 'r r r r r',
  TeamMailboxLifecycleApplication: '- - - - -',
  MeetingGraphApplication: '- r - - -',
  OfficeExtensionApplication: 'r r - - -',
  FreeBusyApplication: '- s - - -',
  ApplicationImpersonation: '- - - - -',
}

/** The folder and everything it lies in, as the mailbox has them. */
function above(name: string): string[] {
  const { parent } = DISTINGUISHED_FOLDERS[name as keyof typeof DISTINGUISHED_FOLDERS]
  return parent === undefined ? [name] : [name, ...above(parent)]
}

function rightsOf(roles: readonly RoleName[], folder: string, owner = OWNER): string {
  const { rights, decision, access } = decideFolder(
    state({ assignments: assigned(...roles) }),
    APPLICATION.sid,
    above(folder),
    owner,
  )
  // What everyone is shown is looked up in the folder, and is nothing until then.
  expect(decision.allowed).toBe(rights.readItems !== 'None' || access === 'shown')
  // Nothing that is there can be changed or deleted, by whatever role.
  expect(rights).toMatchObject({
    isOwner: false,
    createSubfolders: false,
    editItems: 'None',
    deleteItems: 'None',
    viewPrivateItems: rights.isVisible,
  })
  expect(rights.isVisible).toBe(rights.readItems === 'FullDetails')
  if (access === 'shown') return 's'
  return rights.createItems ? 'a' : rights.isVisible ? 'r' : rights.readItems === 'TimeOnly' ? 't' : '-'
}

test.each(
  ROLE_NAMES.flatMap((role) => FOLDERS.map((folder, at) => [role, folder, TABLE[role].split(' ')[at]!])),
)('%s in the folder %s: %s', (role, folder, expected) => {
  expect(rightsOf([role as RoleName], folder)).toBe(expected)
})

test('several roles together let what each of them lets', () => {
  expect(rightsOf(['LegalHoldApplication', 'ArchiveApplication'], 'recoverableitemspurges')).toBe('a')
  expect(rightsOf(['ArchiveApplication', 'Mailbox Search'], 'recoverableitemspurges')).toBe('a')
  expect(rightsOf(['LegalHoldApplication', 'MeetingGraphApplication'], 'calendar')).toBe('r')
  expect(rightsOf(['UserApplication', 'MeetingGraphApplication'], 'calendar')).toBe('r')
})

test('nobody archives for a user who is not enabled for it', () => {
  const owner = { ...OWNER, archivingEnabled: false }
  expect(rightsOf(['ArchiveApplication'], 'recoverableitemspurges', owner)).toBe('r')
})

test('every operation that a role names is let by it, and by no role that does not name it', () => {
  const operations = new Set(ROLE_NAMES.flatMap((role) => roleOf(role).operations))
  for (const role of ROLE_NAMES) {
    for (const operation of operations) {
      const decision = decideOperation(state({ assignments: assigned(role) }), APPLICATION.sid, operation)
      const named = roleOf(role).operations.includes(operation)
      expect([role, operation, decision.allowed]).toEqual([role, operation, named])
      expect(decision.rule).toBe(named ? 'role_assigned' : 'operation_outside_roles')
    }
  }
})

test('no role lets an application by itself send, change or delete, or make folders', () => {
  for (const operation of [
    'SendItem',
    'UpdateItem',
    'DeleteItem',
    'MoveItem',
    'CreateFolder',
    'AddDelegate',
  ]) {
    const decision = decideOperation(
      state({ assignments: assigned(...ROLE_NAMES) }),
      APPLICATION.sid,
      operation,
    )
    expect([operation, decision.rule]).toEqual([operation, 'operation_outside_roles'])
  }
})

test('scopes count in folders: outside of them there is nothing, and the rule is named', () => {
  const scopes = [scope('Sales', "Department -eq 'Sales'")]
  const assignments = assigned('Mailbox Search').map((one) => ({
    ...one,
    scope: { kind: 'custom' as const, scope: 'Sales' },
  }))
  const decide = (owner = OWNER) =>
    decideFolder(state({ scopes, assignments }), APPLICATION.sid, above('inbox'), owner)
  expect(decide()).toMatchObject({
    rights: { isVisible: false },
    decision: { rule: 'recipient_outside_scope', by: 'Mailbox Search' },
  })
  expect(decide({ ...OWNER, attributes: { department: 'sales' } }).rights.isVisible).toBe(true)
})

test('the roles held are those of assignments in force', () => {
  const [search, meeting] = assigned('Mailbox Search', 'MeetingGraphApplication')
  const assignments = [search!, { ...meeting!, enabled: false }]
  expect(rolesHeld(state({ assignments }), APPLICATION.sid)).toEqual(['Mailbox Search'])
})
