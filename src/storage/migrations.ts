/** How a database comes to have its tables: a list that only ever grows at its end, one step per released change. */
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Schema } from './schema.ts'

/** The steps, each a list of statements. A step that was released is never edited: databases have been through it. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
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
  ],
  [
    `create table audit (
      seq integer primary key,
      time integer not null,
      kind text not null,
      request_id text not null,
      event text not null,
      previous text not null,
      hash text not null
    )`,
    'create index audit_request on audit (request_id)',
    'create index audit_kind on audit (kind, seq)',
    'create table audit_head (seq integer not null, hash text not null)',
  ],
  [
    `create table admin_tokens (
      seq integer primary key autoincrement,
      name text not null unique,
      scope text not null check (scope in ('read', 'operate', 'administer')),
      hash text not null unique,
      created_at integer not null,
      last_used_at integer,
      expires_at integer
    )`,
  ],
  ['alter table partners add column certificate_authority text'],
  [
    // Ids name folders and items by themselves, since a request may ask for those of any mailbox.
    'create unique index folders_id on folders (id)',
    'create unique index items_id on items (id)',
    'create unique index folders_name on folders (owner, parent_id, display_name collate nocase)',
    'alter table folders add column total_count integer not null default 0',
    'alter table folders add column unread_count integer not null default 0',
    'alter table folders add column child_folder_count integer not null default 0',
    `update folders set
      total_count = (select count(*) from items where items.folder_id = folders.id),
      unread_count = (select count(*) from items where items.folder_id = folders.id and is_read = 0),
      child_folder_count = (select count(*) from folders as child where child.parent_id = folders.id)`,
    // Counts are kept, not counted: a folder may hold any number of items.
    `create trigger items_added after insert on items begin
      update folders set total_count = total_count + 1, unread_count = unread_count + 1 - new.is_read
      where id = new.folder_id;
    end`,
    `create trigger items_removed after delete on items begin
      update folders set total_count = total_count - 1, unread_count = unread_count - 1 + old.is_read
      where id = old.folder_id;
    end`,
    `create trigger items_changed after update of folder_id, is_read on items begin
      update folders set total_count = total_count - 1, unread_count = unread_count - 1 + old.is_read
      where id = old.folder_id;
      update folders set total_count = total_count + 1, unread_count = unread_count + 1 - new.is_read
      where id = new.folder_id;
    end`,
    `create trigger folders_added after insert on folders begin
      update folders set child_folder_count = child_folder_count + 1 where id = new.parent_id;
      update folders set child_folder_count = (select count(*) from folders as child where child.parent_id = new.id)
      where id = new.id;
    end`,
    `create trigger folders_removed after delete on folders begin
      update folders set child_folder_count = child_folder_count - 1 where id = old.parent_id;
    end`,
    `create trigger folders_moved after update of parent_id on folders begin
      update folders set child_folder_count = child_folder_count - 1 where id = old.parent_id;
      update folders set child_folder_count = child_folder_count + 1 where id = new.parent_id;
    end`,
    "alter table items add column kind text not null default 'Message'",
    "alter table items add column author text not null default ''",
    'alter table items add column mime text',
    'alter table items add column importance integer not null default 1',
    'alter table items add column has_attachments integer not null default 0',
    'alter table items add column size integer not null default 0',
    'alter table items add column received_at integer not null default 0',
    'alter table items add column sent_at integer not null default 0',
    'alter table items add column modified_at integer not null default 0',
    'alter table items add column start_at integer',
    'alter table items add column end_at integer',
    "alter table items add column from_name text not null default ''",
    "alter table items add column display_name text not null default ''",
    `update items set author = owner, size = length(content), received_at = created_at, sent_at = created_at,
      modified_at = created_at`,
    'drop index items_folder',
    'create index items_received on items (folder_id, received_at)',
    'create index items_start on items (folder_id, start_at, end_at) where start_at is not null',
    `create table blobs (
      id text not null,
      position integer not null,
      bytes blob not null,
      primary key (id, position)
    ) without rowid`,
    `create table attachments (
      seq integer primary key autoincrement,
      id text not null unique,
      item_id text not null references items (id) on update cascade on delete cascade,
      name text not null,
      content_type text not null,
      content_id text not null,
      is_inline integer not null,
      size integer not null,
      modified_at integer not null,
      blob text,
      item text
    )`,
    'create index attachments_item on attachments (item_id)',
    'create index attachments_blob on attachments (blob) where blob is not null',
    'create index items_mime on items (mime) where mime is not null',
    `create table mailbox_changes (
      owner text not null,
      number integer not null,
      kind text not null,
      subject text not null,
      id text not null,
      folder_id text not null,
      from_id text,
      from_folder_id text,
      at integer not null,
      primary key (owner, number)
    ) without rowid`,
  ],
  [
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
  ],
]

/** Brings a database up to date, all steps or none. Throws if a newer program has been here. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const version = await versionOf(tx)
    if (version > MIGRATIONS.length) {
      throw new Error(`a newer program made it (version ${version}, this program knows ${MIGRATIONS.length})`)
    }
    if (version === MIGRATIONS.length) return
    for (const statement of MIGRATIONS.slice(version).flat()) await sql.raw(statement).execute(tx)
    await tx.updateTable('schemaVersion').set({ version: MIGRATIONS.length }).execute()
  })
}

async function versionOf(tx: Transaction<Schema>): Promise<number> {
  await sql`create table if not exists schema_version (version integer not null)`.execute(tx)
  const row = await tx.selectFrom('schemaVersion').select('version').executeTakeFirst()
  if (row !== undefined) return row.version
  await tx.insertInto('schemaVersion').values({ version: 0 }).execute()
  return 0
}
