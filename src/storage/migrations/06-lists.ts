/** SharePoint: a site, its users, lists, fields and items. */
export const lists = [
  'create table site (one integer primary key check (one = 1), secret text not null)',
  `create table site_users (
    id integer primary key autoincrement,
    login text not null unique collate nocase,
    title text not null,
    email text not null,
    sid text
  )`,
  `create table lists (
    seq integer primary key autoincrement,
    id text not null unique,
    title text not null,
    title_key text not null unique,
    url_name text not null,
    url_key text not null unique,
    description text not null,
    base_template integer not null,
    version integer not null,
    item_count integer not null,
    last_item_id integer not null,
    created_at integer not null,
    modified_at integer not null,
    deleted_at integer not null
  )`,
  `create table list_fields (
    list integer not null references lists (seq) on delete cascade,
    position integer not null,
    id text not null,
    name text not null collate nocase,
    title text not null,
    kind text not null,
    primary key (list, position),
    unique (list, name)
  )`,
  `create table list_items (
    list integer not null references lists (seq) on delete cascade,
    id integer not null,
    guid text not null,
    title text collate nocase,
    field_values text not null,
    created_at integer not null,
    modified_at integer not null,
    author_id integer not null references site_users (id),
    editor_id integer not null references site_users (id),
    version integer not null,
    primary key (list, id)
  )`,
  // With the id at the end a page needs no sorting. A table without rowid would be searched by its key, whatever is asked.
  'create index list_items_title on list_items (list, title, id)',
  'create index list_items_created on list_items (list, created_at, id)',
  'create index list_items_modified on list_items (list, modified_at, id)',
  'create index list_items_author on list_items (list, author_id, id)',
  'create index list_items_editor on list_items (list, editor_id, id)',
] as const
