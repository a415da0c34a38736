/** The names that a search finds users by. */
export const userNames = [
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
] as const
