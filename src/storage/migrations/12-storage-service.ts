/** What Lync's Storage Service keeps: failures, settings, conversations that are being written, users' contacts. */
export const storageService = [
  `create table storage_failures (
    seq integer primary key autoincrement,
    adapter_id text not null,
    endpoint_id text not null,
    time integer not null,
    detail text not null,
    other text not null,
    component text not null,
    sip_uri text not null,
    sip_key text not null
  )`,
  'create index storage_failures_sip on storage_failures (sip_key, seq)',
  'create index storage_failures_component on storage_failures (component, seq)',
  'create table lync_settings (name text primary key, members text not null) without rowid',
  `create table conversations (
    seq integer primary key autoincrement,
    id text not null unique,
    subject text not null,
    modality text not null,
    started_at integer not null,
    last_message integer not null
  )`,
  `create table conversation_participants (
    conversation integer not null references conversations (seq) on delete cascade,
    position integer not null,
    sip_uri text not null,
    sip_key text not null,
    history integer not null,
    archive integer not null,
    primary key (conversation, position),
    unique (conversation, sip_key)
  ) without rowid`,
  `create table conversation_messages (
    conversation integer not null references conversations (seq) on delete cascade,
    number integer not null,
    sender text not null,
    time integer not null,
    text text not null,
    primary key (conversation, number)
  ) without rowid`,
  `create table lync_users (
    sid_key text primary key references users (sid_key) on delete cascade,
    exchange_archiving_policy text not null,
    ucs_allowed integer,
    contact_place text not null,
    moved_at integer,
    rolled_back_at integer,
    failure text
  ) without rowid`,
  `create table lync_contacts (
    seq integer primary key autoincrement,
    sid_key text not null references users (sid_key) on delete cascade,
    id text not null,
    sip_uri text not null,
    sip_key text not null,
    display_name text not null,
    unique (sid_key, sip_key),
    unique (sid_key, id)
  )`,
] as const
