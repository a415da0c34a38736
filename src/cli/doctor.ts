/** `entente doctor`: what is wrong between the servers of a lab, and the commands that mend it. */
import type { Command } from 'commander'
import { gatherEvidence, type LabEvidence, type Patient } from '../lab/doctor/evidence.ts'
import { examineLab } from '../lab/doctor/examine.ts'
import { runningServers } from '../lab/matrix.ts'
import { ConfigError } from '../server/config-error.ts'
import { wordsOf } from '../trust/command-line.ts'
import type { Finding } from '../trust/doctor/finding.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { formatTable, type Terminal } from './output.ts'
import { adminTokenFileOf, type ClientOptions, dataDirOf, withClient } from './places.ts'

interface DoctorOptions extends ClientOptions {
  readonly sipUri: string
  readonly json?: boolean
  readonly fix?: boolean
}

/** Runs another command of this program. */
export type RunCommand = (words: readonly string[]) => Promise<ExitCode>

export function addDoctorCommand(
  program: Command,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
  run: RunCommand,
): void {
  withClient(program.command('doctor'))
    .description('say what is wrong between the running servers, from both sides, and what mends it')
    .option('--sip-uri <uri>', 'SIP address of the user to test with', 'sip:kenmyer@litwareinc.com')
    .option('--json', 'print JSON')
    .option('--fix', 'show the commands that are safe, run them, and look again')
    .action(async (options: DoctorOptions) => {
      const before = await look(options)
      const safe = options.fix === true ? safeCommands(before.findings) : []
      if (options.fix !== true || safe.length === 0) return show(before, options, terminal, setExit)
      if (!options.json)
        terminal.out(`${formatFindings(before.findings)}\n\nSafe to run:\n${safe.join('\n')}\n`)
      for (const line of safe) {
        const code = await run([...wordsOf(line).slice(1), ...clientFlags(options)])
        if (code !== EXIT.ok) terminal.err(`entente: exit code ${code}: ${line}`)
      }
      show(await look(options), options, terminal, setExit)
    })
}

interface Diagnosis {
  readonly evidence: LabEvidence
  readonly findings: readonly Finding[]
}

async function look(options: DoctorOptions): Promise<Diagnosis> {
  const dataDir = dataDirOf(options)
  const servers = runningServers(dataDir)
  if (servers.length === 0)
    throw new ConfigError(`${dataDir}: expected a running server, saw none; start the lab with npm start`)
  const tokenFile = adminTokenFileOf(options)
  const patient: Patient = {
    dataDir,
    servers,
    sipUri: options.sipUri,
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
): void {
  const { servers, silent, calls } = evidence
  if (json) {
    const named = [
      ...servers.map(({ name, product, url }) => ({ name, product, url, reached: true })),
      ...silent.map(({ name, product, url }) => ({ name, product, url, reached: false })),
    ]
    terminal.out(JSON.stringify({ servers: named, calls, findings }, undefined, 2))
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
  if (findings.some(({ code }) => code === 'server_unreachable')) setExit(EXIT.unreachable)
  else if (findings.some(({ severity }) => severity === 'error')) setExit(EXIT.failed)
}

function verdictOf(findings: readonly Finding[], servers: number): string {
  const count = (severity: Finding['severity']) => findings.filter((one) => one.severity === severity).length
  const [errors, warnings, notes] = [count('error'), count('warning'), count('note')]
  if (errors + warnings === 0)
    return `Nothing is wrong: ${servers} servers${notes === 0 ? '' : `, ${notes} notes`}.`
  return `${errors} errors, ${warnings} warnings, ${notes} notes.`
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
  ].join('\n')
}
