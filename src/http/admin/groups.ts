/** `/groups`: the groups of this server's directory. */
import * as z from 'zod'
import { defaultContainer } from '../../trust/directory-names.ts'
import { findGroup, type Group, groupDistinguishedName, type Member, written } from '../../trust/groups.ts'
import { looksLikeSid } from '../../trust/sid.ts'
import { formerMember, type Identities, memberNamed, unwrapChange } from './identities.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

/** Canonical name of a container: a domain, and units in it. */
export const Container = z
  .string()
  .max(512)
  .regex(
    /^[A-Za-z0-9.-]+(\/[^/\\\p{Cc}]+)*$/u,
    'expected the canonical name of a container such as litwareinc.com/Sales',
  )

const Identity = z.string().min(1).max(1024)

export const AddGroup = z.strictObject({
  // An @ is for accounts: a name is either a group's or an address.
  name: z
    .string()
    .regex(/^[^\s@*,/\\\p{Cc}][^@*,/\\\p{Cc}]{0,63}$/u, 'expected 1 to 64 characters, none of @ * , / \\')
    .refine((name) => !looksLikeSid(name), 'expected a name that is no SID'),
  organizationalUnit: Container.exactOptional(),
  members: z.array(Identity).max(1_000).default([]),
})

const AddMember = z.strictObject({ member: Identity })

/** The routes; `domain` is where groups lie that say nothing else. `namedBy` says what still depends on a group. */
export function groupRoutes(
  identities: Identities,
  domain: string,
  namedBy: (name: string) => string | undefined,
): AdminRoute[] {
  const { groups } = identities
  const find = (name: string): Group => {
    const group = findGroup(groups.current(), name)
    if (group !== undefined) return group
    throw new ProblemError({
      status: 404,
      title: 'No group has this name',
      detail: `saw ${name.slice(0, 80)}`,
    })
  }
  return [
    {
      method: 'GET',
      path: '/groups',
      scope: 'read',
      handle: async () => ({ status: 200, body: { items: [...groups.current().all.values()].map(viewOf) } }),
    },
    {
      method: 'POST',
      path: '/groups',
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => {
        const { name, ...rest } = input(AddGroup)
        return { subject: name, change: changeOf(rest) }
      },
      handle: async ({ input }) => {
        const { name, organizationalUnit = defaultContainer(domain), members: named } = input(AddGroup)
        const members: Member[] = []
        for (const [index, one] of named.entries())
          members.push(await memberNamed(identities, `members[${index}]`, one))
        const group = unwrapChange(await groups.add({ name, organizationalUnit, members }))
        return {
          status: 201,
          body: viewOf(group),
          location: `/admin/v1/groups/${encodeURIComponent(group.name)}`,
        }
      },
    },
    {
      method: 'GET',
      path: '/groups/:name',
      scope: 'read',
      handle: async ({ param }) => ({ status: 200, body: viewOf(find(param('name'))) }),
    },
    {
      method: 'DELETE',
      path: '/groups/:name',
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('name') }),
      handle: async ({ param }) => {
        const { name } = find(param('name'))
        unwrapChange(await groups.remove(name, namedBy))
        return { status: 204 }
      },
    },
    {
      method: 'POST',
      path: '/groups/:name/members',
      scope: 'administer',
      kind: 'administration',
      change: ({ param, input }) => ({ subject: param('name'), change: changeOf(input(AddMember)) }),
      handle: async ({ param, input }) => {
        const member = await memberNamed(identities, 'member', input(AddMember).member)
        return { status: 200, body: viewOf(unwrapChange(await groups.addMember(param('name'), member))) }
      },
    },
    {
      method: 'DELETE',
      path: '/groups/:name/members/:member',
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('name'), change: { member: param('member') } }),
      handle: async ({ param }) => {
        const { name } = find(param('name'))
        const member = await formerMember(identities, 'member', param('member'))
        unwrapChange(await groups.removeMember(name, member))
        return { status: 204 }
      },
    },
  ]
}

function viewOf(group: Group) {
  const { name, organizationalUnit, members } = group
  return {
    name,
    distinguishedName: groupDistinguishedName(group),
    organizationalUnit,
    members: members.map(written),
  }
}
