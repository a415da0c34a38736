/** `entente admin-token`, and the other commands with a token of one's own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from '../../src/cli/program.ts'
import { type Farm, startFarm } from '../support/farm.ts'

let farm: Farm

beforeEach(async () => {
  farm = await startFarm()
})
afterEach(async () => {
  delete process.env['ENTENTE_ADMIN_TOKEN_FILE']
  expect(farm.surprises).toEqual([])
  await farm.close()
})

/** What a person types after `entente`. */
async function entente(line: string): Promise<{ code: number; output: string }> {
  const printed: string[] = []
  const print = (text: string) => printed.push(text)
  const code = await runProgram([...line.split(' '), '--data', farm.dir], { out: print, err: print })
  return { code, output: printed.join('\n') }
}

const tokenIn = (output: string) => /^token +: (\S{43})$/m.exec(output)?.[1] ?? ''

test('a person who may only read is given a token, and can list partners with it and nothing more', async () => {
  await farm.register('exchange', 'lync')
  const added = await entente('admin-token add ada --server exchange --scope read --expires 30d')
  expect(added.code).toBe(0)
  expect(added.output).toContain('the token is shown this once')
  const file = join(farm.dir, 'ada.token')
  writeFileSync(file, `${tokenIn(added.output)}\n`)

  const listed = await entente(`partner list --server exchange --admin-token-file ${file}`)
  expect(listed).toMatchObject({ code: 0, output: expect.stringMatching(/^lync /m) })
  const remove = `partner remove lync --server exchange --admin-token-file ${file}`
  expect(await entente(remove)).toMatchObject({
    code: 1,
    output: expect.stringContaining('scope: expected administer, saw read'),
  })
  process.env['ENTENTE_ADMIN_TOKEN_FILE'] = file
  expect((await entente('partner list --server exchange')).code).toBe(0)
  expect((await entente('partner remove lync --server exchange')).code).toBe(1)
  expect(await entente('admin-token list --server exchange')).toMatchObject({ code: 1 })
})

test('a list says what each token is good for and until when, and no secret', async () => {
  const until = new Date((farm.clock.now + 3_600) * 1000).toISOString().replace('.000Z', 'Z')
  const { output } = await entente(`admin-token add ci --server lync --scope operate --expires ${until}`)
  const listed = (await entente('admin-token list --server lync')).output
  expect(listed).toMatch(/^first +administer +20\S+ +20\S+ +never$/m)
  expect(listed).toMatch(new RegExp(`^ci +operate +20\\S+ +never +${until}$`, 'm'))
  expect(listed).not.toContain(tokenIn(output))
  farm.clock.now += 3_600
  expect((await entente('admin-token list --server lync')).output).toContain(`${until} (expired)`)
})

test('how long from now is counted on the server’s clock', async () => {
  farm.clock.now += 400 * 86_400
  const { output } = await entente('admin-token add ci --server lync --scope read --expires 12h --json')
  const { expiresAt } = JSON.parse(output.slice(0, output.lastIndexOf('}') + 1))
  expect(Date.parse(expiresAt) / 1000).toBe(farm.clock.now + 12 * 3_600)
})

test('a rotated token goes on with its new secret, a revoked one ends; the first one’s file follows', async () => {
  const file = join(farm.dir, 'exchange', 'admin-token')
  const before = readFileSync(file, 'utf8').trim()
  const rotated = await entente('admin-token rotate first --server exchange')
  expect(rotated.code).toBe(0)
  expect(readFileSync(file, 'utf8').trim()).toBe(tokenIn(rotated.output))
  expect(tokenIn(rotated.output)).not.toBe(before)
  await entente('admin-token add ci --server exchange --scope read')
  expect(await entente('admin-token revoke ci --server exchange')).toMatchObject({
    code: 0,
    output: 'ci revoked at exchange',
  })
  expect((await entente('admin-token revoke ci --server exchange')).code).toBe(1)
  expect((await entente('admin-token revoke first --server exchange')).output).toContain('HTTP 409')
})

test('one name of a file is good for several servers', async () => {
  for (const server of ['exchange', 'lync']) {
    const { output } = await entente(`admin-token add pairing --server ${server} --scope administer`)
    writeFileSync(join(farm.dir, `${server}.token`), tokenIn(output))
  }
  const paired = await entente(`pair exchange lync --admin-token-file ${join(farm.dir, '{server}.token')}`)
  expect(paired).toMatchObject({ code: 0, output: expect.stringMatching(/^lync: partner exchange /m) })
})

test.each([
  ['admin-token add ci --server exchange', 'required option'],
  ['admin-token add ci --server exchange --scope root', 'Allowed choices are read, operate, administer'],
  ['admin-token add ci --server exchange --scope read --expires soon', 'expected a time such as'],
  ['partner list --server exchange --admin-token-file /no/such/file', '/no/such/file is missing'],
  ['partner list --server exchange --admin-token-file package.json', 'expected one line of at least 32'],
])('%s is wrong usage', async (line, message) => {
  expect(await entente(line)).toMatchObject({ code: 2, output: expect.stringContaining(message) })
})
