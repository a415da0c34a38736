/** The commands of Lync's Storage Service, as a person types them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from '../../src/cli/program.ts'
import { type Farm, KEN, startFarm } from '../support/farm.ts'

let farm: Farm
beforeEach(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('lync', 'exchange')
})
afterEach(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

/** What a person types after `entente`; of several words in quotes use `words`. */
async function entente(line: string, ...words: string[]): Promise<{ code: number; output: string }> {
  const printed: string[] = []
  const print = (text: string) => printed.push(text)
  const args = [...line.split(' '), ...words, '--data', farm.dir]
  const code = await runProgram(args, { out: print, err: print })
  return { code, output: printed.join('\n') }
}

test('failures are shown as the cmdlet shows them, and written into a file', async () => {
  expect((await entente('storage-failures list')).output).toBe('no failures')
  expect((await entente(`test storage-connectivity --sip-uri ${KEN}`)).code).toBe(1)
  const { code, output } = await entente(`Debug-CsStorageServiceFailures -SipUri ${KEN}`)
  expect(code).toBe(0)
  expect(output).toMatch(/^AdapterId +: bc24207f-08a7-4569-b984-a90f78a49d46$/m)
  expect(output).toMatch(/^EndpointStatusDetail : StoreWebException: code=ErrorEwsAutodiscover, /m)
  const file = join(farm.dir, 'failures.txt')
  expect((await entente(`Debug-CsStorageServiceFailures -OutFileName ${file}`)).output).toBe(
    `1 written to ${file}`,
  )
  expect(readFileSync(file, 'utf8')).toBe(`${output}\n`)
  expect((await entente('storage-failures list --component Mail')).code).toBe(2)
  expect((await entente('storage-failures list --start-time yesterday')).code).toBe(2)
  expect((await entente('storage-failures list --server sharepoint')).code).toBe(1)
})

test('settings are shown and changed in the words of the cmdlets', async () => {
  const set = await entente(
    'Set-CsArchivingConfiguration -EnableArchiving ImOnly -EnableExchangeArchiving $true',
  )
  expect(set).toMatchObject({ code: 0, output: expect.stringMatching(/^enableArchiving +: ImOnly$/m) })
  expect((await entente('Get-CsArchivingConfiguration')).output).toBe(set.output)
  const history = 'Set-CsConversationHistoryConfiguration -MaxContinuedConversationRetry 7'
  expect((await entente(history)).output).toMatch(/^maxContinuedConversationRetry +: 7$/m)
  expect((await entente('conversation-history set --max-continued-conversation-retry many')).code).toBe(2)
  expect((await entente('archiving set --enable-archiving All')).code).toBe(2)
  expect((await entente('archiving-policy set')).code).toBe(2)
  const user = 'Set-CsUser -Identity kenmyer@litwareinc.com -ExchangeArchivingPolicy NoArchiving'
  expect((await entente(user)).output).toMatch(/^exchangeArchivingPolicy : NoArchiving$/m)
  expect((await entente(`lync-user set ${KEN} --ucs-allowed $null`)).output).toMatch(/^ucsAllowed +: null$/m)
  expect((await entente('lync-user show nobody@litwareinc.com')).code).toBe(2)
})

test('a conversation is handed over from a file, and a command that leaves something waiting fails', async () => {
  const file = join(farm.dir, 'conversation.json')
  const message = { sender: KEN, time: '2026-11-21T09:00:00Z', text: 'Lunch?' }
  writeFileSync(
    file,
    JSON.stringify({ participants: [KEN, 'sip:pilar@litwareinc.com'], messages: [message] }),
  )
  await entente('Set-CsConversationHistoryConfiguration -EnableServerConversationHistory $true')
  const waiting = await entente(`conversation record ${file}`)
  expect(waiting.code).toBe(1)
  expect(waiting.output).toMatch(
    /^sip:kenmyer@litwareinc\.com +waiting: issuer_unknown: .* off \(enableArchiving is None\)$/m,
  )
  const id = waiting.output.split('\n')[0]!
  expect((await entente('conversation list --waiting')).output).toContain(id)
  await farm.register('exchange', 'lync')
  expect(await entente(`conversation deliver ${id}`)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^sip:kenmyer@litwareinc\.com +written /m),
  })
  expect((await entente('conversation list --waiting')).output).not.toContain(id)
  expect((await entente(`conversation show ${id}`)).output).toMatch(/^messages +: 1$/m)
  expect((await entente(`conversation record ${join(farm.dir, 'none.json')}`)).code).toBe(2)
})

test('contacts are added, move at a sign-in, are tested and come back', async () => {
  await farm.register('exchange', 'lync')
  const test = `Test-CsUnifiedContactStore -UserSipAddress ${KEN} -TargetFqdn lync.litwareinc.com`
  expect((await entente(`contact-store sign-in ${KEN}`)).output).toMatch(/^state +: UcsMigrated$/m)
  expect(await entente(test)).toMatchObject({
    code: 1,
    output: expect.stringContaining(
      'No contacts were received for the user. Verify that contacts exist for the user.',
    ),
  })
  expect(
    (await entente(`contact add ${KEN} sip:pilar@litwareinc.com --display-name`, 'Pilar Ackerman')).code,
  ).toBe(0)
  const { output } = await entente(`contact list ${KEN}`)
  const [, id] = /^Pilar Ackerman +sip:pilar@litwareinc\.com +(\S+)$/m.exec(output) ?? []
  expect(id).toBeDefined()
  expect(await entente(test)).toMatchObject({ code: 0, output: expect.stringMatching(/Result +: Success/) })
  expect((await entente('Debug-CsUnifiedContactStore -PoolFqdn lync.litwareinc.com')).output).toMatch(
    /^ucsMigratedCount +: 1$/m,
  )
  expect((await entente(`Invoke-CsUcsRollback -Identity ${KEN} -Confirm:$false`)).output).toMatch(
    /^broughtBack +: 1$/m,
  )
  const here = (await entente(`contact list ${KEN} --json`)).output
  expect(JSON.parse(here)).toMatchObject({ keptBy: 'lync', items: [{ displayName: 'Pilar Ackerman' }] })
  expect((await entente(`contact remove ${KEN} ${JSON.parse(here).items[0].id}`)).code).toBe(0)
  expect((await entente(`contact remove ${KEN} ${id}`)).code).toBe(1)
})
