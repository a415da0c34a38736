/** The X.500 name that Exchange gives each recipient (legacyExchangeDN), by which old clients name people. */
import { createHash } from 'node:crypto'
import type { DirectoryStore, User } from '../../trust/directory.ts'

// The names that an Exchange organization has when nobody chose others.
const RECIPIENTS = '/o=First Organization/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients'

/** A user's name, made of the SID and the alias as Exchange makes it of a GUID and the alias. */
export function legacyDnOf({ sid, smtp, upn }: User): string {
  const hash = createHash('sha256').update(sid.toUpperCase()).digest('hex').slice(0, 32)
  return `${RECIPIENTS}/cn=${hash}-${(smtp ?? upn).split('@')[0] ?? ''}`
}

// How many people of one alias are looked at; their domains differ.
const MOST_NAMESAKES = 50

/** Who has this name, without regard to case. Undefined when nobody with a mailbox has. */
export async function findByLegacyDn(directory: DirectoryStore, dn: string): Promise<User | undefined> {
  const alias = /\/cn=[0-9a-f]{32}-([^/]+)$/i.exec(dn.trim())?.[1]
  if (alias === undefined) return undefined
  const namesakes = await directory.search(`${alias}@`, MOST_NAMESAKES)
  return namesakes.find((user) => legacyDnOf(user).toLowerCase() === dn.trim().toLowerCase())
}
