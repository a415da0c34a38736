/** `entente doctor`: what is wrong between the servers of a lab, and the commands that mend it. */
import type { Command } from 'commander'
import { endedServers, runningServers } from '../lab/admin-client.ts'
import { gatherEvidence, type LabEvidence, type Patient } from '../lab/doctor/evidence.ts'
import { examineLab } from '../lab/doctor/examine.ts'
import { ConfigError } from '../server/config-error.ts'
import { wordsOf } from '../trust/command-line.ts'
import type { Finding } from '../trust/doctor/finding.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { counted, formatTable, inOneLine, type Terminal } from './output.ts'
import { adminTokenFileOf, type ClientOptions, dataDirOf, withClient } from './places.ts'
import { startLine } from './start-line.ts'

interface DoctorOptions extends ClientOptions {
  readonly sipUri: string
  readonly json?: boolean
  readonly fix?: boolean
}

/** Runs another command of this program, which prints to that terminal. */
export type RunCommand = (words: readonly string[], terminal: Terminal) => Promise<ExitCode>

export function addDoctorCommand(
  program: Command,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
  run: RunCommand,
): void {
  withClient(program.command('doctor'))
    .description('say what is wrong between the servers of a data folder, from both sides, and what mends it')
    .option('--sip-uri <uri>', 'SIP address of the user to test with', 'sip:kenmyer@litwareinc.com')
    .option('--json', 'print JSON')
    .option('--fix', 'show the commands that are safe, run them, and look again')
    .action(async (options: DoctorOptions) => {
      const before = await look(options)
      const safe = options.fix === true ? safeCommands(before.findings) : []
      if (safe.length === 0) return show(before, options, terminal, setExit)
      const shown = `Safe to run:\n${safe.join('\n')}\n`
      // Standard output is for the JSON alone; a person reads what is about to be run all the same.
      if (options.json) terminal.err(shown)
      else terminal.out(`${formatFindings(before.findings)}\n\n${shown}`)
      const ran: Ran[] = []
      for (const command of safe) {
        const printed: string[] = []
        const collect = (text: string) => void printed.push(text)
        const to = options.json ? { out: collect, err: collect } : terminal
        const exitCode = await run([...wordsOf(command).slice(1), ...clientFlags(options)], to)
        ran.push({ command, exitCode, output: printed.join('\n') })
        if (exitCode !== EXIT.ok) terminal.err(`entente: exit code ${exitCode}: ${command}`)
      }
      show(await look(options), options, terminal, setExit, ran)
    })
}

interface Diagnosis {
  readonly evidence: LabEvidence
  readonly findings: readonly Finding[]
}

/** A command that `--fix` ran, and what it printed. */
interface Ran {
  readonly command: string
  readonly exitCode: ExitCode
  readonly output: string
}

async function look(options: DoctorOptions): Promise<Diagnosis> {
  const dataDir = dataDirOf(options)
  const servers = runningServers(dataDir)
  const ended = endedServers(dataDir)
  if (servers.length + ended.length === 0)
    throw new ConfigError(
      `${dataDir}: expected the folder of a server, saw none; start the lab with npm start`,
    )
  const tokenFile = adminTokenFileOf(options)
  const names = servers.map(({ name }) => name)
  const patient: Patient = {
    ...{ dataDir, servers, ended, sipUri: options.sipUri, startOf: startLine(dataDir, names) },
    ...(tokenFile !== undefined && { tokenFile }),
  }
  const evidence = await gatherEvidence(patient)
  return { evidence, findings: await examineLab(evidence) }
}

/** The commands of findings that may be mended unasked, each once. */
export function safeCommands(findings: readonly Finding[]): string[] {
  return [...new Set(findings.filter(({ isSafe }) => isSafe).flatMap(({ commands }) => commands))]
}

function clientFlags({ data, adminTokenFile }: ClientOptions): string[] {
  return [
    ...(data === undefined ? [] : ['--data', data]),
    ...(adminTokenFile === undefined ? [] : ['--admin-token-file', adminTokenFile]),
  ]
}

function show(
  { evidence, findings }: Diagnosis,
  { json }: DoctorOptions,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
  ran?: readonly Ran[],
): void {
  const { servers, silent, calls } = evidence
  if (json) {
    const named = [
      ...servers.map(({ name, product, url }) => ({ name, product, url, reached: true })),
      ...silent.map(({ name, url }) => ({ name, ...(url !== undefined && { url }), reached: false })),
    ]
    const printed = { servers: named, ...(ran !== undefined && { ran }), calls, findings }
    terminal.out(JSON.stringify(printed, undefined, 2))
  } else {
    const rows = calls.map(({ caller, callee, as, outcome, failure }) => [
      caller,
      callee,
      as,
      outcome,
      failure?.code ?? '',
    ])
    if (rows.length > 0) terminal.out(`${formatTable(['caller', 'called', 'as', 'outcome', 'code'], rows)}\n`)
    if (findings.length > 0) terminal.out(`${formatFindings(findings)}\n`)
    terminal.out(verdictOf(findings, servers.length + silent.length))
  }
  const isSilent = silent.some(({ kind }) => kind !== 'refused')
  if (isSilent || findings.some(({ code }) => code === 'server_unreachable')) setExit(EXIT.unreachable)
  else if (findings.some(({ severity }) => severity === 'error') || hasFailed(calls)) setExit(EXIT.failed)
}

const hasFailed = (calls: LabEvidence['calls']) => calls.some(({ outcome }) => outcome === 'failed')

function verdictOf(findings: readonly Finding[], servers: number): string {
  const count = (severity: Finding['severity']) => findings.filter((one) => one.severity === severity).length
  const of = (severity: Finding['severity']) => counted(count(severity), severity)
  if (count('error') + count('warning') > 0) return `${of('error')}, ${of('warning')}, ${of('note')}.`
  const notes = count('note') === 0 ? '' : `, ${of('note')}`
  return `Nothing is wrong: ${counted(servers, 'server')}${notes}.`
}

/** Each with what was seen and expected, and what to do. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings.map(formatFinding).join('\n\n')
}

function formatFinding(finding: Finding): string {
  const { severity, code, server, partner, title, known, seen, expected, basis, commands, advice } = finding
  const where = partner === undefined ? server : `${server}, partner ${partner}`
  return [
    `${severity.padEnd(7)}  ${where}: ${title} (${code})`,
    ...(known === undefined ? [] : [`         Microsoft’s tools say: ${known}`]),
    `         Seen:      ${seen}`,
    `         Expected:  ${expected}`,
    `         Because:   ${basis}`,
    ...commands.map((line, index) => `         ${index === 0 ? 'To do:    ' : '          '} ${line}`),
    ...(advice === undefined
      ? []
      : [`         ${commands.length === 0 ? 'To do:    ' : 'Or know:  '} ${advice}`]),
  ]
    .map(inOneLine)
    .join('\n')
}
