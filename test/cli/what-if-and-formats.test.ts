/** `-WhatIf` and `| fl` of cmdlets that are not about roles: what would be done, and how results are shown. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from '../../src/cli/program.ts'
import { type Farm, startFarm } from '../support/farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('lync', 'exchange')
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

async function entente(...words: string[]): Promise<{ code: number; output: string }> {
  const printed: string[] = []
  const print = (text: string) => printed.push(text)
  const code = await runProgram([...words, '--data', farm.dir], { out: print, err: print })
  return { code, output: printed.join('\n') }
}
const typed = (line: string) => entente(...line.split(' '))

test('a key that would be imported is not shown, and not imported', async () => {
  const passwordFile = join(farm.dir, 'password')
  writeFileSync(passwordFile, 'secret word\n')
  const pem = new URL('../vectors/keys/partner-next.key.pem', import.meta.url).pathname
  const before = (await typed('Get-CsCertificate')).output
  const { code, output } = await typed(
    `key add --server lync --pem ${pem} --password-file ${passwordFile} --what-if`,
  )
  expect(code).toBe(0)
  expect(output).toMatch(/^What if: POST https:\/\/.*\/signing-keys /)
  expect(output).not.toMatch(/PRIVATE KEY|secret word/)
  expect((await typed('Get-CsCertificate')).output).toBe(before)
})

test('clocks stand where they are, and nobody calls anybody', async () => {
  const { now } = farm.clock
  const { code, output } = await typed('clock advance 4d --what-if')
  expect([code, output]).toEqual([
    0,
    expect.stringMatching(/^What if: PATCH \/admin\/v1\/clock .*345600.* exchange/),
  ])
  expect(farm.clock.now).toBe(now)
  expect((await typed('test matrix --what-if')).output).toMatch(/^What if: POST /)
  expect((await typed('fault add lync exchange --order 503 --what-if')).output).toMatch(
    /^What if: POST .*503/,
  )
  expect((await typed('fault list')).output).not.toContain('503')
  expect((await typed('Test-CsExStorageConnectivity -SipUri sip:a@b -WhatIf')).output).toMatch(
    /^What if: POST .*\/tests\/storage-connectivity /,
  )
})

test.each([
  ['New-ManagementRoleAssignment -Role UserApplication', /user: expected exactly one of user, securityGroup/],
  [
    'New-ManagementRoleAssignment -Role Nothing -User kenmyer',
    /role: expected one of UserApplication, .*, saw "Nothing"/,
  ],
  ['New-CsPartnerApplication A', /metadataUrl: expected exactly one of metadataUrl, document/],
  [
    'New-ManagementScope S -RecipientRestrictionFilter x -RecipientRoot *',
    /recipientRoot: expected the canonical/,
  ],
  [
    'New-ManagementScope S -RecipientRestrictionFilter Name',
    /recipientRestrictionFilter: expected .* at position 5/,
  ],
  ['Set-SPAuthenticationRealm UPPER', /realm: /],
  [
    'Add-MailboxFolderPermission kenmyer@litwareinc.com:\\Calendar -User p -AccessRights Reviewer,Owner',
    /accessRights: expected one role or several single rights/,
  ],
])('%s -WhatIf is refused in the words of the server', async (line, words) => {
  const what = await typed(`${line} -WhatIf`)
  expect([what.code, what.output]).toEqual([2, expect.stringMatching(words)])
  expect(await typed(line)).toEqual(what)
})

test('a selection may have stars, and an entry that is not there is missed', async () => {
  const { output } = await entente('Get-OrganizationConfig', '| fl EwsAllow*')
  expect(output.match(/^\w+/gm)).toEqual([
    'ewsAllowList',
    'ewsAllowOutlook',
    'ewsAllowMacOutlook',
    'ewsAllowEntourage',
  ])
  expect((await entente('Get-CASMailbox', '| ft', 'user,*policy')).output).toMatch(
    /^user +ewsApplicationAccessPolicy\n/,
  )
  const calendar = 'Get-MailboxFolderPermission kenmyer@litwareinc.com:\\Calendar'
  expect((await entente(...calendar.split(' '), '-User', 'pilar')).output).toMatch(
    /warning: there is no entry for pilar/,
  )
  expect((await entente(...calendar.split(' '), '-User', 'default')).output).not.toContain('warning')
})

test.each(['Set-AuthConfig -?', 'Remove-ManagementScope AA -h', 'Set-CASMailbox --help'])(
  '%s helps',
  async (line) => {
    const { code, output } = await typed(line)
    expect([code, output]).toEqual([0, expect.stringMatching(/^Usage: entente /)])
  },
)

test.each([
  ['Get-AuthConfig', 'State', /^state : current$/],
  ['Get-OrganizationConfig', 'EwsAllowList', /^ewsAllowList : null$/],
  ['Get-CASMailbox', 'User', /^user : kenmyer@litwareinc.com\n\nuser : /],
  ['Get-MailboxFolderPermission kenmyer@litwareinc.com:\\Calendar', 'User', /^user : Default\n\nuser : /],
  ['Get-CsPartnerApplication', 'Identity', /^identity : exchange$/],
  ['Get-SPAuthenticationRealm', 'Realm', /^realm : [0-9a-f-]{36}$/],
  ['Get-CsArchivingConfiguration', 'EnableArchiving', /^enableArchiving : \w+$/],
  ['Test-CsExStorageConnectivity -SipUri sip:nobody@litwareinc.com', 'Passed', /^passed : false$/],
])('%s | fl %s shows that member alone', async (cmdlet, member, expected) => {
  expect((await entente(...cmdlet.split(' '), '|', 'fl', member)).output).toMatch(expected)
})
