/** `entente user …`: the people a server knows, over its admin REST. */
import { type Command, Option } from 'commander'
import type { User } from '../trust/directory.ts'
import { formatTable, type Terminal } from './output.ts'
import { succeeded, withServer } from './partner.ts'
import { type ClientOptions, withClient } from './places.ts'

interface Options extends ClientOptions {
  readonly server: string
  readonly json?: boolean
}

interface NewUser extends Options {
  readonly sid: string
  readonly upn: string
  readonly displayName: string
  readonly smtp?: string
  readonly sip?: string
  readonly disabled?: boolean
  readonly mailbox: boolean
  readonly archiving?: boolean
}

export function addUserCommands(program: Command, terminal: Terminal): void {
  const user = program.command('user').description('the people a server knows')
  const at = (command: Command) => withClient(command).requiredOption('--server <name>', 'the server')

  at(user.command('list').description('list the users of a server'))
    .option('--json', 'print JSON')
    .action(async ({ server, json, ...places }: Options) => {
      const body = await withServer(server, places, async (client) =>
        succeeded(await client.call('GET', '/users')),
      )
      if (json) return terminal.out(JSON.stringify(body, undefined, 2))
      const { items } = body as { items: User[] }
      const rows = items.map((one) => [
        one.displayName,
        one.upn,
        one.smtp ?? '',
        one.sip ?? '',
        one.sid,
        one.enabled ? 'yes' : 'no',
      ])
      terminal.out(formatTable(['name', 'upn', 'smtp', 'sip', 'sid', 'enabled'], rows))
    })
  at(user.command('add').description('add a user'))
    .requiredOption('--sid <sid>', 'Windows security identifier')
    .requiredOption('--upn <upn>', 'user principal name')
    .requiredOption('--display-name <name>', 'name to show')
    .option('--smtp <address>', 'mail address')
    .option('--sip <uri>', 'SIP address, sip:name@domain')
    .option('--disabled', 'the account is disabled')
    .addOption(new Option('--no-mailbox', 'there is no mailbox'))
    .option('--archiving', 'enabled for Exchange archiving')
    .action(async (options: NewUser) => {
      const { sid, upn, displayName, smtp, sip } = options
      const body = {
        ...{ sid, upn, displayName },
        ...(smtp !== undefined && { smtp }),
        ...(sip !== undefined && { sip }),
        enabled: options.disabled !== true,
        mailboxEnabled: options.mailbox,
        archivingEnabled: options.archiving === true,
      }
      await withServer(options.server, options, async (client) =>
        succeeded(await client.call('POST', '/users', body)),
      )
      terminal.out(`${upn} added at ${options.server}`)
    })
  at(user.command('remove <sid>').description('remove a user')).action(
    async (sid: string, { server, ...places }: Options) => {
      await withServer(server, places, async (client) =>
        succeeded(await client.call('DELETE', `/users/${encodeURIComponent(sid)}`)),
      )
      terminal.out(`${sid} removed at ${server}`)
    },
  )
}
