/** SharePoint's cmdlets as a runbook has them, and the same with our own commands. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from '../../src/cli/program.ts'
import { translateCmdlet } from '../../src/cli/translate-cmdlet.ts'
import { type Farm, mintAs, startFarm } from '../support/farm.ts'
import { KEYS, keyFile } from '../support/tokens.ts'

const ADDIN = '5d8f0c1e-aaaa-4bbb-8ccc-0123456789ab'
const BROKER = '8c2bd9cd-aa7f-4a5b-9f0a-3c9b5a5ed3a1'

let farm: Farm
let realm: string
let certificate: string
beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  realm = farm.lab.servers.find(({ name }) => name === 'sharepoint')!.realm
  certificate = join(farm.dir, 'addins.pem')
  writeFileSync(certificate, KEYS.partner.pem)
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

/** What a person types after `entente`. */
async function entente(line: string): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const code = await runProgram([...line.split(' '), '--data', farm.dir], {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}
const json = async (line: string) => JSON.parse((await entente(`${line} --json`)).out)

test('Exchange is let in as the walkthrough for site mailboxes has it', async () => {
  const call = async () => {
    const authorization = `Bearer ${await mintAs(farm, 'exchange', 'sharepoint')}`
    return (await farm.send('GET', `${farm.servers.sharepoint.url}/_api/web`, { authorization })).status
  }
  const url = farm.metadataUrl('exchange')
  expect(await call()).toBe(401)
  expect(
    (await entente(`New-SPTrustedSecurityTokenIssuer -Name Exchange -MetadataEndPoint ${url}`)).code,
  ).toBe(0)
  expect(await call()).toBe(401)
  const { nameId } = await json('Get-SPTrustedSecurityTokenIssuer Exchange')
  const site = '-Site https://sharepoint'
  for (const line of [
    `Register-SPAppPrincipal ${site} -NameIdentifier ${nameId} -DisplayName Exchange`,
    `Set-SPAppPrincipalPermission -AppPrincipal ${nameId} ${site} -Scope SiteSubscription -Right FullControl -EnableAppOnlyPolicy`,
  ])
    expect(await entente(line)).toMatchObject({ code: 0, err: '' })
  expect(await call()).toBe(200)
  expect((await entente(`Get-SPAppPrincipal ${site}`)).out).toMatch(/SiteSubscription FullControl +yes +no$/m)
  await entente(`Remove-SPAppPrincipalPermission -AppPrincipal ${nameId} ${site} -DisableAppOnlyPolicy`)
  expect(await json(`Get-SPAppPrincipal -NameIdentifier ${nameId} ${site}`)).toMatchObject({
    ...{ appOnlyPolicy: false, permissions: [] },
  })
  expect((await entente('Remove-SPTrustedSecurityTokenIssuer Exchange -Confirm:$false')).code).toBe(0)
})

test('a broker as high-trust add-ins want it, and its realm changed under it', async () => {
  const add = `New-SPTrustedSecurityTokenIssuer -Name Add-ins -Certificate ${certificate} -RegisteredIssuerName ${BROKER}@${realm} -IsTrustBroker`
  const made = await entente(add)
  expect(made).toMatchObject({
    code: 0,
    err: expect.stringContaining('warning: no root authority is trusted'),
  })
  expect(made.out).toMatch(/^isSelfIssuer +: false$/m)
  expect((await entente(`New-SPTrustedRootAuthority -Name Add-ins -Certificate ${certificate}`)).code).toBe(0)
  const set = 'Set-SPTrustedSecurityTokenIssuer -Identity Add-ins'
  expect((await json(`${set} -IsTrustBroker:$false -Description note`)).isSelfIssuer).toBe(true)
  expect((await json(`${set} -IsTrustBroker`)).isSelfIssuer).toBe(false)
  expect((await json(`${set} -Description other`)).isSelfIssuer).toBe(false)
  await entente(`app-principal add --name-identifier ${ADDIN}@${realm} --display-name Add-in`)
  const to = '0b4e3c6e-5f0a-4f57-9a11-8a2f64a0a001'
  const changed = await entente(`Set-SPAuthenticationRealm -Realm ${to}`)
  expect(changed.code).toBe(0)
  expect(changed.err).toContain(`${BROKER}@${realm}`)
  expect(changed.err).toContain(`${ADDIN}@${realm}`)
  expect(changed.out).toContain(to)
  expect((await json('Get-SPAuthenticationRealm')).orphans.issuers).toHaveLength(1)
  expect((await entente('Get-SPTrustedSecurityTokenIssuer')).out).toMatch(/Add-ins .* yes$/m)
  await entente(`realm set ${realm}`)
  expect((await json('realm show')).orphans).toEqual({ issuers: [], appPrincipals: [] })
  expect((await entente('Remove-SPTrustedRootAuthority -Identity Add-ins')).code).toBe(0)
})

test('site groups from the command line', async () => {
  const [ken] = farm.lab.users
  await entente('site-group add --name Authors --level Contribute')
  await entente(`site-group add-member Authors --member ${ken!.upn}`)
  expect((await entente('site-group list')).out).toMatch(/^Authors +Contribute +s-1-5-21-/m)
  await entente(`site-group remove-member Authors --member ${ken!.sid}`)
  expect((await json('site-group show authors')).members).toEqual([])
  expect((await entente('site-group remove Authors')).code).toBe(0)
  expect((await entente('site-group show Authors')).code).toBe(1)
})

test('what is not usable is refused with exit code 2, and no key comes back', async () => {
  const both = join(farm.dir, 'both.pem')
  writeFileSync(both, KEYS.partner.pem + keyFile('partner.key.pem'))
  const refused = await entente(`New-SPTrustedRootAuthority -Name Bad -Certificate ${both}`)
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('a private key') })
  const two = `New-SPTrustedSecurityTokenIssuer -Name x -Certificate ${certificate} -MetadataEndPoint https://a/`
  expect(await entente(two)).toMatchObject({ code: 2, err: expect.stringContaining('at the same time') })
  const wrong = 'Set-SPAppPrincipalPermission -AppPrincipal x -Site y -Scope Everywhere -Right Read'
  expect((await entente(wrong)).code).toBe(2)
  expect(() => translateCmdlet(['New-SPTrustedSecurityTokenIssuer', '-isSelfIssuer'])).toThrow(
    '-isSelfIssuer is not a parameter here',
  )
})
