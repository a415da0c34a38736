/** Token servers and their clients from the command line, as commands of ours and as cmdlets of Microsoft’s pages. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from '../../src/cli/program.ts'
import { translateCmdlet } from '../../src/cli/translate-cmdlet.ts'
import { type Farm, startFarm } from '../support/farm.ts'
import { APP, principalOf, REALM, startTokenServer, type TokenServer } from '../support/token-server.ts'
import { KEYS } from '../support/tokens.ts'

let farm: Farm
let sts: TokenServer
beforeAll(async () => {
  farm = await startFarm()
  sts = await startTokenServer(farm)
})
afterAll(async () => {
  await sts.close()
  expect(farm.surprises).toEqual([])
  await farm.close()
})

async function typed(line: string) {
  const out: string[] = []
  const err: string[] = []
  const code = await runProgram([...line.split(' '), '--data', farm.dir], {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const URL = 'https://a/metadata/json/1'

test.each([
  [
    `New-AuthServer -Name ACS -AuthMetadataUrl ${URL} -Type MicrosoftACS -TrustAnySSLCertificate`,
    `auth-server add --server exchange --name ACS --metadata-url ${URL} --type MicrosoftACS`,
  ],
  [
    `New-AuthServer ACS -AuthMetadataUrl ${URL} -Enabled $false`,
    `auth-server add --server exchange --name ACS --metadata-url ${URL} --enabled false`,
  ],
  ['Get-AuthServer', 'auth-server list --server exchange'],
  ['Get-AuthServer ACS', 'auth-server show --server exchange ACS'],
  ['Set-AuthServer -Identity ACS -Enabled $true', 'auth-server set --server exchange ACS --enabled true'],
  ['Set-AuthServer ACS -RefreshAuthMetadata', 'auth-server refresh --server exchange ACS'],
  ['Remove-AuthServer ACS -Confirm:$false', 'auth-server remove --server exchange ACS'],
  [
    `New-CsOAuthServer -Identity ACS -MetadataUrl ${URL} -AcceptSecurityIdentifierInformation $true`,
    `auth-server add --server lync --name ACS --metadata-url ${URL} --accept-sids true`,
  ],
  ['Get-CsOAuthServer', 'auth-server list --server lync'],
  ['Get-CsOAuthServer -Identity ACS -LocalStore', 'auth-server show --server lync ACS'],
  [`Set-CsOAuthServer ACS -MetadataUrl ${URL}`, `auth-server set --server lync ACS --metadata-url ${URL}`],
  ['Remove-CsOAuthServer -Identity ACS -Force', 'auth-server remove --server lync ACS'],
  ['Get-CsOAuthConfiguration', 'oauth-configuration show --server lync'],
  [
    'Set-CsOAuthConfiguration -Realm contoso.com',
    'oauth-configuration set --server lync --realm contoso.com',
  ],
  [
    'Set-CsOAuthConfiguration global -ServiceName x',
    'oauth-configuration set --server lync --service-name x',
  ],
  [
    `New-CsPartnerApplication -Identity HR -ApplicationIdentifier ${APP} -ApplicationTrustLevel User -UseOAuthServer`,
    `partner add --server lync --identity HR --application-id ${APP} --trust-level User --use-auth-server`,
  ],
  ['Set-CsPartnerApplication HR -UseOAuthServer', 'partner set --server lync HR --use-auth-server'],
  [
    `New-PartnerApplication -Name HR -ApplicationIdentifier ${APP} -LinkedAccount hr@a -UseAuthServer`,
    `partner add --server exchange --use-auth-server --identity HR --application-id ${APP} --linked-account hr@a`,
  ],
  [
    `New-PartnerApplication -Name HR -AuthMetadataUrl ${URL}`,
    `partner add --server exchange --identity HR --metadata-url ${URL}`,
  ],
])('a cmdlet of token servers becomes our command: %s', (cmdlet, command) => {
  expect(translateCmdlet(cmdlet.split(' ')).join(' ')).toBe(command)
})

test.each([
  ['Set-CsOAuthConfiguration', 'expected -Realm or -ServiceName'],
  ['Set-CsOAuthConfiguration -Identity site:1 -Realm a', '-Identity: expected global, saw site:1'],
  ['New-PartnerApplication -Name HR', 'expected -ApplicationIdentifier or -AuthMetadataUrl'],
  ['New-AuthServer -AppSecret x', 'AppSecret'],
])('a cmdlet that says too little or too much is told so: %s', (cmdlet, says) => {
  expect(() => translateCmdlet(cmdlet.split(' '))).toThrow(says)
})

test('a token server is believed, shown, disabled, read again and removed', async () => {
  const made = await typed(`New-CsOAuthServer -Identity STS -MetadataUrl ${sts.metadataUrl}`)
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(made.out).toContain(sts.endpoint)
  expect((await typed('Get-CsOAuthServer')).out).toMatch(/^name +issuer +enabled +tokenIssuingEndpoint\nSTS /)
  expect((await typed('auth-server set sts --server lync --enabled false')).out).toMatch(/enabled +: false/)
  expect((await typed('auth-server refresh STS --server lync')).out).toMatch(/enabled +: false/)
  expect(JSON.parse((await typed('Get-CsOAuthConfiguration --json')).out)).toMatchObject({
    ...{ realm: REALM, oauthServers: ['STS'], partnerApplications: [] },
  })
  const whatIf = await typed('Remove-CsOAuthServer STS -WhatIf')
  expect(whatIf.out).toContain('What if: DELETE')
  expect((await typed('Remove-CsOAuthServer STS')).out).toBe('STS removed at lync')
  const gone = await typed('Get-CsOAuthServer STS')
  expect([gone.code, gone.err]).toEqual([1, expect.stringContaining('No token server has this name')])
})

test('a client is registered, changed list by list, and removed', async () => {
  const file = join(farm.dir, 'client.pem')
  writeFileSync(file, KEYS.stranger.pem)
  const exchange = principalOf(farm, 'exchange')
  const lync = principalOf(farm, 'lync')
  const made = await typed(
    `token-client add --identity HR --certificate ${file} --application-id ${APP} --resource ${exchange} --resource ${lync} --delegation true --json`,
  )
  expect(JSON.parse(made.out)).toMatchObject({
    ...{ issuer: `${APP}@${REALM}`, resources: [exchange, lync], trustedForDelegation: true, consents: [] },
  })
  expect((await sts.ask()).status).toBe(200)
  const set = await typed(
    `token-client set HR --resource none --consent ken@a.com,pilar@a.com=${lync} --json`,
  )
  expect(JSON.parse(set.out)).toMatchObject({
    resources: [],
    trustedForDelegation: true,
    consents: [{ user: 'ken@a.com' }, { user: 'pilar@a.com', resource: lync }],
  })
  expect((await typed('token-client list')).out).toMatch(/^identity .*\nHR /)
  expect((await typed('token-client remove HR')).out).toBe('HR removed at token-server')
  expect(await typed('token-client show HR')).toMatchObject({ code: 1 })
})

test('what is wrong with an option is said with its name, and what is wrong with a member with its path', async () => {
  expect(await typed('token-client add --identity HR --delegation yes')).toMatchObject({
    ...{ code: 2, err: expect.stringContaining('expected true or false') },
  })
  const faults = await typed('token-client add --identity HR --resource nothing --consent nobody')
  expect(faults.code).toBe(2)
  for (const path of ['metadataUrl', 'resources[0]', 'consents[0].user']) expect(faults.err).toContain(path)
  // Only a token server has clients.
  expect((await typed('token-client list --server lync')).code).toBe(1)
})
