/** `/folder-permissions` and `/mailbox-permissions`: what users may do in the mailboxes of others. */
import * as z from 'zod'
import { ACCESS_RIGHTS, namesOf, rightsNamed } from '../../products/exchange/access/access-rights.ts'
import {
  allPermissions,
  DISTINGUISHED_GRANTEES,
  type FolderPermission,
  type GrantedRights,
  isCalendar,
  isDistinguishedGrantee,
} from '../../products/exchange/access/folder-permission.ts'
import type { Folder } from '../../products/exchange/mailbox.ts'
import type { Kit } from '../../products/product.ts'
import { looksLikeSid, readSid } from '../../trust/sid.ts'
import { accountsNamed } from './identities.ts'
import { folderNamed, missing, ownerNamed, userNamed } from './named.ts'
import { type AdminRequest, type AdminRoute, changeOf, ProblemError } from './route.ts'

const Grantee = z.string().min(1, 'expected a SID, UPN or SMTP address, Default or Anonymous').max(320)
const AccessRights = z
  .array(z.string().max(64))
  .min(1)
  .max(ACCESS_RIGHTS.length)
  .refine(
    (names) => rightsNamed(names) !== undefined,
    `expected one role or several single rights out of ${ACCESS_RIGHTS.join(', ')}`,
  )

export const AddFolderPermission = z.strictObject({ user: Grantee, accessRights: AccessRights })
export const ChangeFolderPermission = z.strictObject({ accessRights: AccessRights })
export const AddMailboxPermission = z.strictObject({
  user: z.string().min(1, 'expected a SID, UPN or SMTP address').max(320),
  accessRights: z
    .array(z.literal('FullAccess', 'expected FullAccess'))
    .length(1, 'expected the one right FullAccess'),
  deny: z.boolean().default(false),
})
const Deny = z.strictObject({
  deny: z
    .enum(['true', 'false'], 'expected true or false')
    .default('false')
    .transform((text) => text === 'true'),
})

const FOLDER = '/folder-permissions/:mailbox/:folder'
const MAILBOX = '/mailbox-permissions/:mailbox'

export function permissionRoutes(kit: Kit): AdminRoute[] {
  return [...folderRoutes(kit), ...mailboxRoutes(kit)]
}

function folderRoutes(kit: Kit): AdminRoute[] {
  const { access, directory } = kit
  const folderOf = async ({ param }: AdminRequest): Promise<Folder> =>
    folderNamed(kit, await ownerNamed(directory, param('mailbox')), param('folder'))
  // Default and Anonymous in any case of letters; anything else names a user.
  const granteeOf = async (name: string): Promise<string> =>
    DISTINGUISHED_GRANTEES.find((one) => one.toLowerCase() === name.toLowerCase()) ??
    (await userNamed(directory, name, 'user')).sid
  const view = (permission: FolderPermission) => viewOf(permission, kit)
  return [
    {
      method: 'GET',
      path: FOLDER,
      scope: 'read',
      handle: async (request) => {
        const folder = await folderOf(request)
        const all = allPermissions(folder, await access.folderPermissions(folder.id))
        return { status: 200, body: { items: await Promise.all(all.map(view)) } }
      },
    },
    {
      method: 'POST',
      path: FOLDER,
      scope: 'administer',
      kind: 'administration',
      change: (request) => ({
        subject: placeOf(request),
        change: changeOf(request.input(AddFolderPermission)),
      }),
      handle: async (request) => {
        const { user, accessRights } = request.input(AddFolderPermission)
        const folder = await folderOf(request)
        const permission = { grantee: await granteeOf(user), rights: rightsFor(folder, accessRights) }
        const added = isDistinguishedGrantee(permission.grantee)
          ? 'exists'
          : await access.addFolderPermission(folder.id, permission)
        if (added === 'exists') throw exists(user, 'change its entry instead')
        if (added === 'folder missing') throw folderGone(request)
        return { status: 201, body: await view(permission) }
      },
    },
    {
      method: 'PATCH',
      path: `${FOLDER}/:user`,
      scope: 'administer',
      kind: 'administration',
      change: (request) => ({
        subject: placeOf(request),
        change: { user: request.param('user'), ...changeOf(request.input(ChangeFolderPermission)) },
      }),
      handle: async (request) => {
        const { accessRights } = request.input(ChangeFolderPermission)
        const folder = await folderOf(request)
        const grantee = await granteeOf(request.param('user'))
        const permission = { grantee, rights: rightsFor(folder, accessRights) }
        const changed = await access.changeFolderPermission(folder.id, permission)
        if (changed === 'missing') throw noEntry(request.param('user'))
        return { status: 200, body: await view(permission) }
      },
    },
    {
      method: 'DELETE',
      path: `${FOLDER}/:user`,
      scope: 'administer',
      kind: 'administration',
      change: (request) => ({ subject: placeOf(request), change: { user: request.param('user') } }),
      handle: async (request) => {
        const folder = await folderOf(request)
        const name = request.param('user')
        const grantee = (await sidLeft(directory, name)) ?? (await granteeOf(name))
        if (isDistinguishedGrantee(grantee)) {
          throw conflict('This entry is always there', 'user', `expected a user, saw ${grantee}: set None`)
        }
        const removed = await access.removeFolderPermission(folder.id, grantee)
        if (removed === 'missing') throw noEntry(request.param('user'))
        return { status: 204 }
      },
    },
  ]
}

function mailboxRoutes({ access, directory }: Kit): AdminRoute[] {
  return [
    {
      method: 'GET',
      path: MAILBOX,
      scope: 'read',
      handle: async ({ param }) => {
        const { sid } = await ownerNamed(directory, param('mailbox'))
        const items = (await access.mailboxPermissions(sid)).map(async ({ grantee, accessRight, deny }) => ({
          ...(await whoIs(grantee, directory)),
          accessRights: [accessRight],
          deny,
        }))
        return { status: 200, body: { items: await Promise.all(items) } }
      },
    },
    {
      method: 'POST',
      path: MAILBOX,
      scope: 'administer',
      kind: 'administration',
      change: ({ param, input }) => ({
        subject: param('mailbox'),
        change: changeOf(input(AddMailboxPermission)),
      }),
      handle: async ({ param, input }) => {
        const { user, accessRights, deny } = input(AddMailboxPermission)
        const { sid: owner } = await ownerNamed(directory, param('mailbox'))
        const { sid: grantee, upn } = await userNamed(directory, user, 'user')
        const permission = { grantee, accessRight: 'FullAccess', deny } as const
        if ((await access.addMailboxPermission(owner, permission)) === 'exists') {
          throw exists(user, 'nothing is left to add')
        }
        return { status: 201, body: { user: upn, accessRights, deny } }
      },
    },
    {
      method: 'DELETE',
      path: `${MAILBOX}/:user`,
      takesQuery: true,
      scope: 'administer',
      kind: 'administration',
      change: ({ param, query }) => ({
        subject: param('mailbox'),
        change: { user: param('user'), ...query(Deny) },
      }),
      handle: async ({ param, query }) => {
        const { deny } = query(Deny)
        const { sid: owner } = await ownerNamed(directory, param('mailbox'))
        const name = param('user')
        const grantee = (await sidLeft(directory, name)) ?? (await userNamed(directory, name, 'user')).sid
        const permission = { grantee, accessRight: 'FullAccess', deny } as const
        if ((await access.removeMailboxPermission(owner, permission)) === 'missing') {
          throw noEntry(param('user'))
        }
        return { status: 204 }
      },
    },
  ]
}

// Who is in the directory no more may still have entries to be removed; they go by SID.
async function sidLeft(directory: Kit['directory'], name: string): Promise<string | undefined> {
  const isGone = looksLikeSid(name) && (await accountsNamed(directory, name)).length === 0
  return isGone ? (readSid(name) ?? name) : undefined
}

function placeOf({ param }: AdminRequest): string {
  return `${param('mailbox')}:${param('folder')}`
}

function rightsFor(folder: Folder, names: readonly string[]): GrantedRights {
  const rights = rightsNamed(names)
  if (rights === undefined) throw new Error('the schema let access rights through that nothing has')
  if (rights.readItems === 'None' || rights.readItems === 'FullDetails' || isCalendar(folder)) return rights
  throw new ProblemError({
    status: 422,
    title: 'The input is not usable',
    detail: `accessRights: expected rights for a folder that is no calendar, saw ${names.join(', ')}`,
    errors: [{ path: 'accessRights', detail: `expected rights for no calendar, saw ${names.join(', ')}` }],
  })
}

/** An entry as the REST shows it. */
async function viewOf({ grantee, rights }: FolderPermission, { directory }: Kit) {
  const who = isDistinguishedGrantee(grantee) ? { user: grantee } : await whoIs(grantee, directory)
  return { ...who, accessRights: namesOf(rights), ...rights }
}

export type FolderPermissionView = Awaited<ReturnType<typeof viewOf>>

// Who is in the directory no more is shown by SID, so that the entry can be removed.
async function whoIs(
  sid: string,
  directory: Kit['directory'],
): Promise<{ user: string; displayName?: string }> {
  const [user] = await directory.find('sid', sid)
  return user === undefined ? { user: sid } : { user: user.upn, displayName: user.displayName }
}

function exists(user: string, advice: string): ProblemError {
  return conflict('The user has such an entry already', 'user', `saw ${user.slice(0, 80)}: ${advice}`)
}

function conflict(title: string, path: string, detail: string): ProblemError {
  return new ProblemError({ status: 409, title, detail: `${path}: ${detail}`, errors: [{ path, detail }] })
}

function noEntry(user: string): ProblemError {
  return missing('The user has no such entry', 'user', 'a user with an entry', user)
}

function folderGone({ param }: AdminRequest): ProblemError {
  return missing('The mailbox has no such folder', 'folder', 'a folder', param('folder'))
}
