/** The presets as a person starts them: found by name, printed, listed, started in folders of their own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { placesOf } from '../../src/cli/places.ts'
import { formatTries, withPreset } from '../../src/cli/preset.ts'
import { createProgram, runProgram } from '../../src/cli/program.ts'
import { readLabFile, serverConfigOf } from '../../src/lab/lab-file.ts'
import { describePresets, presetFile, presetNames } from '../../src/lab/presets.ts'
import { withoutUsers } from '../../src/lab/set-up.ts'

const NAMES = ['conference-rooms', 'free-busy-relay', 'resource-forest', 'team-folder', 'web-portal']
const read = (name: string) => readLabFile({ labFile: presetFile(name), dataDir: 'd', certsDir: 'c' })

async function entente(...args: string[]) {
  const lines: string[] = []
  const hear = (line: string) => void lines.push(line)
  return { code: await runProgram(args, { out: hear, err: hear }), output: lines.join('\n') }
}

test('there are the five of the 2010 document, each listed with one line', async () => {
  expect(presetNames()).toEqual(NAMES)
  const { code, output } = await entente('lab', '--list-presets')
  expect(code).toBe(0)
  expect(
    output
      .split('\n')
      .slice(1)
      .map((line) => line.split('  ')[0]),
  ).toEqual(NAMES)
  for (const [, line] of describePresets()) expect(line).toMatch(/^.{20,130}$/)
  expect(readdirSync('metadata/presets').sort()).toEqual(NAMES.map((name) => `${name}.json`))
})

test.each([['nobody'], ['../lab'], ['web-portal.json'], ['']])(
  'an unknown preset, %j, lists those there are',
  async (name) => {
    const { code, output } = await entente('lab', '--preset', name)
    expect([code, output]).toEqual([2, `entente: --preset: expected one of ${NAMES.join(', ')}, saw ${name}`])
  },
)

test('--preset goes with no --lab', async () => {
  const { code, output } = await entente('lab', '--preset', 'web-portal', '--lab', 'metadata/lab.json')
  expect([code, output]).toEqual([2, 'entente: --preset: expected no --lab beside it'])
})

test.each(NAMES)(
  '%s is printed as the lab file it is, of which a lab of one’s own can be made',
  async (name) => {
    const { code, output } = await entente('lab', '--preset', name, '--print')
    expect(code).toBe(0)
    expect(`${output}\n`).toBe(readFileSync(presetFile(name), 'utf8'))
    const dir = mkdtempSync(join(tmpdir(), 'entente-printed-'))
    try {
      writeFileSync(join(dir, 'lab.json'), output)
      const places = { labFile: join(dir, 'lab.json'), dataDir: dir, certsDir: dir }
      expect(readLabFile(places)).toEqual(read(name))
    } finally {
      rmSync(dir, { recursive: true })
    }
  },
)

test.each(NAMES)(
  '%s says three to five things to try, allowed ones and refused ones, in commands that there are',
  (name) => {
    const { tries, servers } = read(name)
    expect(tries.length).toBeGreaterThanOrEqual(3)
    expect(tries.length).toBeLessThanOrEqual(5)
    expect(new Set(tries.map(({ exit }) => exit))).toEqual(new Set([0, 1]))
    for (const { say, run, shows } of tries) {
      expect(say).toMatch(/\S/)
      expect(shows.length).toBeGreaterThan(0) // none of them is true of whatever is printed
      const server = run[run.indexOf('--server') + 1]
      if (run.includes('--server')) expect(servers.map((one) => one.name)).toContain(server)
      const program = createProgram({ out: () => undefined, err: () => undefined }, () => undefined)
      expect(program.commands.map((command) => command.name())).toContain(run[0])
    }
  },
)

test('a preset keeps its state and certificates to itself, unless it is told where', () => {
  const places = placesOf(withPreset({}, 'team-folder'))
  expect(places.labFile).toBe(presetFile('team-folder'))
  expect(places.dataDir).toBe(join(process.cwd(), 'data', 'presets', 'team-folder'))
  expect(places.certsDir).toBe(join(process.cwd(), 'certs', 'presets', 'team-folder'))
  const told = placesOf(withPreset({ data: '/d', certs: '/c' }, 'team-folder'))
  expect([told.dataDir, told.certsDir]).toEqual(['/d', '/c'])
  expect(withPreset({ lab: 'x.json' }, undefined)).toEqual({ lab: 'x.json' })
})

test('what is to be tried is printed as it is typed, with the folder that the lab runs on', () => {
  const { tries } = read('team-folder')
  const printed = formatTries(tries, placesOf(withPreset({}, 'team-folder')))
  expect(printed).toContain('--folder "Team Plans" --data data/presets/team-folder\n')
  expect(printed).toContain('His Inbox is not there for her. (exit code 1)\n')
  expect(formatTries(tries, placesOf({}))).not.toContain('--data')
})

test('an address space leads to the Exchange of the lab that is named, wherever its port is', () => {
  const places = { labFile: presetFile('free-busy-relay'), dataDir: 'd', certsDir: 'c', portBase: 9001 }
  expect(serverConfigOf(readLabFile(places), 'outside', places).settings.availabilityAddressSpaces).toEqual([
    { domain: 'secure.litwareinc.com', url: 'https://localhost:9002' },
  ])
})

test('a lab file that is wrong in what it says of access says where, all at once', () => {
  const dir = mkdtempSync(join(tmpdir(), 'entente-wrong-'))
  const lab = JSON.parse(readFileSync(presetFile('conference-rooms'), 'utf8'))
  lab.users[0].servers = ['nowhere']
  lab.scopes[0].server = 'nowhere'
  lab.calls[0].server = 'nowhere'
  lab.folderPermissions[0].server = 'nowhere'
  const labFile = join(dir, 'lab.json')
  const fault = () => {
    writeFileSync(labFile, JSON.stringify(lab))
    try {
      readLabFile({ labFile, dataDir: dir, certsDir: dir })
      return ''
    } catch (error) {
      return String(error)
    }
  }
  try {
    for (const path of [
      'users[0].servers[0]',
      'scopes[0].server',
      'calls[0].server',
      'folderPermissions[0].server',
    ])
      expect(fault()).toContain(
        `${path}: expected one of exchange, lync, firm, saw "nowhere"`.replace(/"/g, ''),
      )
    delete lab.assignments[0].assignment.name
    lab.calls[1].call = { do: 'change', mailbox: 'sara@litwareinc.com' }
    lab.calls[2].call = { do: 'add', mailbox: 'sara@litwareinc.com', subject: 'A', start: '2031-05-01' }
    lab.folderPermissions[1].permission.accessRights = ['Everything']
    lab.tries[0].exit = 7
    const text = fault()
    for (const part of [
      'assignments[0].assignment.name: expected a name',
      'calls[1].call.subject: expected a value, for change needs one',
      'calls[2].call.start: expected a time such as 2031-05-01T09:00:00Z',
      'folderPermissions[1].permission.accessRights: expected one role or several single rights',
      'tries[0].exit:',
    ])
      expect(text).toContain(part)
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('what a start cannot put in place, since a user is not taken back, is left out, and nothing else', () => {
  const lab = read('web-portal')
  const { linkedAccount } = lab.partners.find((one) => one.linkedAccount !== undefined)!
  const account = lab.users.find(({ upn }) => upn === linkedAccount)!
  const rest = withoutUsers(lab, [account])
  expect([lab.assignments.length, rest.assignments.length]).toEqual([1, 0])
  expect([lab.calls.length, rest.calls.length]).toEqual([2, 0])
  expect(rest.scopes).toEqual(lab.scopes)
  expect(withoutUsers(lab, [])).toEqual(lab)
  const [anna] = lab.users
  const calls = lab.calls.filter(({ call }) => call.mailbox !== anna!.smtp && call.user !== anna!.smtp)
  expect(withoutUsers(lab, [anna!]).calls).toEqual(calls)
  const folder = read('team-folder')
  const named = folder.users.filter(({ upn }) =>
    folder.folderPermissions.some(({ mailbox }) => mailbox === upn),
  )
  expect([named.length > 0, withoutUsers(folder, named).folderPermissions]).toEqual([true, []])
})
