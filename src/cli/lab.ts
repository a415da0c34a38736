/** `entente lab` and `entente serve`: several servers, or one. */
import { isIP } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ensureLabCertificates } from '../lab/certificates.ts'
import {
  type Exposure,
  type LabPlaces,
  readLabFile,
  serverConfigOf,
  withTokenServer,
} from '../lab/lab-file.ts'
import { describePresets, presetNames } from '../lab/presets.ts'
import type { ChildMessage } from '../lab/processes.ts'
import { certificateWanted, runLab } from '../lab/run.ts'
import { machine } from '../server/ambient.ts'
import { ConfigError } from '../server/config-error.ts'
import { readText } from '../server/files.ts'
import type { Log, RunningServer } from '../server/start.ts'
import { EXIT, type ExitCode, exitOf } from './exit.ts'
import { formatMilliseconds, formatTable, type Terminal } from './output.ts'
import { type PlaceOptions, placeFlags, placesOf, withPlaces, withToken } from './places.ts'
import { formatTries, type RunCommand, runTries, withPreset } from './preset.ts'
import { formatReport } from './test.ts'

export function addLabCommands(
  program: Command,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
  run: RunCommand,
): void {
  withToken(
    withPlaces(
      program
        .command('lab')
        .description('start the lab: every server of the lab file, trust between them, the test'),
    ),
  )
    .option('--once', 'end after the connectivity test and what a preset says to try, with their exit code')
    .addOption(
      new Option(
        '--preset <name>',
        `one of the labs that come with the program: ${presetNames().join(', ')}`,
      ),
    )
    .option('--list-presets', 'say what each of these is for, and start nothing')
    .option('--print', 'print the lab file, and start nothing')
    .action((options: LabOptions) => {
      if (options.listPresets) return terminal.out(formatTable(['preset', 'what for'], describePresets()))
      const places = placesOf(withPreset(options, options.preset))
      if (options.print) return terminal.out(readText(places.labFile).trimEnd())
      return lab(places, options.once ?? false, terminal, setExit, run)
    })
  withPlaces(program.command('serve <server>').description('start one server of the lab file'))
    .addOption(new Option('--address <ip>', 'address to listen on (127.0.0.1)').argParser(ipAddress))
    .option('--expose', 'let other machines reach it; its keys in --certs must not be those of a lab')
    .action((server: string, options: PlaceOptions & { address?: string; expose?: boolean }) => {
      const { address, expose: exposed = false } = options
      if (exposed && address === undefined) throw new ConfigError('serve: --expose needs --address')
      return serve(
        server,
        placesOf(options),
        { exposed, ...(address !== undefined && { address }) },
        terminal,
      )
    })
}

interface LabOptions extends PlaceOptions {
  readonly once?: boolean
  readonly preset?: string
  readonly listPresets?: boolean
  readonly print?: boolean
}

async function lab(
  places: LabPlaces,
  once: boolean,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
  run: RunCommand,
): Promise<void> {
  // Heard from the start: a Ctrl-C while servers start ends them too.
  const asked = askedToStop()
  const interrupted = new AbortController()
  void asked.then(() => interrupted.abort())
  const started = machine.stopwatch()
  const file = readLabFile(places)
  const { report, table, stop } = await runLab({
    lab: file,
    places,
    // From `dist/bundle`, where this is then, as from here.
    entry: fileURLToPath(new URL('../cli/main.js', import.meta.url)),
    serveArgs: placeFlags(places),
    ambient: machine,
    step: (name, milliseconds, detail) =>
      terminal.out(`${formatMilliseconds(milliseconds).padStart(8)}  ${name.padEnd(30)}  ${detail}`),
    died: (name, how) => {
      terminal.err(`${name} has died (${how}); see ${places.dataDir}/${name}/server.log`)
      setExit(EXIT.failed)
    },
    signal: interrupted.signal,
  })
  if (report?.passed === false) setExit(EXIT.failed)
  terminal.out(report === undefined ? '' : `\n${formatReport(report)}\n`)
  if (once) {
    if (!(await runTries(file.tries, places, run, terminal))) setExit(EXIT.failed)
  } else {
    terminal.out(formatTable(['server', 'url', 'auth metadata document'], table))
    if (file.tries.length > 0) terminal.out(`\n${formatTries(file.tries, places)}`)
    terminal.out(
      `\nReady after ${formatMilliseconds(machine.stopwatch() - started)}. Admin tokens: ${places.dataDir}/<server>/admin-token. Ctrl-C ends the lab.`,
    )
    await asked
  }
  await stop()
}

function ipAddress(text: string): string {
  if (isIP(text) !== 0) return text
  throw new InvalidArgumentError('expected an IP address')
}

async function serve(name: string, places: LabPlaces, exposure: Exposure, terminal: Terminal): Promise<void> {
  const asked = askedToStop()
  let server: RunningServer
  try {
    const read = readLabFile(places)
    const lab = read.tokenServer?.name === name ? withTokenServer(read, places.labFile) : read
    const config = serverConfigOf(lab, name, places, exposure)
    // Started by a lab, the certificates are there; started alone, it may be the first. An exposed server has its own.
    if (process.send === undefined && !exposure.exposed)
      await ensureLabCertificates(places.certsDir, lab.servers.map(certificateWanted), machine.now())
    // Loaded where it is needed: the other commands start faster without a server's parts.
    const { startServer } = await import('../server/start.ts')
    server = await startServer(config, machine, await jsonLog())
  } catch (error) {
    // A lab that waits for this process hears why; the program says it too, into the log.
    const why = error instanceof Error ? error.message : String(error)
    await tellLab({ ready: false, why, isConfig: exitOf(error)?.code === EXIT.usage })
    throw error
  }
  await tellLab({ ready: true, url: server.url })
  if (process.send === undefined) terminal.err(`${name} is ready at ${server.url}; Ctrl-C ends it`)
  await asked
  await server.close()
}

// Kept until a signal, or until the lab that started this process is gone.
function askedToStop(): Promise<'stop'> {
  return new Promise((resolve) => {
    const stop = () => resolve('stop')
    process.on('SIGTERM', stop)
    // A Ctrl-C reaches a lab and its children alike; the children wait for what the lab says, or for its end.
    const child = process.send !== undefined
    for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, child ? () => undefined : stop)
    if (!child) return
    process.on('disconnect', stop)
    if (!process.connected) stop() // the lab ended while this process was loading
  })
}

function tellLab(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve()
    else process.send(message, undefined, {}, () => resolve())
  })
}

// Standard output is the log: JSON lines, one per request.
async function jsonLog(): Promise<Log> {
  const { default: pino } = await import('pino')
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 1, sync: true }),
  )
  return {
    request: (record) => log.info(record, 'request'),
    surprise: (error, requestId) => log.error({ requestId, err: error }, 'unexpected error'),
  }
}
