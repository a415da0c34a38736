/** Cmdlets as they stand in runbooks, and the commands they become. */
import { translateCmdlet } from '../../src/cli/translate-cmdlet.ts'

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
  ['New-CsPartnerApplication -Site x', /-Site is not a parameter here; expected one of -Identity, /],
  ['New-CsPartnerApplication -Tenant x', /-Tenant is not here: tenants are of the online service/],
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

// One word an element: what a shell hands on.
test.each<[string[], string]>([
  // A switch that is turned off does nothing.
  [
    ['Set-AuthConfig', '-NewCertificateThumbprint', '7A', '-PublishCertificate:$false'],
    'key stage --server exchange 7A',
  ],
  [
    ['Set-CsCertificate', '-Type', 'OAuthTokenIssuer', '-Thumbprint', 'B1', '-Roll:$false'],
    'key replace --server lync B1',
  ],
  [
    ['Set-PartnerApplication', 'SP', '-RefreshAuthMetadata:0', '-Enabled', '$true'],
    'partner set --server exchange SP --enabled true',
  ],
  [['Remove-ManagementScope', 'AA', '-WhatIf:$false'], 'management-scope remove --server exchange AA'],
  [['Remove-ManagementScope', 'AA', '-WhatIf:False'], 'management-scope remove --server exchange AA'],
  [['Remove-ManagementScope', '-Confirm:0', 'AA'], 'management-scope remove --server exchange AA'],
  // Behind the colon there may be a blank, and a shell may have eaten the value.
  [['Remove-ManagementScope', 'AA', '-Confirm:', '$false'], 'management-scope remove --server exchange AA'],
  [
    ['Remove-ManagementScope', 'AA', '-Confirm:', '-WhatIf'],
    'management-scope remove --server exchange AA --what-if',
  ],
  // Words of a closed set are taken in any case, and handed on in one.
  [
    ['Configure-EnterprisePartnerApplication', '-AuthMetadataUrl', 'u', '-ApplicationType', 'lync'],
    'partner configure-enterprise --server exchange --metadata-url u --type Lync',
  ],
  [
    ['Set-CsPartnerApplication', 'A', '-ApplicationTrustLevel', 'full'],
    'partner set --server lync A --trust-level Full',
  ],
  [
    [
      'Add-ADPermission',
      'server',
      '-User',
      'x',
      '-AccessRights',
      'extendedright',
      '-ExtendedRights',
      'ms-exch-epi-impersonation',
    ],
    'impersonation-right add --server exchange --on server --user x --right ms-Exch-EPI-Impersonation',
  ],
  [
    ['Set-SPAppPrincipalPermission', '-AppPrincipal', 'a@b', '-Scope', 'site', '-Right', 'FULLCONTROL'],
    'app-principal grant --server sharepoint a@b --scope Site --right FullControl',
  ],
  [
    ['Add-MailboxPermission', 'ken@a', '-User', 'b@a', '-AccessRights', 'fullaccess'],
    'mailbox-permission add --server exchange ken@a --user b@a --access-rights FullAccess',
  ],
  // A list with blanks behind its commas is several words.
  [
    [
      'Add-MailboxFolderPermission',
      'ken@a:\\Inbox',
      '-User',
      'b@a',
      '-AccessRights',
      'readitems,',
      'CREATEITEMS',
    ],
    'folder-permission add --server exchange ken@a:\\Inbox --user b@a --access-rights ReadItems,CreateItems',
  ],
  [
    ['New-AuthServer', 'T', '-AuthMetadataUrl', 'u', '-Type', 'adfs'],
    'auth-server add --server exchange --name T --metadata-url u --type ADFS',
  ],
  [
    ['Test-CsExStorageConnectivity', '-s', 'sip:a@b', '-b', 'NetTCP', '-h', 'fe01', '-fol', 'dumpster'],
    'test storage-connectivity --sip-uri sip:a@b --folder Dumpster',
  ],
  // Values are nobody's pipe, and no option of ours.
  [
    ['Set-CASMailbox', 'ken@a', '-EwsAllowList', '| fl'],
    'cas-mailbox set --server exchange ken@a --ews-allow-list | fl',
  ],
  [
    ['New-ManagementScope', 'S', '-RecipientRestrictionFilter', "Name -eq '--force'"],
    "management-scope add --server exchange --name S --filter Name -eq '--force'",
  ],
  [
    ['Get-ManagementScope', '--data', '|odd', '| fl'],
    'management-scope list --server exchange --data |odd --list',
  ],
  [
    ['Set-AuthConfig', '-CertificateThumbprint', '7A', '-Force', '--data', '--force'],
    'key replace --server exchange 7A --data --force',
  ],
])('%j', (words, expected) => {
  expect(translateCmdlet(words).join(' ')).toBe(expected)
})

test.each<[string[], RegExp]>([
  [['Remove-ManagementScope', 'AA', 'BB'], /-Identity is there twice: saw BB after -Identity AA/],
  [['Remove-ManagementScope', '-Identity', 'AA', 'BB'], /saw BB after -Identity AA/],
  [['Remove-ManagementScope', 'BB', '-Identity', 'AA'], /saw -Identity AA after -Identity BB/],
  [['Get-CsPartnerApplication', '-Filter', 'a', '-Filter', 'b'], /-Filter is there twice/],
  [
    ['Remove-ManagementScope', 'AA', '-Confirm', '$false'],
    /follows a colon: '-Confirm:\$false'; saw \$false/,
  ],
  [['Remove-ManagementScope', '-Confirm', '$false', 'AA'], /-Confirm is a switch/],
  [['Set-AuthConfig', '-PublishCertificate', '-WhatIf', '$false'], /-WhatIf is a switch/],
  [['New-SPTrustedSecurityTokenIssuer', 'A', '-IsTrustBroker', 'False'], /-IsTrustBroker is a switch/],
  [['Remove-ManagementScope', 'AA', '-Confirm:maybe'], /-Confirm: expected \$true or \$false/],
  [['Set-AuthConfig', '-PublishCertificate:', '-WhatIf'], /-PublishCertificate: expected \$true or \$false/],
  [['Set-AuthConfig', '-PublishCertificate:$false', '-WhatIf'], /expected -NewCertificateThumbprint or /],
  [['Remove-CsCertificate', '-Type', 'OAuthTokenIssuer', '-Previous:$false'], /expected -Previous/],
  [
    ['Set-AuthConfig', '-PublishCertificate', '-ClearPreviousCertificate'],
    /expected one of -PublishCertificate, -ClearPreviousCertificate at a time/,
  ],
  [['Set-AuthConfig', '-NewCertificateThumbprint', '7A', '-CertificateThumbprint', '7B'], /at a time/],
  [
    ['Set-PartnerApplication', 'SP', '-RefreshAuthMetadata:$false'],
    /nothing to change; expected one of -AuthMetadataUrl, /,
  ],
  [['Set-CASMailbox', 'ken@a', '--data', 'd'], /nothing to change; expected one of -EwsEnabled, /],
  [
    ['Set-AuthServer', 'T', '-RefreshAuthMetadata', '-Enabled', '$true'],
    /of its own; saw -Enabled beside it/,
  ],
  [['Set-PartnerApplication', 'SP', '-Name', 'New'], /-Name is not here: .*register it anew/],
  [
    ['New-PartnerApplication', 'SP', '-AccountType', 'ConsumerAccount'],
    /expected OrganizationalAccount, saw Con/,
  ],
  [['Get-ManagementRoleAssignment', 'imp', '-Role', 'R'], /expected -Identity or -Role, saw both/],
  [['Set-CsCertificate', '-Thumbprint', 'B1', '-Roll'], /-Roll needs -EffectiveDate or -EffectiveTime/],
  [
    ['Set-CsCertificate', '-Thumbprint', 'B1', '-EffectiveDate', 'a', '-EffectiveTime', 'b'],
    /-EffectiveTime is there twice: saw -EffectiveTime b after -EffectiveDate a/,
  ],
  [['Remove-ManagementScope', ''], /-Identity: expected a name, saw an empty one/],
  [['Set-CASMailbox', '', '-EwsEnabled', '$false'], /-Identity: expected a name, saw an empty one/],
  [['Set-CASMailbox', '-Identity', '-EwsEnabled', '$false'], /-Identity needs a value, saw -EwsEnabled/],
  [['Test-CsExStorageConnectivity', '-SipUri', '--json'], /-SipUri needs a value, saw --json/],
  [
    ['New-CsPartnerApplication', 'A', '-ApplicationTrustLevel', 'Most'],
    /expected one of Full, Application, User, saw Most/,
  ],
])('%j is refused', (words, message) => {
  expect(() => translateCmdlet(words)).toThrow(message)
})
