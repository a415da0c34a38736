/** Admin tokens. */
export const adminTokens = [
  `create table admin_tokens (
    seq integer primary key autoincrement,
    name text not null unique,
    scope text not null check (scope in ('read', 'operate', 'administer')),
    hash text not null unique,
    created_at integer not null,
    last_used_at integer,
    expires_at integer
  )`,
] as const
