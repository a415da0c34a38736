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
  ['Get-CsPartnerApplication Exchange', 'partner show --server lync Exchange'],
  ['Remove-CsPartnerApplication -Identity Exchange', 'partner remove --server lync Exchange'],
  ['partner list --server exchange', 'partner list --server exchange'],
])('%s', (line, expected) => {
  expect(translateCmdlet(line.split(' ')).join(' ')).toBe(expected)
})

test.each([
  ['New-CsPartnerApplication -Tenant x', /-Tenant is not a parameter here; expected one of -Identity, /],
  ['New-CsPartnerApplication -A x', /-A is ambiguous/],
  ['Test-CsExStorageConnectivity -SipUri', /-SipUri needs a value/],
  ['Set-CsPartnerApplication A -Enabled maybe', /expected \$true or \$false/],
])('%s is refused', (line, message) => {
  expect(() => translateCmdlet(line.split(' '))).toThrow(message)
})
