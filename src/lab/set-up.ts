/** What a start puts into servers that run, over REST: people, trust, roles, and what is in mailboxes. */
import type { ClockAnswer } from '../http/admin/clock.ts'
import type { SigningKeysView } from '../http/admin/signing-keys.ts'
import { aliasOf, nameOf } from '../trust/account.ts'
import { fold } from '../trust/directory-names.ts'
import { addFolderPermissions, addManagement, makeCalls } from './access.ts'
import { type AdminClient, openAdminClient } from './admin-client.ts'
import { type LabFile, type LabPlaces, metadataUrlOf } from './lab-file.ts'
import {
  addUsers,
  configureEnterprise,
  describePaired,
  ensureAppPrincipal,
  ensureAuthServer,
  ensurePartner,
  ensureTokenClient,
  usersOf,
  wantedPartner,
} from './pairing.ts'

/** Runs one step of a start, and says how it went: at once, or in its turn. */
export type Timed = <T>(
  name: string,
  task: () => Promise<T>,
  say: (value: T) => string,
  turn?: Promise<unknown>,
) => Promise<T>

type Places = Pick<LabPlaces, 'dataDir' | 'certsDir' | 'adminTokenFile'>

/**
 * Puts into the running servers of a lab what the lab file says. Doing it again is harmless. The servers are set up at once; what
 * was done, or could not be, is said as if it had been one after the other.
 */
export async function setUpLab(lab: LabFile, places: Places, timed: Timed): Promise<void> {
  let before: Promise<unknown> = Promise.resolve()
  const leftOut: LabFile['users'][number][] = []
  for (const { name } of lab.servers) {
    const turn = before
    const own = setUpServer(lab, places, name, (step, task, say) => timed(step, task, say, turn))
    before = turn.then(async () => leftOut.push(...(await own)))
    own.catch(() => undefined) // heard of in its turn
  }
  await before
  await giveAccess(withoutUsers(lab, leftOut), places, timed)
}

// Answers the users that the server does not take back.
async function setUpServer(
  lab: LabFile,
  places: Places,
  server: string,
  timed: Timed,
): Promise<LabFile['users']> {
  const client = openAdminClient(places.dataDir, server, places.adminTokenFile)
  const users = usersOf(lab, server)
  try {
    const warnings = [...(await warningsOf(client, server)), ...keyInTheClear(lab, places, server)]
    for (const warning of warnings) await timed(`${server}: note`, async () => warning, String)
    const product = lab.servers.find(({ name }) => name === server)?.product
    if (product === 'token-server') {
      await setUpClients(client, lab, server, timed)
      return []
    }
    const { leftOut } = await timed(
      `${server}: users`,
      () => addUsers(client, users),
      ({ added, leftOut }) => `${added} added, ${users.length} in all${toldOf(leftOut)}`,
    )
    for (const partner of lab.partners.filter((row) => row.server === server)) {
      const wanted = wantedPartner(lab, partner)
      const { done } = await timed(
        `${server}: partner ${partner.identity}`,
        () => ensurePartner(client, wanted),
        describePaired,
      )
      // Who is registered only to be called may do nothing here.
      const isTrusted = wanted.applicationTrustLevel !== 'User'
      if (isTrusted && product === 'sharepoint')
        await timed(
          `${server}: principal ${partner.identity}`,
          () => ensureAppPrincipal(client, partner.identity),
          String,
        )
      // What an administrator has changed since stays.
      const { applicationType } = partner
      if (applicationType === undefined || done !== 'registered') continue
      await timed(
        `${server}: roles of ${partner.identity}`,
        () => configureEnterprise(client, wanted.metadataUrl, applicationType),
        String,
      )
    }
    const issuing = lab.servers.find((one) => one.product === 'token-server')
    if (issuing === undefined) return leftOut
    await timed(
      `${server}: token server`,
      () => ensureAuthServer(client, issuing.name, metadataUrlOf(lab, issuing.name)),
      String,
    )
    return leftOut
  } finally {
    await client.close()
  }
}

function toldOf(leftOut: LabFile['users']): string {
  if (leftOut.length === 0) return ''
  const names = leftOut.map(({ upn }) => upn).join(', ')
  return `; removed, still the linked account of a partner application, and left out: ${names}`
}

/**
 * The lab without the rows of access that name one of these users, and without the calls of partners that are linked to one: they
 * could not be put in place.
 */
export function withoutUsers(lab: LabFile, users: LabFile['users']): LabFile {
  const gone = new Set(
    users
      .flatMap((user) => [user.sid, user.upn, user.smtp, user.sip, nameOf(user), aliasOf(user)])
      .flatMap((name) => (name === undefined ? [] : [fold(name)])),
  )
  const names = (...all: readonly (string | undefined)[]) =>
    all.some((one) => one !== undefined && gone.has(fold(one)))
  const stranded = lab.partners
    .filter(({ linkedAccount }) => names(linkedAccount))
    .map(({ partner }) => partner)
  return {
    ...lab,
    assignments: lab.assignments.filter(({ assignment }) => !names(assignment.user)),
    calls: lab.calls.filter(
      ({ server, call }) => !stranded.includes(server) && !names(call.user, call.mailbox),
    ),
    folderPermissions: lab.folderPermissions.filter(
      ({ mailbox, permission }) => !names(mailbox, permission.user),
    ),
  }
}

// Whoever is in the token server's realm may ask for tokens for whoever has registered him.
async function setUpClients(client: AdminClient, lab: LabFile, server: string, timed: Timed): Promise<void> {
  const realm = lab.servers.find(({ name }) => name === server)?.realm
  for (const one of lab.servers.filter((other) => other.name !== server && other.realm === realm)) {
    const callees = lab.partners.filter(({ partner }) => partner === one.name).map((row) => row.server)
    await timed(
      `${server}: client ${one.name}`,
      () => ensureTokenClient(client, lab, one.name, callees),
      String,
    )
  }
}

/** Who may do what: first what an Exchange decides by, then what is in its mailboxes, then who may see it. */
async function giveAccess(lab: LabFile, places: Places, timed: Timed): Promise<void> {
  const parts = [
    ['roles and scopes', addManagement, [...lab.scopes, ...lab.assignments]],
    ['mailboxes', makeCalls, lab.calls],
    ['folder permissions', addFolderPermissions, lab.folderPermissions],
  ] as const
  for (const [what, put, rows] of parts) {
    for (const server of new Set(rows.map((row) => row.server))) {
      const client = openAdminClient(places.dataDir, server, places.adminTokenFile)
      try {
        await timed(
          `${server}: ${what}`,
          () => put(client, lab, server),
          ({ added, all }) => `${added} put there, ${all} in all`,
        )
      } finally {
        await client.close()
      }
    }
  }
}

/** What a server has to say of its clock and its signing keys, where that is out of the ordinary. */
async function warningsOf(client: AdminClient, server: string): Promise<string[]> {
  const clock = (await client.call('GET', '/clock')).body as ClockAnswer
  const { budget } = (await client.call('GET', '/signing-keys')).body as SigningKeysView
  const isMoved = clock.frozen || clock.rate !== 1 || clock.aheadSeconds !== 0
  return [
    ...(isMoved ? [`its clock shows ${clock.time}; entente clock reset sets all back`] : []),
    ...(budget.verdict === 'fine' ? [] : [`${budget.text} entente key stage --server ${server}`]),
  ]
}

// A lab makes its first keys itself, and again when they are missing; what is kept under a passphrase is the server's copy.
function keyInTheClear({ servers }: LabFile, { certsDir }: Places, server: string): string[] {
  if (servers.find(({ name }) => name === server)?.keyPassphraseFile === undefined) return []
  return [
    `the passphrase is for the keys in its data folder; the key it began with is not encrypted in ${certsDir}`,
  ]
}
