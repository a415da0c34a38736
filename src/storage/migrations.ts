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
    // Names are folded by the program; those of users who are there already are written when the database is opened.
    `create table user_names (
      name text not null,
      user integer not null references users (seq) on delete cascade,
      primary key (name, user)
    ) without rowid`,
    'create index user_names_user on user_names (user)',
    'alter table users add column smtp_domain text',
    "update users set smtp_domain = substr(smtp_key, instr(smtp_key, '@') + 1) where smtp_key is not null",
    'create index users_smtp_domain on users (smtp_domain)',
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
