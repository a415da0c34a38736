/** `entente lab --preset …`: where a preset’s files are, what it says to try, and whether that comes out as it says. */
import { join, relative } from 'node:path'
import type { LabFile, LabPlaces } from '../lab/lab-file.ts'
import { presetFile } from '../lab/presets.ts'
import { ConfigError } from '../server/config-error.ts'
import { readEnvironment } from '../server/environment.ts'
import type { ExitCode } from './exit.ts'
import type { Terminal } from './output.ts'
import { dataDirOf, type PlaceOptions } from './places.ts'

/** Runs another command of this program, and prints what it says there. */
export type RunCommand = (words: readonly string[], terminal: Terminal) => Promise<ExitCode>

/** A preset keeps its state and its certificates to itself, unless it is told where: its servers are called as others are. */
export function withPreset(options: PlaceOptions, preset: string | undefined): PlaceOptions {
  if (preset === undefined) return options
  if (options.lab !== undefined) throw new ConfigError('--preset: expected no --lab beside it')
  const environment = readEnvironment()
  return {
    ...options,
    lab: presetFile(preset),
    data: options.data ?? environment.dataDir ?? join('data', 'presets', preset),
    certs: options.certs ?? environment.certsDir ?? join('certs', 'presets', preset),
  }
}

type Try = LabFile['tries'][number]

/** The sentences, each with its command as it is typed in a second terminal. */
export function formatTries(tries: readonly Try[], { dataDir }: Pick<LabPlaces, 'dataDir'>): string {
  const flags = dataDir === dataDirOf({}) ? [] : ['--data', shortest(dataDir)]
  const lines = tries.flatMap(({ say, run, exit }) => {
    const command = ['npx', 'entente', ...run, ...flags].map(quoted).join(' ')
    return [`  ${say}${exit === 0 ? '' : ` (exit code ${exit})`}`, `    ${command}`]
  })
  return ['Try in a second terminal:', ...lines].join('\n')
}

// From where one stands, unless that is a way up.
function shortest(dir: string): string {
  const here = relative('.', dir)
  return here === '' || here.startsWith('..') ? dir : here
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`
}

/** Runs them one after the other; whether all came out as they say. */
export async function runTries(
  tries: readonly Try[],
  { dataDir, adminTokenFile }: Pick<LabPlaces, 'dataDir' | 'adminTokenFile'>,
  run: RunCommand,
  terminal: Terminal,
): Promise<boolean> {
  const flags = [
    ...['--data', dataDir],
    ...(adminTokenFile === undefined ? [] : ['--admin-token-file', adminTokenFile]),
  ]
  let all = true
  for (const wanted of tries) {
    const lines: string[] = []
    const hear = (line: string) => void lines.push(line)
    const exit = await run([...wanted.run, ...flags], { out: hear, err: hear })
    const output = lines.join('\n')
    const wrong = wrongIn(wanted, exit, output)
    terminal.out(`${wrong === undefined ? 'as said ' : 'NOT SO  '}  ${wanted.say}`)
    if (wrong === undefined) continue
    all = false
    terminal.out(`          ${wrong}\n${output}`)
  }
  return all
}

function wrongIn({ exit: expected, shows, hides }: Try, exit: ExitCode, output: string): string | undefined {
  if (exit !== expected) return `expected exit code ${expected}, saw ${exit}`
  const missing = shows.find((text) => !output.includes(text))
  if (missing !== undefined) return `expected ${missing} in the output`
  const leaked = hides.find((text) => output.includes(text))
  return leaked === undefined ? undefined : `expected nothing of ${leaked} in the output`
}
