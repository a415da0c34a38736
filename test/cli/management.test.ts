/** Roles, scopes, groups and rights from the command line, as commands of ours and as cmdlets of Microsoft’s pages. */

import { runProgram } from '../../src/cli/program.ts'
import { translateCmdlet } from '../../src/cli/translate-cmdlet.ts'
import { type Farm, startFarm } from '../support/farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

/** What a person types after `entente`, word by word; `--data` follows, as it may follow every cmdlet. */
async function entente(...words: string[]) {
  const out: string[] = []
  const err: string[] = []
  const code = await runProgram([...words, '--data', farm.dir], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}
const typed = (line: string) => entente(...line.split(' '))

test.each<[string[], string]>([
  [
    ['New-ManagementRoleAssignment', '-Name:imp', '-Role:ApplicationImpersonation', '-User:svc@a.com'],
    'role-assignment add --server exchange --name imp --role ApplicationImpersonation --user svc@a.com',
  ],
  [
    [
      'New-ManagementRoleAssignment',
      '-Role',
      'R',
      '-SecurityGroup',
      'G',
      '-CustomRecipientWriteScope',
      'S',
      '-Delegating',
    ],
    'role-assignment add --server exchange --role R --group G --scope S --delegating',
  ],
  [
    ['Get-ManagementRoleAssignment', '-Role', 'R', '|', 'fl', 'Name,Role'],
    'role-assignment list --server exchange --role R --list --select Name,Role',
  ],
  [
    ['Get-ManagementRoleAssignment', '-RoleAssignee', 'svc*'],
    'role-assignment list --server exchange --assignee svc*',
  ],
  [['Get-ManagementRoleAssignment', 'imp', '| fl'], 'role-assignment show --server exchange imp --list'],
  [
    ['Set-ManagementRoleAssignment', 'imp', '-CustomRecipientWriteScope', '$null', '-Enabled', '$false'],
    'role-assignment set --server exchange imp --scope $null --enabled false',
  ],
  [
    ['Remove-ManagementRoleAssignment', 'imp', '-Confirm:$false', '-WhatIf'],
    'role-assignment remove --server exchange imp --what-if',
  ],
  [
    ['New-ManagementScope', '-Name', 'S', '-RecipientRestrictionFilter', "Name -eq 'john'", '-Exclusive'],
    "management-scope add --server exchange --name S --filter Name -eq 'john' --exclusive",
  ],
  [['Get-ManagementScope', '|ConvertTo-Json'], 'management-scope list --server exchange --json'],
  [['Get-ManagementScope', '| ft', 'Name'], 'management-scope list --server exchange --select Name'],
  [
    [
      './Configure-EnterprisePartnerApplication.ps1',
      '-AuthMetadataUrl',
      'https://a/b',
      '-ApplicationType',
      'Lync',
    ],
    'partner configure-enterprise --server exchange --metadata-url https://a/b --type Lync',
  ],
  [
    [
      '.\\Configure-EnterprisePartnerApplication.ps1',
      '-ApplicationType',
      'SharePoint',
      '-AuthMetadataUrl',
      'u',
    ],
    'partner configure-enterprise --server exchange --type SharePoint --metadata-url u',
  ],
  [
    ['New-PartnerApplication', 'SP', '-AuthMetadataUrl', 'https://a', '-LinkedAccount', 'a.com/Users/X'],
    'partner add --server exchange --identity SP --metadata-url https://a --linked-account a.com/Users/X',
  ],
  [['Set-PartnerApplication', 'SP', '-RefreshAuthMetadata'], 'partner refresh --server exchange SP'],
  [
    ['Set-PartnerApplication', '-Identity', 'SP', '-LinkedAccount', '$null', '-RefreshAuthMetadata:$false'],
    'partner set --server exchange SP --linked-account $null',
  ],
  [['Get-PartnerApplication'], 'partner list --server exchange'],
  [['Get-PartnerApplication', 'SP'], 'partner show --server exchange SP'],
  [['Remove-PartnerApplication', 'SP', '-DomainController', 'dc1'], 'partner remove --server exchange SP'],
  [['Get-ManagementRole', 'Mailbox*'], 'role list --server exchange --name Mailbox*'],
  [
    [
      'Add-ADPermission',
      '-Identity',
      'database:DB',
      '-User',
      'x',
      '-ExtendedRights',
      'MS-Exch-EPI-May-Impersonate',
      '-Deny',
    ],
    'impersonation-right add --server exchange --on database:DB --user x --right ms-Exch-EPI-May-Impersonate --deny',
  ],
  [['Get-ADPermission'], 'impersonation-right list --server exchange'],
  [['Remove-ADPermission', 'some-id'], 'impersonation-right remove --server exchange some-id'],
  [
    ['New-DistributionGroup', '-Name', 'Team', '-Members', 'a,b', '-Type', 'Security'],
    'group add --server exchange --name Team --members a,b',
  ],
  [
    ['Add-DistributionGroupMember', '-Identity', 'Team', '-Member', 'c'],
    'group add-member --server exchange Team --member c',
  ],
])('%j', (words, expected) => {
  expect(translateCmdlet(words).join(' ')).toBe(expected)
})

test('a pipe into anything but a format is refused', () => {
  expect(() => translateCmdlet(['Get-ManagementScope', '|', 'Remove-ManagementScope'])).toThrow(
    /\| Remove-ManagementScope: expected one of fl, format-list/,
  )
})

test('a runbook runs from the group to the assignment, and -WhatIf changes nothing', async () => {
  const url = farm.metadataUrl('lync')
  const script = [
    'Configure-EnterprisePartnerApplication.ps1',
    '-AuthMetadataUrl',
    url,
    '-ApplicationType',
    'Lync',
  ]
  const what = await entente(...script, '-WhatIf')
  expect(what).toEqual({
    code: 0,
    out: `What if: POST ${farm.servers.exchange.url}/admin/v1/enterprise-partner-applications {"authMetadataUrl":"${url}","applicationType":"Lync"}`,
    err: '',
  })
  expect((await typed('Get-PartnerApplication')).out).not.toContain('LyncEnterprise')
  for (let time = 0; time < 2; time++) {
    const { code, out } = await entente(...script)
    expect([code, out.split('\n').at(-1)]).toEqual([0, 'THE CONFIGURATION HAS SUCCEEDED'])
    expect(out).toContain('UserApplication')
  }
  await typed('New-DistributionGroup -Name Team -Members kenmyer,pilar')
  await typed('Add-DistributionGroupMember Team -Member davidl')
  expect((await typed('Get-DistributionGroup Team --json')).out).toContain(farm.lab.users[2]!.sid)
  const filter = "MemberOfGroup -eq 'CN=Team,CN=Users,DC=litwareinc,DC=com'"
  const scope = await entente(
    'New-ManagementScope',
    '-Name',
    'Team',
    '-RecipientRestrictionFilter',
    `{${filter}}`,
  )
  expect(scope).toMatchObject({ code: 0, err: '' })
  const assign = [
    ...['New-ManagementRoleAssignment', '-Name', 'Impersonate', '-Role', 'ApplicationImpersonation'],
    ...['-User', 'LyncEnterprise-ApplicationAccount', '-CustomRecipientWriteScope', 'Team'],
  ]
  expect((await entente(...assign, '-WhatIf')).out).toMatch(
    /^What if: POST .*"customRecipientWriteScope":"Team"/,
  )
  expect((await entente(...assign)).code).toBe(0)
  const listed = await entente(
    'Get-ManagementRoleAssignment',
    '-Role',
    'ApplicationImp*',
    '| fl Name,customrecipientwritescope',
  )
  expect(listed.out).toBe('name                      : Impersonate\ncustomRecipientWriteScope : Team')
  const lyncs = await typed('Get-ManagementRoleAssignment -RoleAssignee LyncEnterprise* --json')
  expect(JSON.parse(lyncs.out).items.map(({ name }: { name: string }) => name)).toEqual([
    'UserApplication-LyncEnterprise-ApplicationAccount',
    'ArchiveApplication-LyncEnterprise-ApplicationAccount',
    'Impersonate',
  ])
  const table = await typed('role-assignment list --server exchange --select name,role')
  expect(table.out.split('\n')[0]).toMatch(/^name +role$/)
  expect(table.out).toMatch(/^Impersonate +ApplicationImpersonation$/m)
  expect(JSON.parse((await typed('Get-ManagementScope --json')).out).items).toHaveLength(1)
  expect((await typed('Remove-ManagementScope Team -Confirm:$false')).err).toMatch(/HTTP 409.*Impersonate/)
  expect(
    (await typed('Set-ManagementRoleAssignment Impersonate -CustomRecipientWriteScope $null')).code,
  ).toBe(0)
  expect((await typed('Remove-ManagementScope Team -Confirm:$false')).code).toBe(0)
  expect((await typed('Remove-ManagementRoleAssignment Impersonate')).out).toBe(
    'Impersonate removed at exchange',
  )
})

test('a scope over nothing is said where errors go; a filter that cannot be read ends with exit code 2', async () => {
  const made = await entente(
    'New-ManagementScope',
    'Nobody',
    '-RecipientRestrictionFilter',
    "City -eq 'Atlantis'",
  )
  expect(made).toMatchObject({
    code: 0,
    err: 'entente: warning: the scope Nobody holds no recipient at this moment',
  })
  const wrong = await entente('Set-ManagementScope', 'Nobody', '-RecipientRestrictionFilter', 'City -eq Reno')
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('at position 10, saw Reno') })
})

test('rights are granted on the server, a database or an account', async () => {
  const add = (on: string, right: string) =>
    entente('Add-ADPermission', '-Identity', on, '-User', 'pilar', '-ExtendedRights', right)
  expect((await add('server', 'ms-Exch-EPI-Impersonation')).code).toBe(0)
  expect((await add('database:DB 1', 'ms-Exch-EPI-May-Impersonate')).code).toBe(0)
  expect((await add('account:kenmyer', 'ms-Exch-EPI-May-Impersonate')).code).toBe(0)
  expect((await add('kenmyer', 'ms-Exch-EPI-May-Impersonate')).code).toBe(2)
  expect((await add('server', 'ms-Exch-EPI-TokenSerialization')).code).toBe(2)
  const { items } = JSON.parse((await typed('Get-ADPermission --json')).out)
  expect(items.map(({ database }: { database?: string }) => database)).toEqual([undefined, 'DB 1', undefined])
  for (const { id } of items) expect((await entente('Remove-ADPermission', id)).code).toBe(0)
})

test('a user is shown and changed', async () => {
  const { sid } = farm.lab.users[0]!
  const set = await typed(
    `user set ${sid} --server exchange --unit litwareinc.com/Sales --attribute title=Boss city=Reno`,
  )
  expect(set).toMatchObject({ code: 0, out: expect.stringContaining('"title":"Boss"') })
  const given = await typed(`user set ${sid} --server exchange --proxy-addresses a@x.com,b@x.com --json`)
  expect(JSON.parse(given.out).proxyAddresses).toEqual(['a@x.com', 'b@x.com'])
  const none = await typed(`user set ${sid} --server exchange --proxy-addresses $null --json`)
  expect(JSON.parse(none.out)).not.toHaveProperty('proxyAddresses')
  await typed(`user set ${sid} --server exchange --attribute title= --unit $null`)
  const { attributes, organizationalUnit } = JSON.parse(
    (await typed(`user show ${sid} --server exchange --json`)).out,
  )
  expect([attributes, organizationalUnit]).toEqual([{ city: 'Reno' }, 'litwareinc.com/Users'])
  expect((await typed(`user set ${sid} --server exchange --attribute shoe`)).code).toBe(2)
  const listed = await typed('user list --server exchange --list --select upn,enabled')
  expect(listed.out.split('\n').slice(0, 2)).toEqual(['upn     : kenmyer@litwareinc.com', 'enabled : true'])
})

test('assignments are found by any name of who has them, and through groups', async () => {
  const [ken] = farm.lab.users
  await typed('New-DistributionGroup -Name Outer -Members kenmyer')
  await typed('New-DistributionGroup -Name Whole -Members Outer')
  await typed(`New-ManagementRoleAssignment -Name by-name -Role UserApplication -User ${ken!.upn}`)
  await typed(
    'New-ManagementRoleAssignment -Name by-group -Role ArchiveApplication -SecurityGroup Whole -Delegating',
  )
  const found = async (line: string) => {
    const { code, out } = await typed(`Get-ManagementRoleAssignment ${line} --json`)
    expect(code).toBe(0)
    return (JSON.parse(out) as { items: { name: string }[] }).items.map(({ name }) => name)
  }
  for (const name of [ken!.upn, ken!.upn.toUpperCase(), ken!.sid, 'kenmyer'])
    expect(await found(`-RoleAssignee ${name}`)).toEqual(['by-name', 'by-group'])
  expect(await found('-RoleAssignee Outer')).toEqual(['by-group'])
  expect(await found('-RoleAssignee Whol*')).toEqual(['by-group'])
  expect(await found(`-RoleAssignee ${ken!.upn} -Delegating $false`)).toEqual(['by-name'])
  expect(await found('-RoleAssignee pilar@litwareinc.com')).not.toContain('by-name')
  const nobody = await typed('Get-ManagementRoleAssignment -RoleAssignee nobody@litwareinc.com')
  expect([nobody.code, nobody.err]).toEqual([
    2,
    expect.stringMatching(/roleAssignee: expected .*, saw nobody@lit/),
  ])
})

test.each([
  ['Remove-ManagementScope', '-Identity', ''],
  ['Set-CASMailbox', '', '-EwsEnabled', '$false'],
  ['Get-CASMailbox', ''],
  ['cas-mailbox', 'set', '', '--server', 'exchange', '--ews-enabled', 'false'],
  ['management-scope', 'remove', ' ', '--server', 'exchange'],
  ['management-scope', 'remove', '..', '--server', 'exchange'],
  ['group', 'remove-member', 'Team', '--server', 'exchange', '--member', ''],
])('an empty name is wrong usage, and nothing is called: %j %j %j', async (...words) => {
  const { code, err } = await entente(...words)
  expect([code, err]).toEqual([2, expect.stringMatching(/expected a name.*, saw/)])
})

test('a user that a partner application is linked to is removed with a warning', async () => {
  const user = { sid: 'S-1-5-21-5-5-5-5', upn: 'linked@litwareinc.com', displayName: 'Linked' }
  await farm.admin('exchange', 'POST', '/users', user)
  await farm.register('exchange', 'sharepoint', { linkedAccount: user.upn })
  const removed = await typed(`user remove ${user.sid} --server exchange`)
  expect(removed).toMatchObject({
    code: 0,
    err: expect.stringMatching(/^entente: warning: the partner application sharepoint has the account/),
  })
})
