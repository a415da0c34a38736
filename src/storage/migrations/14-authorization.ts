/** Groups, what filters ask about accounts, and who may do what at Exchange: linked accounts, scopes, roles and rights. */
export const authorization = [
  'alter table users add column organizational_unit text',
  'alter table users add column mailbox_database text',
  'alter table users add column recipient_type_details text',
  'alter table users add column attributes text',
  'alter table partners add column linked_account text',
  `create table groups (
    seq integer primary key autoincrement,
    name text not null,
    name_key text not null unique,
    organizational_unit text not null
  )`,
  `create table group_members (
    "group" integer not null references groups (seq) on delete cascade,
    position integer not null,
    kind text not null check (kind in ('account', 'group')),
    member text not null,
    member_key text not null,
    primary key ("group", member_key)
  ) without rowid`,
  'create index group_members_member on group_members (member_key)',
  `create table management_scopes (
    seq integer primary key autoincrement,
    name text not null,
    name_key text not null unique,
    recipient_filter text not null,
    recipient_root text,
    exclusive integer not null
  )`,
  `create table role_assignments (
    seq integer primary key autoincrement,
    name text not null,
    name_key text not null unique,
    role text not null,
    assignee_kind text not null check (assignee_kind in ('account', 'group')),
    assignee text not null,
    scope_kind text not null check (scope_kind in ('none', 'custom', 'unit', 'exclusive')),
    scope text check ((scope is null) = (scope_kind = 'none')),
    delegating integer not null,
    enabled integer not null
  )`,
  `create table impersonation_grants (
    seq integer primary key autoincrement,
    id text not null unique,
    access_right text not null,
    object_kind text not null check (object_kind in ('server', 'database', 'account')),
    object text check ((object is null) = (object_kind = 'server')),
    trustee_kind text not null check (trustee_kind in ('account', 'group')),
    trustee text not null,
    deny integer not null
  )`,
] as const
