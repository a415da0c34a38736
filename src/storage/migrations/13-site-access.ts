/** SharePoint: who may do what with the site, the realms it had, root authorities, and trust brokers among partners. */
export const siteAccess = [
  `create table app_principals (
    seq integer primary key autoincrement,
    name_identifier text not null unique,
    display_name text not null,
    app_only integer not null,
    created_at integer not null
  )`,
  `create table app_permissions (
    principal integer not null references app_principals (seq) on delete cascade,
    scope text not null check (scope in ('Site', 'SiteCollection', 'SiteSubscription')),
    granted text not null check (granted in ('Read', 'Write', 'Manage', 'FullControl')),
    primary key (principal, scope)
  )`,
  `create table site_groups (
    seq integer primary key autoincrement,
    name text not null,
    name_key text not null unique,
    level text not null check (level in ('Read', 'Contribute', 'Edit', 'Full Control'))
  )`,
  `create table site_group_members (
    site_group integer not null references site_groups (seq) on delete cascade,
    member text not null,
    primary key (site_group, member)
  )`,
  'create index site_group_members_member on site_group_members (member)',
  // Whoever was admitted could read and write: users still can, as members of the site.
  `insert into site_groups (name, name_key, level) values
    ('Owners', 'owners', 'Full Control'), ('Members', 'members', 'Edit'), ('Visitors', 'visitors', 'Read')`,
  "insert into site_group_members (site_group, member) select seq, 'everyone' from site_groups where name = 'Members'",
  // And so can the partners that are there: what they could do before is what they are granted.
  `insert into app_principals (name_identifier, display_name, app_only, created_at)
    select application_id || '@' || realm, identity, 1, created_at from partners order by seq`,
  "insert into app_permissions (principal, scope, granted) select seq, 'SiteSubscription', 'FullControl' from app_principals",
  'create table realms (position integer primary key autoincrement, realm text not null unique, current integer not null)',
  `create table root_authorities (
    seq integer primary key autoincrement,
    name text not null,
    name_key text not null unique,
    der text not null,
    metadata_end_point text,
    created_at integer not null
  )`,
  'alter table partners add column is_trust_broker integer not null default 0',
  'alter table partners add column description text',
] as const
