/** `entente key …`: the keys a server signs with, and how it goes from one to the next. */
import { type Command, Option } from 'commander'
import type { ClockAnswer } from '../http/admin/clock.ts'
import type { SigningKeysView, SigningKeyView } from '../http/admin/signing-keys.ts'
import type { AdminClient } from '../lab/admin-client.ts'
import { isoTime } from '../protocol/ids.ts'
import { ConfigError } from '../server/config-error.ts'
import { readBytes, readText } from '../server/files.ts'
import { readDuration, readMoment } from './clock.ts'
import {
  type FormatOptions,
  formatTable,
  isShaped,
  showAnswer,
  showItem,
  type Terminal,
  withFormat,
} from './output.ts'
import { succeeded, withServer } from './partner.ts'
import { type ClientOptions, withClient } from './places.ts'

interface KeyOptions extends ClientOptions, FormatOptions {
  readonly server: string
  readonly pem?: string
  readonly pfx?: string
  readonly passwordFile?: string
  readonly days?: string
  readonly effective?: string
  readonly force?: boolean
}

const KEYS = '/signing-keys'

export function addKeyCommands(program: Command, terminal: Terminal): void {
  const key = program.command('key').description('the keys that a server signs with')
  const at = (command: Command) =>
    withFormat(withClient(command).requiredOption('--server <name>', 'the server'))
  const material = (command: Command) =>
    at(command)
      .option('--pem <file>', 'a private key and its certificate in PEM; without it and --pfx a key is made')
      .addOption(new Option('--pfx <file>', 'a PFX').conflicts('pem'))
      .option('--password-file <file>', 'file whose first line opens the key')
      .option('--days <n>', 'of a key that is made: how long its certificate lives')
  const show = (view: object, options: KeyOptions) => showItem(terminal, { ...view }, options)
  const act = (options: KeyOptions, path: string, body?: unknown) =>
    withServer(options.server, options, async (client) =>
      show(succeeded(await client.call('POST', `${KEYS}${path}`, body)) as object, options),
    )

  at(key.command('list').description('its signing keys, their states, and who has seen them')).action(
    (options: KeyOptions) =>
      withServer(options.server, options, async (client) => {
        const view = succeeded(await client.call('GET', KEYS)) as SigningKeysView
        if (isShaped(options)) showAnswer(terminal, view, options)
        else terminal.out(inLines(view))
      }),
  )
  material(key.command('add').description('make or import a key; nothing uses it yet')).action(
    (options: KeyOptions) => act(options, '', materialOf(options)),
  )
  material(
    key
      .command('stage [thumbprint]')
      .description('make a key the next one: one that is there, or one made or imported now'),
  )
    .option('--effective <time>', 'when it is to sign: an ISO time, or so long from now, as 3d or 48h')
    .option('--force', 'also when partners have too little time to hear of it')
    .action((thumbprint: string | undefined, options: KeyOptions) =>
      withServer(options.server, options, async (client) => {
        const { effective, force = false } = options
        const effectiveAt = effective === undefined ? undefined : await momentOf(effective, client)
        onlyOne(thumbprint, options)
        const wish = { force, ...(effectiveAt !== undefined && { effectiveAt }) }
        const call =
          thumbprint === undefined
            ? client.call('POST', KEYS, { ...materialOf(options), stage: true, ...wish })
            : client.call('POST', `${KEYS}/${encodeURIComponent(thumbprint)}/stage`, wish)
        show(succeeded(await call) as object, options)
      }),
    )
  const displacing = (command: Command) =>
    command.option('--force', 'also when tokens of the previous key, which is forgotten then, may be in use')
  displacing(at(key.command('publish').description('make the next key current, at once'))).action(
    (options: KeyOptions) => act(options, '/publish', forceOf(options)),
  )
  displacing(
    material(
      key
        .command('replace [thumbprint]')
        .description(
          'make a key current at once, without a lead: one that is there, or one made or imported now',
        ),
    ),
  ).action((thumbprint: string | undefined, options: KeyOptions) =>
    withServer(options.server, options, async (client) => {
      onlyOne(thumbprint, options)
      const added =
        thumbprint === undefined
          ? (succeeded(await client.call('POST', KEYS, materialOf(options))) as SigningKeyView).thumbprint
          : thumbprint
      const path = `${KEYS}/${encodeURIComponent(added)}/publish`
      const answer = await client.call('POST', path, forceOf(options))
      // What was made or imported for it is not thrown away: it could not be added again.
      if (answer.status >= 300 && thumbprint === undefined)
        terminal.err(`${added} is kept as an available key; it is put into use by its thumbprint`)
      show(succeeded(answer) as object, options)
    }),
  )
  at(key.command('clear-previous').description('forget the previous key')).action((options: KeyOptions) =>
    act(options, '/clear-previous'),
  )
  at(key.command('revoke <thumbprint>').description('take a key out of use for good')).action(
    (thumbprint: string, options: KeyOptions) => act(options, `/${encodeURIComponent(thumbprint)}/revoke`),
  )
}

function inLines({ items, generation, budget, fetches }: SigningKeysView): string {
  const rows = items.map((key) => [
    key.state,
    key.thumbprint,
    key.subject,
    key.notAfter,
    key.daysLeft < 0 ? 'expired' : `${key.daysLeft}`,
    key.effectiveAt ?? '',
  ])
  const table = formatTable(['state', 'thumbprint', 'subject', 'ends', 'days left', 'current from'], rows)
  const seen = fetches.map(
    (fetch) => `generation ${fetch.generation} by ${fetch.partner} at ${fetch.fetchedAt}`,
  )
  return [
    table,
    '',
    budget.text,
    `published: generation ${generation}`,
    ...seen.map((line) => `fetched: ${line}`),
  ].join('\n')
}

function forceOf({ force = false }: KeyOptions): { force: boolean } {
  return { force }
}

// A key that is there, or one that comes: with both it would not be known which is meant.
function onlyOne(thumbprint: string | undefined, { pem, pfx, days }: KeyOptions): void {
  if (thumbprint !== undefined && [pem, pfx, days].some((given) => given !== undefined))
    throw new ConfigError('key: expected a thumbprint, or --pem, --pfx or --days, saw both')
}

function materialOf({ pem, pfx, passwordFile, days }: KeyOptions): Record<string, unknown> {
  if (days !== undefined && !/^[1-9][0-9]{0,4}$/.test(days))
    throw new ConfigError(`--days: expected a number of days, saw ${days}`)
  const [password] = passwordFile === undefined ? [] : readText(passwordFile).split(/\r?\n/)
  return {
    ...(pem !== undefined && { pem: readText(pem) }),
    ...(pfx !== undefined && { pfx: readBytes(pfx).toString('base64') }),
    ...(password !== undefined && { password }),
    ...(days !== undefined && { days: Number(days) }),
  }
}

/** An ISO time, or so long from the server's now, which need not be this machine's. */
export async function momentOf(text: string, client: AdminClient): Promise<string> {
  if (/^\d{4}-/.test(text)) return readMoment(text)
  const { time } = succeeded(await client.call('GET', '/clock')) as ClockAnswer
  return isoTime(Math.floor(Date.parse(time) / 1000) + readDuration(text))
}
