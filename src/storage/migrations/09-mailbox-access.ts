/** Who may do what in a mailbox: application access, permissions on folders and mailboxes, delegates. */
export const mailboxAccess = [
  // The settings of the organization stand under the empty SID.
  'create table ews_settings (sid_key text primary key, settings text not null) without rowid',
  `create table folder_permissions (
    seq integer primary key autoincrement,
    folder_id text not null references folders (id) on delete cascade,
    grantee text not null,
    is_visible integer not null,
    is_owner integer not null,
    is_contact integer not null,
    read_items text not null,
    create_items integer not null,
    create_subfolders integer not null,
    edit_items text not null,
    delete_items text not null,
    unique (folder_id, grantee)
  )`,
  // A new folder has the permissions of the one it is made in, however it is made.
  `create trigger folders_share after insert on folders when new.distinguished is null begin
    insert into folder_permissions (folder_id, grantee, is_visible, is_owner, is_contact, read_items, create_items,
      create_subfolders, edit_items, delete_items)
    select new.id, grantee, is_visible, is_owner, is_contact, read_items, create_items, create_subfolders, edit_items,
      delete_items
    from folder_permissions where folder_id = new.parent_id order by seq;
  end`,
  `create table mailbox_permissions (
    seq integer primary key autoincrement,
    owner text not null,
    grantee text not null,
    access_right text not null,
    deny integer not null,
    unique (owner, grantee, access_right, deny)
  )`,
  `create table delegates (
    seq integer primary key autoincrement,
    owner text not null,
    sid text not null,
    receive_copies integer not null,
    view_private integer not null,
    unique (owner, sid)
  )`,
  `create table delegations (
    owner text primary key,
    deliver_meeting_requests text not null
  ) without rowid`,
] as const
