/** `entente admin-token …`: who may use a server's admin REST, for what, and until when. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { AdminTokenView } from '../http/admin/admin-tokens.ts'
import type { AdminClient } from '../lab/admin-client.ts'
import { isoTime } from '../protocol/ids.ts'
import { SCOPES } from '../trust/admin-tokens.ts'
import { formatMembers, formatTable, type Terminal } from './output.ts'
import { succeeded, withServer } from './partner.ts'
import { type ClientOptions, withClient } from './places.ts'

interface Options extends ClientOptions {
  readonly server: string
  readonly json?: boolean
}

/** A moment, or so many seconds from now. */
type Expiry = { readonly at: string } | { readonly seconds: number }

interface NewTokenOptions extends Options {
  readonly scope: string
  readonly expires?: Expiry
}

const TOKENS = '/admin-tokens'

export function addAdminTokenCommands(program: Command, terminal: Terminal): void {
  const tokens = program.command('admin-token').description('tokens for a server’s admin REST')
  const at = (command: Command) => withClient(command).requiredOption('--server <name>', 'the server')
  const show = (view: object, json: boolean | undefined) => {
    terminal.out(json ? JSON.stringify(view, undefined, 2) : formatMembers({ ...view }))
    terminal.err('the token is shown this once')
  }

  at(tokens.command('list').description('list the admin tokens of a server'))
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const body = await withServer(options.server, options, async (client) =>
        succeeded(await client.call('GET', TOKENS)),
      )
      if (options.json) return terminal.out(JSON.stringify(body, undefined, 2))
      const { items } = body as { items: AdminTokenView[] }
      const rows = items.map((row) => [
        row.name,
        row.scope,
        row.createdAt,
        row.lastUsedAt ?? 'never',
        row.expired ? `${row.expiresAt} (expired)` : (row.expiresAt ?? 'never'),
      ])
      terminal.out(formatTable(['name', 'scope', 'created', 'last used', 'expires'], rows))
    })
  at(tokens.command('add <name>').description('make a token; it is shown once'))
    .addOption(new Option('--scope <scope>', 'what it is good for').choices(SCOPES).makeOptionMandatory(true))
    .addOption(
      new Option('--expires <time>', 'an ISO time, or how long from now: 30d, 12h, 15m').argParser(
        readExpiry,
      ),
    )
    .option('--json', 'print JSON')
    .action(async (name: string, options: NewTokenOptions) => {
      const view = await withServer(options.server, options, async (client) => {
        const { scope, expires } = options
        const expiresAt = expires === undefined ? undefined : await momentOf(expires, client)
        const body = { name, scope, ...(expiresAt !== undefined && { expiresAt }) }
        return succeeded(await client.call('POST', TOKENS, body))
      })
      show(view as object, options.json)
    })
  at(tokens.command('rotate <name>').description('give a token a new secret; it is shown once'))
    .option('--json', 'print JSON')
    .action(async (name: string, options: Options) => {
      const view = await withServer(options.server, options, async (client) =>
        succeeded(await client.call('POST', `${TOKENS}/${encodeURIComponent(name)}/rotate`)),
      )
      show(view as object, options.json)
    })
  at(tokens.command('revoke <name>').description('end a token')).action(
    async (name: string, options: Options) => {
      await withServer(options.server, options, async (client) =>
        succeeded(await client.call('DELETE', `${TOKENS}/${encodeURIComponent(name)}`)),
      )
      terminal.out(`${name} revoked at ${options.server}`)
    },
  )
}

const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60 }

function readExpiry(text: string): Expiry {
  const [, count, unit = ''] = /^([1-9][0-9]{0,4})([dhm])$/.exec(text) ?? []
  if (count !== undefined) return { seconds: Number(count) * (SECONDS[unit] ?? 0) }
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))) {
    return { at: isoTime(Math.floor(Date.parse(text) / 1000)) }
  }
  throw new InvalidArgumentError('expected a time such as 2031-05-01T12:00:00Z, or 30d, 12h, 15m')
}

// From the server's now, which need not be this machine's.
async function momentOf(expiry: Expiry, client: AdminClient): Promise<string> {
  if ('at' in expiry) return expiry.at
  const { time } = succeeded(await client.call('GET', '/server')) as { time: string }
  return isoTime(Math.floor(Date.parse(time) / 1000) + expiry.seconds)
}
