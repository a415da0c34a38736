/** What a lab file says of who may do what: as the admin REST of a server takes it, each with the server it is for. */
import * as z from 'zod'
import { AddAssignment, AddScope } from '../http/admin/management.ts'
import { AddFolderPermission } from '../http/admin/permissions.ts'
import { AddUser } from '../http/admin/users.ts'
import { MailboxAccessInput } from '../products/mailbox-access.ts'
import { ServerName } from '../server/config.ts'

/** A user, and the servers that know him; absent: all of them. */
export const LabUser = AddUser.safeExtend({ servers: z.array(ServerName).min(1).exactOptional() })

const server = ServerName

/** Who may do what, in the order in which it is put in place. */
export const AccessParts = {
  /** Management scopes of an Exchange. */
  scopes: z.array(z.strictObject({ server, scope: AddScope })).default([]),
  /** Role assignments of an Exchange; with a name, for it is how one is known that is there already. */
  assignments: z
    .array(
      z.strictObject({
        server,
        assignment: AddAssignment.refine(({ name }) => name !== undefined, {
          path: ['name'],
          error: 'expected a name',
        }),
      }),
    )
    .default([]),
  /** What `server` does in mailboxes at Exchange so that something is there. */
  calls: z.array(z.strictObject({ server, call: MailboxAccessInput })).default([]),
  /** Entries of folders in mailboxes of an Exchange. One that an administrator has made or changed stays. */
  folderPermissions: z
    .array(
      z.strictObject({
        server,
        mailbox: z.string(),
        folder: z.string(),
        permission: AddFolderPermission,
      }),
    )
    .default([]),
} as const
export const ACCESS_PARTS = ['scopes', 'assignments', 'calls', 'folderPermissions'] as const

/** A command, and what is known to come of it. */
export const Try = z.strictObject({
  /** What is tried, in a sentence. */
  say: z.string().min(1),
  /** Words after `entente`. */
  run: z.array(z.string()).min(1),
  exit: z.int().min(0).max(3),
  /** Texts that the output holds, and that it does not. */
  shows: z.array(z.string()).default([]),
  hides: z.array(z.string()).default([]),
})
export type Try = z.infer<typeof Try>
