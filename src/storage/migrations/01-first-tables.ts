/** Partner applications, users, folders and items. */
export const firstTables = [
  `create table partners (
    seq integer primary key autoincrement,
    identity text not null,
    identity_key text not null unique,
    application_id text not null unique,
    realm text not null,
    issuer text not null,
    source_kind text not null check (source_kind in ('metadata', 'document', 'certificate')),
    source_url text check ((source_url is not null) = (source_kind = 'metadata')),
    trust_level text not null check (trust_level in ('Full', 'Application', 'User')),
    enabled integer not null,
    accept_sids integer not null,
    created_at integer not null,
    updated_at integer not null,
    refreshed_at integer not null
  )`,
  `create table partner_certificates (
    partner integer not null references partners (seq) on delete cascade,
    position integer not null,
    der text not null,
    primary key (partner, position)
  )`,
  `create table users (
    seq integer primary key autoincrement,
    sid text not null,
    sid_key text not null unique,
    upn text not null,
    upn_key text not null,
    smtp text,
    smtp_key text,
    sip text,
    sip_key text,
    display_name text not null,
    enabled integer not null,
    mailbox_enabled integer not null,
    archiving_enabled integer not null
  )`,
  'create index users_upn on users (upn_key)',
  'create index users_smtp on users (smtp_key)',
  'create index users_sip on users (sip_key)',
  // A folder may be made before its parent, as long as both are there at the end of the transaction.
  `create table folders (
    seq integer primary key autoincrement,
    owner text not null,
    id text not null,
    parent_id text,
    distinguished text,
    display_name text not null,
    folder_class text not null,
    change_key text not null,
    unique (owner, id),
    unique (owner, distinguished),
    foreign key (owner, parent_id) references folders (owner, id) deferrable initially deferred
  )`,
  'create index folders_parent on folders (owner, parent_id)',
  `create table items (
    seq integer primary key autoincrement,
    owner text not null,
    id text not null,
    folder_id text not null,
    change_key text not null,
    item_class text not null,
    subject text not null,
    is_read integer not null,
    created_at integer not null,
    content text not null,
    unique (owner, id),
    foreign key (owner, folder_id) references folders (owner, id)
  )`,
  'create index items_folder on items (owner, folder_id, is_read)',
] as const
