/** Whether the user who is tested with is one account everywhere, by the rule that admission has. Pure. */
import { comparable, type DirectoryStore, resolveUser, type User } from '../../trust/directory.ts'
import { type Finding, type FindingCode, findingOf, type Said } from '../../trust/doctor/finding.ts'
import { identityClaims } from '../../trust/mint.ts'
import type { ServerEvidence } from './evidence.ts'

/** What is wrong with the user of this SIP address, at every server. */
export async function examineUser(servers: readonly ServerEvidence[], sipUri: string): Promise<Finding[]> {
  const found: Finding[] = []
  // Whoever calls finds the user by SIP address, and names him to the other by every address that is known.
  const model = servers.flatMap(({ users }) => users.filter((user) => isOf(user, sipUri))).find(isWhole)
  for (const server of servers) {
    const say = (code: FindingCode, said: Said) => found.push(findingOf(code, { server: server.name }, said))
    const known = server.users.filter((user) => isOf(user, sipUri))
    if (known.length > 1) {
      say('user_ambiguous', manyOf(server, known, model, `${known.length} accounts with ${sipUri}`))
      continue
    }
    const named = model ?? known[0]
    if (named === undefined) {
      const advice = `add the user, or test with another: entente doctor --sip-uri`
      say('user_unknown', { seen: `nobody with ${sipUri}`, expected: 'one account', advice })
      continue
    }
    const resolved = await resolveUser(directoryOf(server.users), identityClaims(named), {
      acceptSids: false,
    })
    if (resolved.ok) {
      for (const [code, said] of mailboxOf(server, resolved.value)) say(code, said)
      if (known.length === 0)
        say('user_unknown', unknownAt(server, named, `${named.upn}, but without ${sipUri}`))
    } else if (resolved.code === 'user_disabled') {
      const [same] = server.users.filter((user) => user.sid === named.sid || isOf(user, sipUri))
      const seen = 'disabled'
      say('user_disabled', {
        seen,
        expected: 'enabled',
        commands: [setCommand(server, same ?? named, '--enabled', 'true')],
      })
    } else if (resolved.code === 'user_unknown') {
      say('user_unknown', unknownAt(server, named, `nobody with ${resolved.seen ?? named.upn}`))
    } else {
      const rivals = server.users.filter((user) => sharesAddress(user, named))
      say(
        'user_ambiguous',
        manyOf(server, rivals, named, `${rivals.length} accounts with an address of ${named.upn}`),
      )
    }
  }
  return found
}

function isOf({ sip }: User, sipUri: string): boolean {
  return sip !== undefined && comparable('sip', sip) === comparable('sip', sipUri)
}

function isWhole({ enabled, smtp }: User): boolean {
  return enabled && smtp !== undefined
}

function sharesAddress(user: User, other: User): boolean {
  return (['upn', 'smtp', 'sip'] as const).some((key) => {
    const [one, two] = [user[key], other[key]]
    return one !== undefined && two !== undefined && comparable(key, one) === comparable(key, two)
  })
}

function unknownAt(server: ServerEvidence, user: User, seen: string): Said {
  const same = server.users.find(({ sid }) => sid === user.sid)
  return {
    seen,
    expected: `the account ${user.upn} that other servers have`,
    commands: [same === undefined ? addCommand(server, user) : renameCommand(server, same, user)],
  }
}

// Only by what the account is named: what else this server knows of it stays.
function renameCommand(server: ServerEvidence, same: User, { upn, smtp, sip }: User): string[] {
  const wanted = { upn, smtp, sip }
  const flags = (['upn', 'smtp', 'sip'] as const).flatMap((key) => {
    const value = wanted[key]
    return value === undefined || value === same[key] ? [] : [`--${key}`, value]
  })
  return setCommand(server, same, ...flags)
}

function setCommand(server: ServerEvidence, { sid }: User, ...flags: string[]): string[] {
  return ['user', 'set', sid, '--server', server.name, ...flags]
}

// Whose SID is not that of the account that other servers know.
function manyOf(server: ServerEvidence, users: readonly User[], model: User | undefined, seen: string): Said {
  const extra = users.filter(({ sid }) => sid !== model?.sid)
  const isClear = model !== undefined && extra.length < users.length
  return {
    seen: `${seen}: ${users.map(({ upn, sid }) => `${upn} (${sid})`).join(', ')}`,
    expected: 'one account',
    ...(isClear
      ? { commands: extra.map(({ sid }) => ['user', 'remove', sid, '--server', server.name]) }
      : { advice: 'decide which account is the user, and remove the address from the others' }),
  }
}

function* mailboxOf(server: ServerEvidence, user: User): Generator<readonly [FindingCode, Said]> {
  if (server.product !== 'exchange') return
  if (!user.mailboxEnabled) {
    // A kind of recipient that has no mailbox would be at odds with one.
    const kind = user.recipientTypeDetails === undefined ? [] : ['--kind', '$null']
    const commands = [setCommand(server, user, '--mailbox', 'true', ...kind)]
    yield [
      'user_without_mailbox',
      { seen: 'no mailbox', expected: 'a mailbox', commands, advice: 'or test with another user' },
    ]
  } else if (!user.archivingEnabled) {
    const commands = [setCommand(server, user, '--archiving', 'true')]
    yield [
      'user_without_archive',
      { seen: 'not enabled', expected: 'enabled for Exchange archiving', commands },
    ]
  }
}

function addCommand(server: ServerEvidence, user: User): string[] {
  const { sid, upn, smtp, sip, proxyAddresses, displayName, enabled, mailboxEnabled, archivingEnabled } = user
  return [
    ...['user', 'add', '--server', server.name, '--sid', sid, '--upn', upn, '--display-name', displayName],
    ...(smtp === undefined ? [] : ['--smtp', smtp]),
    ...(sip === undefined ? [] : ['--sip', sip]),
    ...(proxyAddresses === undefined ? [] : ['--proxy-addresses', proxyAddresses.join(',')]),
    ...(enabled ? [] : ['--disabled']),
    ...(mailboxEnabled ? [] : ['--no-mailbox']),
    ...(archivingEnabled ? ['--archiving'] : []),
  ]
}

function directoryOf(users: readonly User[]): Pick<DirectoryStore, 'find'> {
  return {
    find: async (key, value) =>
      users.filter((user) => {
        const own = user[key]
        return own !== undefined && comparable(key, own) === comparable(key, value)
      }),
  }
}
