/** `entente folder-permission …` and `entente mailbox-permission …`: what users may do in the mailboxes of others. */
import type { Command } from 'commander'
import type { FolderPermissionView } from '../http/admin/permissions.ts'
import { ConfigError } from '../server/config-error.ts'
import { readValues } from './list-edit.ts'
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

interface Options extends ClientOptions, FormatOptions {
  readonly server: string
  readonly user?: string
  readonly accessRights?: readonly string[]
  readonly deny?: boolean
}

type Row = Pick<FolderPermissionView, 'accessRights'> & {
  readonly user: string
  readonly displayName?: string
  readonly deny?: boolean
}
type Call = [method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown]

export function addPermissionCommands(program: Command, terminal: Terminal): void {
  const at = (command: Command) =>
    withFormat(withClient(command).requiredOption('--server <name>', 'the server'))
  const ofUser = (command: Command) => at(command).requiredOption('--user <user>', 'SID, UPN or SMTP address')
  const withRights = (command: Command) =>
    ofUser(command).requiredOption('--access-rights <rights>', 'a role, or single rights: a,b', readValues)
  const ask = async ({ server, ...places }: Options, ...call: Call): Promise<unknown> =>
    withServer(server, places, async (client) => succeeded(await client.call(...call)))
  const show = (options: Options, body: unknown) => showItem(terminal, { ...(body as object) }, options)
  const list = async (options: Options, path: string) => {
    const { items } = (await ask(options, 'GET', path)) as { items: Row[] }
    const wanted = options.user?.toLowerCase()
    const shown = items.filter(
      ({ user, displayName }) =>
        wanted === undefined || [user, displayName].some((name) => name?.toLowerCase() === wanted),
    )
    if (shown.length === 0 && wanted !== undefined)
      terminal.err(
        `entente: warning: there is no entry for ${options.user}; its UPN or display name is wanted`,
      )
    if (isShaped(options)) return showAnswer(terminal, { items: shown }, options)
    const rows = shown.map(({ user, accessRights, deny }) => [
      user,
      accessRights.join(', '),
      deny === true ? 'denied' : '',
    ])
    terminal.out(formatTable(['user', 'access rights', ''], rows))
  }

  const folder = program.command('folder-permission').description('permissions on folders of mailboxes')
  at(folder.command('list <folder>').description('who may do what in a folder: user@domain:\\Calendar'))
    .option('--user <user>', 'only the entry of this user')
    .action(async (name: string, options: Options) => list(options, pathOf(name)))
  withRights(folder.command('add <folder>').description('give a user rights in a folder')).action(
    async (name: string, options: Options) => {
      const { user, accessRights } = options
      show(options, await ask(options, 'POST', pathOf(name), { user, accessRights }))
    },
  )
  withRights(folder.command('set <folder>').description('change the rights of a user, or Default')).action(
    async (name: string, options: Options) => {
      const { user = '', accessRights } = options
      show(options, await ask(options, 'PATCH', pathOf(name, user), { accessRights }))
    },
  )
  ofUser(folder.command('remove <folder>').description('remove the entry of a user')).action(
    async (name: string, options: Options) => {
      await ask(options, 'DELETE', pathOf(name, options.user ?? ''))
      terminal.out(`${options.user} has no entry of his own in ${name} any more`)
    },
  )

  const mailbox = program.command('mailbox-permission').description('rights on whole mailboxes')
  const denying = (command: Command) => command.option('--deny', 'the entry that denies')
  at(mailbox.command('list <mailbox>').description('who has full access to a mailbox'))
    .option('--user <user>', 'only the entries of this user')
    .action(async (owner: string, options: Options) => list(options, mailboxPath(owner)))
  denying(withRights(mailbox.command('add <mailbox>').description('give a user full access'))).action(
    async (owner: string, options: Options) => {
      const { user, accessRights, deny = false } = options
      show(options, await ask(options, 'POST', mailboxPath(owner), { user, accessRights, deny }))
    },
  )
  denying(withRights(mailbox.command('remove <mailbox>').description('take full access back'))).action(
    async (owner: string, options: Options) => {
      const query = options.deny === true ? '?deny=true' : ''
      await ask(options, 'DELETE', `${mailboxPath(owner)}/${encodeURIComponent(options.user ?? '')}${query}`)
      terminal.out(`${options.user} has no such entry at ${owner} any more`)
    },
  )
}

function mailboxPath(owner: string): string {
  return `/mailbox-permissions/${encodeURIComponent(owner)}`
}

// `user@domain:\Inbox\Team`, as the cmdlets have it; without a path, the top of the mailbox.
function pathOf(identity: string, user?: string): string {
  const [, mailbox = '', path = ''] = /^([^:]+):(.*)$/.exec(identity) ?? []
  if (mailbox === '') throw new ConfigError(`the folder: expected user@domain:\\Folder, saw ${identity}`)
  const folder = path === '' ? '\\' : path
  const parts = [mailbox, folder, ...(user === undefined ? [] : [user])]
  return `/folder-permissions/${parts.map(encodeURIComponent).join('/')}`
}
