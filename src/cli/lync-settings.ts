/** What Lync's Storage Service does for all users, a command for each collection of settings. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { SETTINGS, type SettingsName } from '../products/lync/settings.ts'
import { SETTINGS_PATHS } from '../products/lync/settings-administration.ts'
import { askLync, atLync, type LyncOptions, readTruth } from './lync-user.ts'
import { showItem, type Terminal } from './output.ts'

interface Collection {
  readonly command: string
  readonly about: string
  /** Members of the REST, and what is said of their options. */
  readonly members: Readonly<Record<string, string>>
}

const COLLECTIONS: Readonly<Record<SettingsName, Collection>> = {
  archivingConfiguration: {
    command: 'archiving',
    about: 'what Lync archives, and whether into Exchange',
    members: {
      enableArchiving: SETTINGS.archivingConfiguration.shape.enableArchiving.unwrap().options.join(', '),
      enableExchangeArchiving: 'archive into Exchange where a mailbox is held',
      blockOnArchiveFailure: 'refuse what cannot be archived',
    },
  },
  archivingPolicy: {
    command: 'archiving-policy',
    about: 'whose conversations Lync archives itself',
    members: {
      archiveInternal: 'those among users',
      archiveExternal: 'those in which somebody else takes part',
    },
  },
  conversationHistoryConfiguration: {
    command: 'conversation-history',
    about: 'whether conversations are written into mailboxes',
    members: {
      enableServerConversationHistory: 'write them',
      maxContinuedConversationRetry: 'how often the item of a conversation that goes on is searched for',
    },
  },
  userServicesPolicy: {
    command: 'user-services-policy',
    about: 'whether contacts may move into mailboxes',
    members: { ucsAllowed: 'they may' },
  },
}

export function addLyncSettingsCommands(program: Command, terminal: Terminal): void {
  for (const [name, { command, about, members }] of Object.entries(COLLECTIONS)) {
    const path = SETTINGS_PATHS[name as SettingsName]
    const group = program.command(command).description(about)
    const show = (options: LyncOptions, body: object) => showItem(terminal, { ...body }, options)
    atLync(group.command('show').description('show the settings')).action(async (options: LyncOptions) =>
      show(options, await askLync(options, 'GET', path)),
    )
    const set = atLync(group.command('set').description('change the settings'))
    for (const [member, says] of Object.entries(members))
      set.addOption(optionOf(name as SettingsName, member, says))
    set.action(async (options: LyncOptions & Record<string, unknown>) => {
      const body = Object.fromEntries(
        Object.keys(members).flatMap((member) =>
          options[member] === undefined ? [] : [[member, options[member]]],
        ),
      )
      show(options, await askLync(options, 'PATCH', path, body))
    })
  }
}

function optionOf(name: SettingsName, member: string, says: string): Option {
  const flag = `--${member.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} <value>`
  const { type } =
    (SETTINGS[name].shape as Record<string, { unwrap(): { type: string } }>)[member]?.unwrap() ?? {}
  const option = new Option(flag, says)
  if (type === 'boolean') return option.argParser(readTruth)
  return type === 'number' ? option.argParser(readCount) : option
}

function readCount(text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number')
}
