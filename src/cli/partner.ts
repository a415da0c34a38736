/** `entente partner …` and `entente pair`: partner applications over a server's admin REST. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { PartnerView } from '../http/admin/partner-applications.ts'
import { type AdminAnswer, type AdminClient, openAdminClient } from '../lab/admin-client.ts'
import { describePaired, ensureAppPrincipal, ensurePartner, type Paired } from '../lab/pairing.ts'
import { matches } from '../products/wildcard.ts'
import { ConfigError } from '../server/config-error.ts'
import { readBytes, readJson, readText } from '../server/files.ts'
import { TRUST_LEVELS } from '../trust/partner.ts'
import { RefusedError, WouldChange } from './exit.ts'
import {
  type FormatOptions,
  formatTable,
  isShaped,
  showItem,
  showItems,
  type Terminal,
  withFormat,
} from './output.ts'
import { adminTokenFileOf, type ClientOptions, dataDirOf, withClient } from './places.ts'

interface ServerOptions extends ClientOptions {
  readonly server: string
  readonly json?: boolean
}

interface PartnerOptions extends ServerOptions {
  readonly identity: string
  readonly metadataUrl?: string
  readonly document?: string
  readonly certificate?: string
  readonly certificateData?: string
  readonly useAuthServer?: boolean
  readonly applicationId?: string
  readonly realm?: string
  readonly trustLevel?: string
  readonly enabled?: boolean
  readonly acceptSids?: boolean
  readonly certificateAuthority?: string
  readonly linkedAccount?: string
  readonly revokedKeys?: readonly string[]
}

/** Adds the commands; answers the one that holds those of partner applications. */
export function addPartnerCommands(program: Command, terminal: Terminal): Command {
  const partner = program.command('partner').description('partner applications: who a server trusts')

  onServer(partner.command('list').description('list the partner applications of a server'))
    .option('--filter <pattern>', 'only identities that match; * stands for anything')
    .action(async (options: ServerOptions & FormatOptions & { filter?: string }) => {
      const all = (await ask(options, 'GET', '/partner-applications')) as { items: PartnerView[] }
      const items = all.items.filter(({ identity }) => matches(options.filter ?? '*', identity))
      if (isShaped(options))
        return showItems(terminal, options.json ? items : items.map(inLines), [], options)
      const rows = items.map((row) => [
        row.identity,
        row.issuer,
        row.applicationTrustLevel,
        row.enabled ? 'yes' : 'no',
      ])
      terminal.out(formatTable(['identity', 'issuer', 'trust level', 'enabled'], rows))
    })
  const show = (options: ServerOptions & FormatOptions, body: unknown) =>
    showItem(terminal, options.json ? (body as PartnerView) : inLines(body as PartnerView), options)

  onServer(partner.command('show <identity>').description('show one partner application')).action(
    async (identity: string, options: ServerOptions) =>
      show(options, await ask(options, 'GET', pathOf(identity))),
  )
  withSettings(withKeys(onServer(partner.command('add').description('register a partner application'))))
    .requiredOption('--identity <name>', 'name of the partner application')
    .option('--application-id <guid>', 'with --certificate or --use-auth-server: the application id')
    .option('--realm <realm>', 'with --certificate or --use-auth-server: the realm')
    .action(async (options: PartnerOptions) =>
      show(
        options,
        await ask(options, 'POST', '/partner-applications', {
          identity: options.identity,
          ...bodyOf(options),
        }),
      ),
    )
  withSettings(
    withKeys(onServer(partner.command('set <identity>').description('change a partner application'))),
  )
    .addOption(
      new Option(
        '--revoked-keys <thumbprints>',
        'its keys that count no longer, whatever it publishes: all of them, with commas; or none',
      ).argParser((text) => (text === 'none' ? [] : text.split(','))),
    )
    .action(async (identity: string, options: PartnerOptions) =>
      show(options, await ask(options, 'PATCH', pathOf(identity), bodyOf(options))),
    )
  onServer(
    partner.command('refresh <identity>').description('read its keys again from its metadata URL'),
  ).action(async (identity: string, options: ServerOptions) =>
    show(options, await ask(options, 'POST', `${pathOf(identity)}/refresh`)),
  )
  onServer(partner.command('remove <identity>').description('remove a partner application')).action(
    async (identity: string, options: ServerOptions) => {
      await ask(options, 'DELETE', pathOf(identity))
      terminal.out(`${identity} removed at ${options.server}`)
    },
  )

  withClient(program.command('pair <a> <b>').description('register two running servers with each other'))
    .addOption(trustLevel())
    .action(async (a: string, b: string, options: ClientOptions & { trustLevel?: string }) => {
      if (a === b) throw new ConfigError(`pair: expected two servers, saw ${a} twice`)
      for (const [at, other] of [
        [a, b],
        [b, a],
      ] as const) {
        const metadataUrl = await withServer(other, options, documentedUrl)
        const paired = await withServer(at, options, (client) =>
          pairOne(client, other, metadataUrl, options.trustLevel),
        )
        terminal.out(`${at}: partner ${other} ${describePaired(paired)}`)
        const granted = await withServer(at, options, (client) => grantedAt(client, other))
        if (granted !== undefined) terminal.out(`${at}: principal ${other} ${granted}`)
      }
    })
  return partner
}

// What SharePoint wants besides: without a principal of its own an application may do nothing there.
async function grantedAt(client: AdminClient, partner: string): Promise<string | undefined> {
  const { product } = succeeded(await client.call('GET', '/server')) as { product: string }
  return product === 'sharepoint' ? ensureAppPrincipal(client, partner) : undefined
}

// A level that was asked for is set also where the partner was registered before.
async function pairOne(
  client: AdminClient,
  other: string,
  metadataUrl: string,
  level: string | undefined,
): Promise<Paired> {
  const wanted = { identity: other, metadataUrl, applicationTrustLevel: level ?? 'Full' }
  const paired = await ensurePartner(client, wanted)
  if (level === undefined || level === paired.trustLevel) return paired
  succeeded(await client.call('PATCH', pathOf(other), { applicationTrustLevel: level }))
  return { ...paired, trustLevel: level }
}

function onServer(command: Command): Command {
  return withFormat(withClient(command).requiredOption('--server <name>', 'the server that keeps the record'))
}

function withKeys(command: Command): Command {
  return command
    .option('--metadata-url <url>', 'read its keys from its auth metadata document')
    .option('--document <file>', 'read its keys from a document in a file')
    .option('--certificate <file>', 'its certificate, PEM or DER')
    .option('--certificate-data <base64>', 'its certificate, base64 of DER')
    .option('--use-auth-server', 'it has no keys here: a token server speaks for it')
}

function withSettings(command: Command): Command {
  return command
    .addOption(trustLevel())
    .addOption(new Option('--enabled <boolean>', 'whether its tokens are accepted').argParser(trueOrFalse))
    .addOption(
      new Option('--accept-sids <boolean>', 'whether SIDs in its tokens may name users').argParser(
        trueOrFalse,
      ),
    )
    .option(
      '--certificate-authority <file>',
      'PEM of the authorities its TLS certificate comes from; none for those that are trusted anyway',
    )
    .option('--linked-account <identity>', 'Exchange: the account whose roles it has; $null for none')
}

// PEM has many lines, and says nothing to a reader.
function inLines({ certificateAuthority, ...view }: PartnerView): Record<string, unknown> {
  const count = certificateAuthority?.split('-----BEGIN').slice(1).length
  return { ...view, ...(count !== undefined && { certificateAuthority: `${count} in PEM, shown by --json` }) }
}

function trustLevel(): Option {
  return new Option('--trust-level <level>', 'what it may do').choices(TRUST_LEVELS)
}

function trueOrFalse(text: string): boolean {
  if (text === 'true') return true
  if (text === 'false') return false
  throw new InvalidArgumentError('expected true or false')
}

function bodyOf(options: PartnerOptions): Record<string, unknown> {
  const certificate =
    options.certificate === undefined ? options.certificateData : readCertificateFile(options.certificate)
  const members: Record<string, unknown> = {
    metadataUrl: options.metadataUrl,
    document: options.document === undefined ? undefined : readJson(options.document),
    certificate,
    useAuthServer: options.useAuthServer,
    applicationIdentifier: options.applicationId,
    realm: options.realm,
    applicationTrustLevel: options.trustLevel,
    enabled: options.enabled,
    acceptSecurityIdentifierInformation: options.acceptSids,
    revokedKeys: options.revokedKeys,
    certificateAuthority: authorityOf(options),
    linkedAccount: options.linkedAccount === '$null' ? null : options.linkedAccount,
  }
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

function authorityOf({ certificateAuthority: file }: PartnerOptions): string | null | undefined {
  if (file === undefined) return undefined
  return file === 'none' ? null : readText(file)
}

function pathOf(identity: string): string {
  return `/partner-applications/${encodeURIComponent(identity)}`
}

async function ask(options: ServerOptions, ...call: Parameters<AdminClient['call']>): Promise<unknown> {
  return withServer(options.server, options, async (client) => succeeded(await client.call(...call)))
}

async function documentedUrl(client: AdminClient): Promise<string> {
  const { metadataUrls } = succeeded(await client.call('GET', '/server')) as { metadataUrls: string[] }
  const [first] = metadataUrls
  if (first === undefined) throw new Error('a server names at least one metadata URL')
  return first
}

/** Runs a task with a client of a running server, and closes it. */
export async function withServer<T>(
  server: string,
  places: ClientOptions,
  task: (client: AdminClient) => Promise<T>,
): Promise<T> {
  const client = openAdminClient(dataDirOf(places), server, adminTokenFileOf(places))
  try {
    return await task(wholePaths(places.whatIf === true ? harmless(client) : client))
  } finally {
    await client.close()
  }
}

// An empty name, or one that stands for a folder, would make it the call of something else.
function wholePaths(client: AdminClient): AdminClient {
  return {
    ...client,
    async call(method, path, body) {
      const [named = ''] = path.split('?')
      if (
        named
          .split('/')
          .slice(1)
          .some((part) => ['', '.', '..'].includes(part))
      )
        throw new ConfigError(`${method} ${path}: expected a name between the slashes, saw none`)
      return client.call(method, path, body)
    },
  }
}

// Reads, and ends the command where it would change something, or where its body is none that a server takes.
function harmless(client: AdminClient): AdminClient {
  return {
    ...client,
    async call(method, path, body) {
      if (method === 'GET') return client.call(method, path)
      // All that the REST reads bodies with: nothing else wants it.
      const { refuseUnusable } = await import('./what-if.ts')
      refuseUnusable(method, path, body)
      const what = body === undefined ? '' : ` ${JSON.stringify(body, withoutSecrets)}`
      throw new WouldChange(`What if: ${method} ${client.url}/admin/v1${path}${what}`)
    },
  }
}

const SECRETS = new Set(['password', 'pem', 'pfx'])

function withoutSecrets(name: string, value: unknown): unknown {
  return SECRETS.has(name) && value !== undefined ? '(not shown)' : value
}

/** The body of an answer that is not an error. */
export function succeeded(answer: AdminAnswer): unknown {
  if (answer.status >= 200 && answer.status < 300) return answer.body
  throw new RefusedError(answer)
}

/** A certificate in a file as the REST takes it: DER as base64, PEM as it is. */
export function readCertificateFile(file: string): string {
  const bytes = readBytes(file)
  return bytes.includes('-----BEGIN') ? bytes.toString('latin1') : bytes.toString('base64')
}
