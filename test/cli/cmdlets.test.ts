/** Cmdlets as they stand in runbooks, and the commands they become. */
import { translateCmdlet } from '../../src/cli/cmdlets.ts'

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
  [
    'Test-CsExStorageNotification -SipUri sip:a@b -Binding NetTCP -HostNameStorageService a.b -DeleteItem',
    'test storage-notification --sip-uri sip:a@b --delete-item',
  ],
  [
    'Test-CsUnifiedContactStore -TargetFqdn lync.a -UserSipAddress sip:a@b -Authentication TrustedServer',
    'test unified-contact-store --sip-uri sip:a@b',
  ],
  ['Debug-CsUnifiedContactStore -PoolFqdn lync.a', 'contact-store show'],
  ['Debug-CsUnifiedContactStore -Identity sip:a@b', 'contact-store show sip:a@b'],
  ['Invoke-CsUcsRollback -Identity a@b -Force -Confirm:$false', 'contact-store rollback a@b'],
  [
    'Debug-CsStorageServiceFailures -SipUri sip:a@b -Component ExchangeArchiving -OutFileName f.txt',
    'storage-failures list --sip-uri sip:a@b --component ExchangeArchiving --output f.txt',
  ],
  [
    'Set-CsArchivingConfiguration -Identity global -EnableArchiving ImOnly -EnableExchangeArchiving $true',
    'archiving set --enable-archiving ImOnly --enable-exchange-archiving true',
  ],
  ['Get-CsArchivingConfiguration', 'archiving show'],
  ['Set-CsArchivingPolicy Global -ArchiveInternal $True', 'archiving-policy set --archive-internal true'],
  [
    'Set-CsConversationHistoryConfiguration -EnableServerConversationHistory $true -MaxContinuedConversationRetry 5',
    'conversation-history set --enable-server-conversation-history true --max-continued-conversation-retry 5',
  ],
  ['Set-CsUserServicesPolicy -UcsAllowed $false', 'user-services-policy set --ucs-allowed false'],
  [
    'Set-CsUser -Identity a@b -ExchangeArchivingPolicy NoArchiving',
    'lync-user set a@b --exchange-archiving-policy NoArchiving',
  ],
  ['Get-CsPartnerApplication Exchange', 'partner show --server lync Exchange'],
  ['Remove-CsPartnerApplication -Identity Exchange', 'partner remove --server lync Exchange'],
  ['Get-AuthConfig', 'key list --server exchange'],
  [
    'Set-AuthConfig -NewCertificateThumbprint 7391C0 -NewCertificateEffectiveDate 2031-05-01T12:00:00Z -Force',
    'key stage --server exchange 7391C0 --effective 2031-05-01T12:00:00Z --force',
  ],
  ['Set-AuthConfig -PublishCertificate -Force', 'key publish --server exchange'],
  ['Set-AuthConfig -ClearPreviousCertificate', 'key clear-previous --server exchange'],
  ['Set-AuthConfig -CertificateThumbprint 7391C0', 'key replace --server exchange 7391C0'],
  [
    'Set-CsCertificate -Type OAuthTokenIssuer -Thumbprint B142 -Identity Global -Roll -EffectiveDate 2031-05-01T12:00:00Z',
    'key stage --server lync B142 --effective 2031-05-01T12:00:00Z',
  ],
  [
    'Set-CsCertificate -Identity global -Type OAuthTokenIssuer -Path key.pfx -Confirm:$false',
    'key replace --server lync --pfx key.pfx',
  ],
  ['Get-CsCertificate -Type OAuthTokenIssuer', 'key list --server lync'],
  ['Remove-CsCertificate -Type OAuthTokenIssuer -Previous -Force', 'key clear-previous --server lync'],
  [
    'Set-SPSecurityTokenServiceConfig -ImportSigningCertificate sts.pfx',
    'key replace --server sharepoint --pfx sts.pfx',
  ],
  [
    'Set-SPSecurityTokenServiceConfig -QueueSigningCertificateThumbprint 7A -QueueSigningCertificateStoreName my',
    'key stage --server sharepoint 7A',
  ],
  [
    'Set-SPSecurityTokenServiceConfig -RevokeSigningCertificateThumbprint 7A',
    'key revoke --server sharepoint 7A',
  ],
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
  ['Set-AuthConfig -PublishCertificate -WhatIf', 'key publish --server exchange --what-if'],
  [
    'Get-CASMailbox ken@a | fl EwsEnabled,EwsAllowList',
    'cas-mailbox show --server exchange ken@a --list --select EwsEnabled,EwsAllowList',
  ],
  ['Get-CsPartnerApplication | ConvertTo-Json', 'partner list --server lync --json'],
])('%s', (line, expected) => {
  expect(translateCmdlet(line.split(' ')).join(' ')).toBe(expected)
})

test.each([
  ['New-CsPartnerApplication -Tenant x', /-Tenant is not a parameter here; expected one of -Identity, /],
  ['Set-CsArchivingConfiguration -Identity site:Redmond', /expected global, saw site:Redmond/],
  ['New-CsPartnerApplication -A x', /-A is ambiguous/],
  ['Test-CsExStorageConnectivity -SipUri', /-SipUri needs a value/],
  ['Set-AuthConfig -Force', /expected -NewCertificateThumbprint or -CertificateThumbprint or /],
  ['Set-CsCertificate -Type Default -Thumbprint A', /-Type: expected OAuthTokenIssuer, saw Default/],
  ['Remove-CsCertificate -Type OAuthTokenIssuer', /expected -Previous/],
  ['Set-OrganizationConfig exchange', /Set-OrganizationConfig: expected a parameter, saw exchange/],
  ['Set-CASMailbox A -EwsAllow x', /-EwsAllow is ambiguous/],
  ['Set-CsPartnerApplication A -Enabled maybe', /expected \$true or \$false/],
])('%s is refused', (line, message) => {
  expect(() => translateCmdlet(line.split(' '))).toThrow(message)
})
