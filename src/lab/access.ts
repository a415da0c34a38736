/** Putting into a lab who may do what, over REST. Doing it again is harmless: what is there stays as an administrator made it. */
import type { FolderPermissionView } from '../http/admin/permissions.ts'
import type { ProbeReport } from '../products/product.ts'
import { type AdminClient, problemText } from './admin-client.ts'
import type { LabFile } from './lab-file.ts'
import { LabError } from './pairing.ts'

/** What was done about one part: how many were put there, of how many in all. */
export interface Placed {
  readonly added: number
  readonly all: number
}

/** Management scopes and role assignments of one server. */
export async function addManagement(client: AdminClient, lab: LabFile, server: string): Promise<Placed> {
  const scopes = lab.scopes.filter((one) => one.server === server).map(({ scope }) => scope)
  const assignments = lab.assignments
    .filter((one) => one.server === server)
    .map(({ assignment }) => assignment)
  let added = 0
  for (const scope of scopes) if (await isAdded(client, '/management-scopes', scope)) added++
  for (const one of assignments) if (await isAdded(client, '/management-role-assignments', one)) added++
  return { added, all: scopes.length + assignments.length }
}

/** Has one server do its calls; what it would add a second time is left. */
export async function makeCalls(client: AdminClient, lab: LabFile, server: string): Promise<Placed> {
  const calls = lab.calls.filter((one) => one.server === server).map(({ call }) => call)
  let added = 0
  for (const call of calls) {
    if (call.do === 'add') {
      const { user, mailbox, folder, subject } = call
      const there = await runCall(client, { do: 'list', user, mailbox, folder, subject })
      if (there.passed) continue
    }
    const { passed, failure } = await runCall(client, call)
    if (!passed) {
      const what = `${call.do} in ${call.folder} of ${call.mailbox}`
      throw new LabError(`${client.url}: ${what}: ${failure?.code ?? ''}: ${failure?.seen ?? ''}`)
    }
    added++
  }
  return { added, all: calls.length }
}

async function runCall(client: AdminClient, call: object): Promise<ProbeReport> {
  const answer = await client.call('POST', '/tests/mailbox-access', call)
  if (answer.status === 200) return answer.body as ProbeReport
  throw new LabError(`${client.url}: mailbox access: ${problemText(answer)}`, answer.status)
}

/** Entries of folders in mailboxes of one server. */
export async function addFolderPermissions(
  client: AdminClient,
  lab: LabFile,
  server: string,
): Promise<Placed> {
  const entries = lab.folderPermissions.filter((one) => one.server === server)
  let added = 0
  for (const { mailbox, folder, permission } of entries) {
    const path = `/folder-permissions/${encodeURIComponent(mailbox)}/${encodeURIComponent(folder)}`
    const { user, accessRights } = permission
    if (user !== 'Default') {
      if (await isAdded(client, path, permission)) added++
      continue
    }
    // This entry is always there; one that says something else than a new folder’s is an administrator’s.
    if (!(await isUnset(client, path, folder))) continue
    const changed = await client.call('PATCH', `${path}/Default`, { accessRights })
    if (changed.status !== 200) throw failed(client, path, changed)
    added++
  }
  return { added, all: entries.length }
}

async function isUnset(client: AdminClient, path: string, folder: string): Promise<boolean> {
  const answer = await client.call('GET', path)
  if (answer.status !== 200) throw failed(client, path, answer)
  const { items } = answer.body as { items: readonly FolderPermissionView[] }
  const rights = items.find(({ user }) => user === 'Default')?.accessRights ?? []
  return rights.join() === (folder.toLowerCase() === 'calendar' ? 'AvailabilityOnly' : 'None')
}

async function isAdded(client: AdminClient, path: string, body: object): Promise<boolean> {
  const answer = await client.call('POST', path, body)
  if (answer.status !== 201 && answer.status !== 409) throw failed(client, path, answer)
  return answer.status === 201
}

function failed(client: AdminClient, path: string, answer: Parameters<typeof problemText>[0]): LabError {
  return new LabError(`${client.url}: ${path}: ${problemText(answer)}`, answer.status)
}
