/** `entente lync-user …`, `contact …` and `contact-store …`: what Lync has of one user, and where the contacts are. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { EXCHANGE_ARCHIVING_POLICIES } from '../products/lync/archiving.ts'
import type { Contact } from '../products/lync/contact.ts'
import { ConfigError } from '../server/config-error.ts'
import { comparable, USER_KEYS, type User } from '../trust/directory.ts'
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

export interface LyncOptions extends ClientOptions, FormatOptions {
  readonly server: string
}

/** The options of every command that asks a Lync server. */
export function atLync(command: Command): Command {
  return withFormat(withClient(command).option('--server <name>', 'the Lync server', 'lync'))
}

type Call = [method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown]

/** Asks the admin REST; throws what it refuses. */
export async function askLync({ server, ...places }: LyncOptions, ...call: Call): Promise<object> {
  return withServer(server, places, async (client) => succeeded(await client.call(...call)) as object)
}

/** The path of a user who is named by SID, UPN, SMTP or SIP address. */
export async function pathOfUser(options: LyncOptions, identity: string): Promise<string> {
  const { items } = (await askLync(options, 'GET', '/users')) as { items: User[] }
  const found = items.filter((user) =>
    USER_KEYS.some((key) => {
      const value = user[key]
      return value !== undefined && comparable(key, value) === comparable(key, identity)
    }),
  )
  const [user, ...others] = found
  if (user === undefined || others.length > 0) {
    throw new ConfigError(
      `${identity}: expected the SID, UPN, mail or SIP address of one user of ${options.server}, saw ${found.length}`,
    )
  }
  return `/users/${encodeURIComponent(user.sid)}`
}

export function addLyncUserCommands(program: Command, terminal: Terminal): void {
  const show = (options: LyncOptions, body: object) => showItem(terminal, { ...body }, options)
  const ofUser =
    (method: Call[0], below: string, bodyOf: (options: object) => unknown = () => undefined) =>
    async (identity: string, options: LyncOptions) => {
      const path = `${await pathOfUser(options, identity)}${below}`
      show(options, await askLync(options, method, path, bodyOf(options)))
    }

  const user = program.command('lync-user').description('what is set of one user at Lync')
  atLync(user.command('show <user>').description('show the settings of a user')).action(
    ofUser('GET', '/storage-settings'),
  )
  atLync(user.command('set <user>').description('change the settings of a user'))
    .addOption(
      new Option(
        '--exchange-archiving-policy <policy>',
        'where the user’s conversations are archived',
      ).choices(EXCHANGE_ARCHIVING_POLICIES),
    )
    .addOption(
      new Option(
        '--ucs-allowed <boolean>',
        'whether the contacts may move into the mailbox; $null: as the policy for all says',
      ).argParser((text) => (/^\$?null$/i.test(text) ? 'null' : readTruth(text))),
    )
    .action(
      ofUser('PATCH', '/storage-settings', (options) => {
        const { exchangeArchivingPolicy, ucsAllowed } = options as Record<string, unknown>
        return {
          ...(exchangeArchivingPolicy !== undefined && { exchangeArchivingPolicy }),
          // Commander takes a bare null for an option without a value.
          ...(ucsAllowed !== undefined && { ucsAllowed: ucsAllowed === 'null' ? null : ucsAllowed }),
        }
      }),
    )

  const store = program.command('contact-store').description('whether contacts are with Lync or in mailboxes')
  atLync(store.command('show [user]').description('the state of a user, or how many are in which')).action(
    async (identity: string | undefined, options: LyncOptions) =>
      identity === undefined
        ? show(options, await askLync(options, 'GET', '/unified-contact-store'))
        : ofUser('GET', '/unified-contact-store')(identity, options),
  )
  atLync(
    store
      .command('sign-in <user>')
      .description('what the user’s sign-in does: the contacts move if they may'),
  ).action(ofUser('POST', '/unified-contact-store/sign-in'))
  atLync(store.command('rollback <user>').description('bring the contacts back from the mailbox')).action(
    ofUser('POST', '/unified-contact-store/rollback'),
  )

  const contact = program.command('contact').description('the contacts of a user, wherever they are')
  atLync(contact.command('list <user>').description('list them')).action(
    async (identity: string, options: LyncOptions) => {
      const path = `${await pathOfUser(options, identity)}/contacts`
      const body = (await askLync(options, 'GET', path)) as { items: Contact[] }
      if (isShaped(options)) return showAnswer(terminal, body, options)
      const rows = body.items.map(({ displayName, sipUri, id }) => [displayName, sipUri, id])
      terminal.out(formatTable(['name', 'sip', 'id'], rows))
    },
  )
  atLync(contact.command('add <user> <sip-uri>').description('add one'))
    .option('--display-name <name>', 'name to show')
    .action(async (identity: string, sipUri: string, options: LyncOptions & { displayName?: string }) => {
      const { displayName } = options
      const body = { sipUri, ...(displayName !== undefined && { displayName }) }
      const path = `${await pathOfUser(options, identity)}/contacts`
      show(options, await askLync(options, 'POST', path, body))
    })
  atLync(contact.command('remove <user> <id>').description('remove one')).action(
    async (identity: string, id: string, options: LyncOptions) => {
      const path = await pathOfUser(options, identity)
      await askLync(options, 'DELETE', `${path}/contacts/${encodeURIComponent(id)}`)
      terminal.out(`${id} removed`)
    },
  )
}

/** `true` or `false`, as a shell or PowerShell writes it. */
export function readTruth(text: string): boolean {
  const word = text.toLowerCase().replace(/^\$/, '')
  if (word === 'true' || word === 'false') return word === 'true'
  throw new InvalidArgumentError('expected true or false')
}
