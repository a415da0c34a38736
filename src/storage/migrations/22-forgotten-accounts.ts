/**
 * An account keeps the container that it was added to, whatever becomes of its UPN; and what was given to an account is found
 * by its SID when it goes. Accounts that went before left their SIDs as authors.
 */
export const forgottenAccounts = [
  "update users set organizational_unit = substr(upn, instr(upn, '@') + 1) || '/Users' where organizational_unit is null",
  'create index folder_permissions_grantee on folder_permissions (grantee)',
  'create index mailbox_permissions_grantee on mailbox_permissions (grantee)',
  'create index delegates_sid on delegates (sid)',
  "update items set author = '' where author <> '' and author not in (select sid from users)",
] as const
