/** The doctor as a person runs it: by the command line, on the data folder of a farm. */
import { runProgram } from '../../src/cli/program.ts'
import type { CallEvidence } from '../../src/lab/doctor/evidence.ts'
import { wordsOf } from '../../src/trust/command-line.ts'
import type { Finding } from '../../src/trust/doctor/finding.ts'

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `entente …` on a data folder. */
export async function entente(dataDir: string, words: readonly string[]): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []]
  const terminal = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) }
  const code = await runProgram([...words, '--data', dataDir], terminal)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

export interface Diagnosis {
  readonly code: number
  readonly findings: readonly Finding[]
  readonly calls: readonly CallEvidence[]
  readonly servers: readonly { readonly name: string; readonly url?: string; readonly reached: boolean }[]
  readonly ran?: readonly { readonly command: string; readonly exitCode: number; readonly output: string }[]
}

/** `entente doctor --json`, parsed: nothing but JSON is on standard output. */
export async function diagnose(dataDir: string, ...more: string[]): Promise<Diagnosis> {
  const { code, out } = await entente(dataDir, ['doctor', '--json', ...more])
  return { code, ...JSON.parse(out) }
}

/** Without what is only to be known. */
export function troublesOf({ findings }: Diagnosis): readonly Finding[] {
  return findings.filter(({ severity }) => severity !== 'note')
}

/** Runs the commands of a finding, each of which must end well. */
export async function obey(dataDir: string, commands: readonly string[]): Promise<void> {
  for (const line of commands) {
    const { code, out, err } = await entente(dataDir, wordsOf(line).slice(1))
    expect([line, code, code === 0 ? '' : `${out}\n${err}`]).toEqual([line, 0, ''])
  }
}
