/** Mailboxes of many items: ids that are unique by themselves, kept counts, columns to sort by, attachments, blobs, changes. */
export const mailboxPages = [
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
] as const
