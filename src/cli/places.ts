/** The options every command shares, and where its files are. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { LabPlaces } from '../lab/lab-file.ts'
import { readEnvironment } from '../server/environment.ts'

export interface PlaceOptions {
  readonly data?: string
  readonly certs?: string
  readonly lab?: string
  readonly portBase?: number
  readonly adminTokenFile?: string
  readonly ewsSchemas?: string
  readonly tokenServer?: boolean
}

/** `--data`, which every command has. */
export function withData(command: Command): Command {
  return command.option('--data <dir>', 'folder of the servers’ state (ENTENTE_DATA)', undefined)
}

/** How a command finds a running server and what it shows there. */
export interface ClientOptions extends Pick<PlaceOptions, 'data' | 'adminTokenFile'> {
  /** Print the call that would be made, and make none that changes anything. */
  readonly whatIf?: boolean
}

/** What a command needs that calls the admin REST of running servers. */
export function withClient(command: Command): Command {
  return withToken(withData(command)).option(
    '--what-if',
    'print what would be called, and change nothing; a body that no server takes is refused, but whether this one would agree (names that it knows, what is there already) is not checked',
  )
}

export function withToken(command: Command): Command {
  return command.option(
    '--admin-token-file <file>',
    'file with the admin token to use; {server} in it stands for the server (ENTENTE_ADMIN_TOKEN_FILE)',
  )
}

/** What a command that starts servers needs besides. */
export function withPlaces(command: Command): Command {
  return withData(command)
    .option('--certs <dir>', 'folder of the lab’s certificates (ENTENTE_CERTS)')
    .option('--lab <file>', 'the lab file (ENTENTE_LAB)')
    .option('--token-server', 'with the token server of the lab file')
    .option('--ews-schemas <dir>', 'folder with services.wsdl and its schemas (ENTENTE_EWS_SCHEMAS)')
    .addOption(
      new Option('--port-base <n>', 'port of the first server; the others follow').argParser(portNumber),
    )
}

export function dataDirOf({ data }: Pick<PlaceOptions, 'data'>): string {
  return resolve(data ?? readEnvironment().dataDir ?? 'data')
}

/** Undefined: each server's own. */
export function adminTokenFileOf({ adminTokenFile }: ClientOptions): string | undefined {
  const file = adminTokenFile ?? readEnvironment().adminTokenFile
  return file === undefined ? undefined : resolve(file)
}

export function placesOf(options: PlaceOptions): LabPlaces {
  const { certsDir, labFile, ...environment } = readEnvironment()
  const ewsSchemas = options.ewsSchemas ?? environment.ewsSchemas
  const adminTokenFile = adminTokenFileOf(options)
  return {
    dataDir: dataDirOf(options),
    certsDir: resolve(options.certs ?? certsDir ?? join('certs', 'lab')),
    labFile: resolve(options.lab ?? labFile ?? defaultLabFile()),
    ...(options.portBase !== undefined && { portBase: options.portBase }),
    ...(adminTokenFile !== undefined && { adminTokenFile }),
    ...(options.tokenServer === true && { tokenServer: true }),
    ...(ewsSchemas !== undefined && { ewsSchemas: resolve(ewsSchemas) }),
  }
}

/** The flags that make another process find the same places. */
export function placeFlags(places: LabPlaces): string[] {
  const { dataDir, certsDir, labFile, portBase, ewsSchemas, tokenServer } = places
  const issuing = tokenServer === true ? ['--token-server'] : []
  const base = portBase === undefined ? [] : ['--port-base', String(portBase)]
  const schemas = ewsSchemas === undefined ? [] : ['--ews-schemas', ewsSchemas]
  return ['--data', dataDir, '--certs', certsDir, '--lab', labFile, ...base, ...schemas, ...issuing]
}

// The lab file of the folder one stands in, else the one that came with the program.
function defaultLabFile(): string {
  const here = join('metadata', 'lab.json')
  return existsSync(here) ? here : fileURLToPath(new URL('../../metadata/lab.json', import.meta.url))
}

function portNumber(text: string): number {
  const port = Number(text)
  if (/^[0-9]+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new InvalidArgumentError('expected a port from 1 to 65535')
}
