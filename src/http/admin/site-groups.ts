/** `/site-groups`: the groups of the site, the permission level of each, and who is in them. */
import * as z from 'zod'
import { PERMISSION_LEVELS, type PermissionLevel } from '../../products/sharepoint/authorization/rights.ts'
import { EVERYONE, type SiteAccessStore } from '../../products/sharepoint/authorization/site-access.ts'
import { comparable, type DirectoryStore } from '../../trust/directory.ts'
import { accountsNamed, onlyOne } from './identities.ts'
import { PartnerIdentity } from './partner-applications.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

const LEVELS = Object.keys(PERMISSION_LEVELS) as PermissionLevel[]

export const AddGroup = z.strictObject({
  name: PartnerIdentity,
  level: z.enum(LEVELS, { error: `expected one of ${LEVELS.join(', ')}` }),
})
const AddMember = z.strictObject({ member: z.string().min(1).max(320) })

export function siteGroupRoutes(store: SiteAccessStore, directory: DirectoryStore): AdminRoute[] {
  const path = '/site-groups'
  const find = async (name: string) => {
    const wanted = name.toLowerCase()
    const group = (await store.groups()).find((one) => one.name.toLowerCase() === wanted)
    if (group === undefined) throw missing(name)
    return group
  }
  // Kept is the SID, which is one person's for good.
  const memberNamed = async (text: string): Promise<string> => {
    if (text.toLowerCase() === EVERYONE) return EVERYONE
    const user = onlyOne(await accountsNamed(directory, text), 'member', text)
    if (user !== undefined) return comparable('sid', user.sid)
    const detail = `expected everyone, or the SID, UPN, SMTP address or name of one user, saw ${text.slice(0, 80)}`
    throw new ProblemError({
      ...{ status: 422, title: 'The member is not one user', detail, errors: [{ path: 'member', detail }] },
    })
  }
  return [
    {
      method: 'GET',
      path,
      scope: 'read',
      handle: async () => ({ status: 200, body: { items: await store.groups() } }),
    },
    {
      method: 'POST',
      path,
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => {
        const { name, ...rest } = input(AddGroup)
        return { subject: name, change: changeOf(rest) }
      },
      handle: async ({ input }) => {
        const group = input(AddGroup)
        if ((await store.addGroup(group)) === 'exists') {
          const detail = `saw ${group.name}`
          throw new ProblemError({
            ...{ status: 409, title: 'A site group of this name exists already', detail },
            errors: [{ path: 'name', detail }],
          })
        }
        const location = `/admin/v1${path}/${encodeURIComponent(group.name)}`
        return { status: 201, body: await find(group.name), location }
      },
    },
    {
      method: 'GET',
      path: `${path}/:name`,
      scope: 'read',
      handle: async ({ param }) => ({ status: 200, body: await find(param('name')) }),
    },
    {
      method: 'DELETE',
      path: `${path}/:name`,
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('name') }),
      handle: async ({ param }) => {
        if ((await store.removeGroup(param('name'))) === 'missing') throw missing(param('name'))
        return { status: 204 }
      },
    },
    {
      method: 'POST',
      path: `${path}/:name/members`,
      scope: 'administer',
      kind: 'administration',
      change: ({ param, input }) => ({ subject: param('name'), change: changeOf(input(AddMember)) }),
      handle: async ({ param, input }) => {
        const group = await find(param('name'))
        await store.addMember(group.name, await memberNamed(input(AddMember).member))
        return { status: 200, body: await find(group.name) }
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:name/members/:member`,
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('name'), change: changeOf({ member: param('member') }) }),
      handle: async ({ param }) => {
        const group = await find(param('name'))
        // One who is no longer in the directory can still be taken out, by SID.
        const sid = comparable('sid', param('member'))
        const member = group.members.includes(sid) ? sid : await memberNamed(param('member'))
        if ((await store.removeMember(group.name, member)) === 'no member')
          throw new ProblemError({
            ...{
              status: 404,
              title: 'The site group has no such member',
              detail: `saw ${param('member').slice(0, 80)}`,
            },
          })
        return { status: 200, body: await find(group.name) }
      },
    },
  ]
}

function missing(name: string): ProblemError {
  return new ProblemError({
    status: 404,
    title: 'No site group has this name',
    detail: `saw ${name.slice(0, 80)}`,
  })
}
