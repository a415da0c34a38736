/** Cmdlets as they stand in runbooks, and the commands they become. */
import { translateCmdlet } from '../../src/cli/cmdlets.ts'
import { matches } from '../../src/products/wildcard.ts'

test.each([
  [
    'Test-CsExStorageConnectivity -SipUri sip:kenmyer@litwareinc.com -DeleteItem',
    'test storage-connectivity --sip-uri sip:kenmyer@litwareinc.com --delete-item',
  ],
  [
    'test-csexstorageconnectivity sip:a@b -folder Dumpster',
    'test storage-connectivity --sip-uri sip:a@b --folder Dumpster',
  ],
  [
    'Test-CsExStorageConnectivity -s sip:a@b -DeleteItem:$false',
    'test storage-connectivity --sip-uri sip:a@b',
  ],
  [
    'Test-CsExStorageConnectivity -SipUri:sip:a@b --json',
    'test storage-connectivity --sip-uri sip:a@b --json',
  ],
  [
    'New-CsPartnerApplication -Identity Exchange -ApplicationTrustLevel Full -MetadataUrl https://a/b',
    'partner add --server lync --identity Exchange --trust-level Full --metadata-url https://a/b',
  ],
  [
    'New-CsPartnerApplication Exchange -MetadataUrl https://a/b -Enabled $false -Confirm:$false -Force',
    'partner add --server lync --identity Exchange --metadata-url https://a/b --enabled false',
  ],
  [
    'Set-CsPartnerApplication -Identity Exchange -Enabled $true',
    'partner set --server lync Exchange --enabled true',
  ],
  ['Get-CsPartnerApplication', 'partner list --server lync'],
  ['Get-CsPartnerApplication -Filter *change', 'partner list --server lync --filter *change'],
  [
    'Test-CsExStorageConnectivity -SipUri sip:a@b -Binding NetNamedPipe -Verbose -UseCache',
    'test storage-connectivity --sip-uri sip:a@b',
  ],
  ['Get-CsPartnerApplication Exchange', 'partner show --server lync Exchange'],
  ['Remove-CsPartnerApplication -Identity Exchange', 'partner remove --server lync Exchange'],
  ['partner list --server exchange', 'partner list --server exchange'],
  ['Get-OrganizationConfig', 'organization-config show --server exchange'],
  [
    'Set-OrganizationConfig -EwsEnabled:$false -EwsAllowList $null -Confirm:$false',
    'organization-config set --server exchange --ews-enabled $false --ews-allow-list $null',
  ],
  ['Get-CASMailbox', 'cas-mailbox show --server exchange'],
  ['Get-CASMailbox ken@a', 'cas-mailbox show --server exchange ken@a'],
  [
    'Set-CASMailbox -Identity ken@a -EwsApplicationAccessPolicy EnforceBlockList -EwsBlockList a,b',
    'cas-mailbox set --server exchange ken@a --ews-application-access-policy EnforceBlockList --ews-block-list a,b',
  ],
  [
    'Add-MailboxFolderPermission -Identity ken@a:\\Calendar -User b@a -AccessRights Editor',
    'folder-permission add --server exchange ken@a:\\Calendar --user b@a --access-rights Editor',
  ],
  [
    'Set-MailboxFolderPermission ken@a:\\Calendar -User Default -AccessRights LimitedDetails',
    'folder-permission set --server exchange ken@a:\\Calendar --user Default --access-rights LimitedDetails',
  ],
  ['Get-MailboxFolderPermission ken@a:\\', 'folder-permission list --server exchange ken@a:\\'],
  [
    'Remove-MailboxFolderPermission ken@a:\\Calendar -User b@a',
    'folder-permission remove --server exchange ken@a:\\Calendar --user b@a',
  ],
  [
    'Add-MailboxPermission ken@a -User b@a -AccessRights FullAccess -InheritanceType All -Deny',
    'mailbox-permission add --server exchange ken@a --user b@a --access-rights FullAccess --deny',
  ],
  [
    'Remove-MailboxPermission ken@a -User b@a -AccessRights FullAccess -Confirm:$false',
    'mailbox-permission remove --server exchange ken@a --user b@a --access-rights FullAccess',
  ],
  ['Get-MailboxPermission ken@a', 'mailbox-permission list --server exchange ken@a'],
])('%s', (line, expected) => {
  expect(translateCmdlet(line.split(' ')).join(' ')).toBe(expected)
})

test.each([
  ['New-CsPartnerApplication -Tenant x', /-Tenant is not a parameter here; expected one of -Identity, /],
  ['New-CsPartnerApplication -A x', /-A is ambiguous/],
  ['Test-CsExStorageConnectivity -SipUri', /-SipUri needs a value/],
  ['Set-OrganizationConfig exchange', /Set-OrganizationConfig: expected a parameter, saw exchange/],
  ['Set-CASMailbox A -EwsAllow x', /-EwsAllow is ambiguous/],
  ['Set-CsPartnerApplication A -Enabled maybe', /expected \$true or \$false/],
])('%s is refused', (line, message) => {
  expect(() => translateCmdlet(line.split(' '))).toThrow(message)
})

test.each([
  ['*', 'Exchange', true],
  ['ex*', 'Exchange', true],
  ['*CHANGE', 'Exchange', true],
  ['e*ch*e', 'Exchange', true],
  ['exchange', 'Exchange', true],
  ['ex', 'Exchange', false],
  ['e*x*x*', 'Exchange', false],
  ['aba*ba', 'aba', false],
  ['*'.repeat(10_000), 'Exchange', true],
])('the pattern %.20s fits %s: %s', (pattern, text, fits) => {
  expect(matches(pattern, text)).toBe(fits)
})
