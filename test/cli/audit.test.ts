/** `entente audit`: exported, and verified from the file and from the server, in a person's words. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from '../../src/cli/program.ts'
import { type Farm, startFarm } from '../support/farm.ts'

let farm: Farm
let dir: string
beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('exchange', 'lync')
  for (const authorization of ['Bearer a.b.c', 'Bearer junk'])
    await farm.send('GET', `${farm.servers.exchange.url}/x`, { authorization })
  dir = mkdtempSync(join(tmpdir(), 'entente-audit-'))
})
afterAll(async () => {
  await farm.close()
  rmSync(dir, { recursive: true })
})

async function entente(...args: string[]) {
  const lines: string[] = []
  const say = (line: string) => lines.push(line)
  const code = await runProgram([...args, ...(args.includes('--server') ? ['--data', farm.dir] : [])], {
    out: say,
    err: say,
  })
  return { code, text: lines.join('\n') }
}

const exported = async (): Promise<string> => {
  const { code, text } = await entente('audit', 'export', '--server', 'exchange')
  expect(code).toBe(0)
  const file = join(dir, 'export.jsonl')
  writeFileSync(file, `${text}\n`)
  return file
}

test('an export is verified without the server', async () => {
  const file = await exported()
  const { code, text } = await entente('audit', 'verify', '--file', file)
  expect(text).toMatch(/^whole: \d+ records\n\nkind +records +oldest/)
  expect(text).toMatch(/\nrefused +2 /)
  expect(code).toBe(0)
})

test.each<[string, (lines: string[]) => string[], RegExp]>([
  [
    'a changed member',
    (all) => all.map((line) => line.replace('"through":"POST', '"through":"PUT')),
    /changed/,
  ],
  [
    'a changed event',
    (all) => all.map((line) => line.replace('\\"code\\":\\"token', '\\"code\\":\\"taken')),
    /changed/,
  ],
  ['a changed time', (all) => all.map((line) => line.replace(/"time":"20../, '"time":"1999')), /changed/],
  ['an added member', (all) => all.map((line) => line.replace('{', '{"note":"x",')), /changed/],
  ['a missing line', (all) => all.filter((_, index) => index !== 3), /missing/],
  ['missing first lines', (all) => all.slice(2), /missing/],
])('%s of an export is seen', async (_, change, why) => {
  const file = await exported()
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  writeFileSync(file, change(lines).join('\n'))
  const { code, text } = await entente('audit', 'verify', '--file', file)
  expect(text).toMatch(/^broken at record \d+: /)
  expect(text).toMatch(why)
  expect(code).toBe(1)
})

test('what was noted once is looked for later, at the server and in an export', async () => {
  const noted = join(dir, 'noted.json')
  const { text } = await entente('audit', 'verify', '--server', 'exchange', '--json')
  writeFileSync(noted, text)
  for (const where of [
    ['--server', 'exchange'],
    ['--file', await exported()],
  ]) {
    expect(await entente('audit', 'verify', ...where, '--since', noted)).toMatchObject({ code: 0 })
  }
  writeFileSync(noted, text.replace(/"hash": "./g, '"hash": "0').replace(/"hash": "0[0-9a-f]/, '"hash": "00'))
  const other = await entente('audit', 'verify', '--server', 'exchange', '--since', noted)
  expect(other).toMatchObject({ code: 1, text: expect.stringContaining('not the record that was noted') })
})

test('wrong usage is said in a line', async () => {
  expect(await entente('audit', 'verify')).toEqual({
    code: 2,
    text: 'entente: audit verify: expected either --server or --file',
  })
  const file = join(dir, 'no.jsonl')
  writeFileSync(file, '{"seq":1}\n')
  expect((await entente('audit', 'verify', '--file', file)).text).toContain(
    'line 1: expected a record as audit export prints it',
  )
})
