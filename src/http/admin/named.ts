/** What the parameters of Exchange's admin routes name: a user, a user's mailbox, a folder in it; or the problem that says who is missing. */
import { makeMailbox } from '../../products/exchange/distinguished-folders.ts'
import type { Folder } from '../../products/exchange/mailbox.ts'
import type { Kit } from '../../products/product.ts'
import type { DirectoryStore, User } from '../../trust/directory.ts'
import { accountsNamed, onlyOne } from './identities.ts'
import { ProblemError } from './route.ts'

/** The one user whom a text names (`accountsNamed`). `path` is the member or parameter that it stood in. */
export async function userNamed(directory: DirectoryStore, name: string, path: string): Promise<User> {
  const user = onlyOne(await accountsNamed(directory, name), path, name)
  if (user !== undefined) return user
  throw missing('No user has this name', path, 'a SID, UPN, SMTP address or name', name)
}

/** The user whose mailbox is meant. */
export async function ownerNamed(directory: DirectoryStore, name: string): Promise<User> {
  const owner = await userNamed(directory, name, 'mailbox')
  if (owner.mailboxEnabled) return owner
  throw missing('The user has no mailbox', 'mailbox', 'a user with a mailbox', name)
}

/** A folder by its distinguished name (`calendar`), or by its path under the top of the mailbox (`Inbox\Team`); any case. */
export async function folderNamed(kit: Kit, owner: User, name: string): Promise<Folder> {
  await makeMailbox(kit.mailboxes, owner.sid, kit.newId)
  const folders = await kit.mailboxes.folders(owner.sid)
  const steps = name
    .split(/[\\/]/)
    .filter((step) => step !== '')
    .map(folded)
  const top = folders.find(({ distinguished }) => distinguished === 'msgfolderroot')
  let here = top
  for (const step of steps) {
    const from = here
    here = folders.find(({ parentId, displayName }) => parentId === from?.id && folded(displayName) === step)
  }
  const found = here ?? folders.find(({ distinguished }) => steps.length === 1 && distinguished === steps[0])
  if (found !== undefined) return found
  throw missing('The mailbox has no such folder', 'folder', 'a folder such as Calendar or Inbox\\Team', name)
}

// As the store compares names.
function folded(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

export function missing(title: string, path: string, expected: string, name: string): ProblemError {
  const detail = `expected ${expected}, saw ${short(name)}`
  return new ProblemError({ status: 404, title, detail: `${path}: ${detail}`, errors: [{ path, detail }] })
}

function short(name: string): string {
  return name.slice(0, 80)
}
