/** The team site that one call is about: made when it is first asked for, and seen by one caller. */
import { formatPrincipal } from '../../protocol/principal.ts'
import type { User } from '../../trust/directory.ts'
import type { Caller, Kit, ProductRequest } from '../product.ts'
import { applicationOf, type Standing } from './access.ts'
import { DEFAULT_LISTS, newList } from './list-templates.ts'
import type { ListStore, SiteUser } from './lists.ts'
import type { QueryOptions } from './query-options.ts'

/** One call of the REST interface. */
export interface Call {
  readonly request: ProductRequest
  readonly caller: Caller
  readonly kit: Kit
  readonly options: QueryOptions
  /** What its rights are made of. */
  readonly standing: Standing
  /** The caller as a user of the site. */
  readonly me: SiteUser
  /** What form digests are made with. */
  readonly secret: string
}

/** The secret of the site; the site is made first if there is none. */
export async function openSite({ lists, newId, now }: Kit): Promise<string> {
  const secret = await lists.siteSecret()
  if (secret !== undefined) return secret
  // Two first calls may meet here: the site of one of them is made, and both read its secret.
  const made = `${newId()}${newId()}`
  const at = now()
  await lists.createSite(
    made,
    DEFAULT_LISTS.map((list) => newList(list, at, newId)),
  )
  return (await lists.siteSecret()) ?? made
}

/** The caller's entry among the site's users, which everyone gets with the first call. */
export function ensureCaller(lists: ListStore, caller: Caller): Promise<SiteUser> {
  const { user } = caller
  return lists.ensureUser(
    user === undefined ? applicationAsUser(formatPrincipal(applicationOf(caller))) : personAsUser(user),
  )
}

function personAsUser({ sid, upn, smtp, displayName }: User): Omit<SiteUser, 'id'> {
  return {
    login: `i:0#.w|${upn.toLowerCase()}`,
    title: displayName,
    email: smtp ?? '',
    sid: sid.toLowerCase(),
  }
}

// An application that acts as itself is shown as one: an account of the token issuer, not a person.
function applicationAsUser(principal: string): Omit<SiteUser, 'id'> {
  return { login: `i:0i.t|ms.sp.ext|${principal}`, title: 'SharePoint App', email: '' }
}
