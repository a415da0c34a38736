/**
 * When spent assertions end by what they say, and the last such end among those that were forgotten: what ends no later may be
 * one of them, whatever the clock shows. Of those that are there only the end of their being remembered is known, which is later.
 */
export const forgottenAssertions = [
  'alter table spent_assertions add column expires_at integer not null default 0',
  'update spent_assertions set expires_at = until',
  'create index spent_assertions_client_until on spent_assertions (client, until)',
  'create table forgotten_assertions (id integer not null primary key check (id = 1), expires_at integer not null)',
  'insert into forgotten_assertions (id, expires_at) values (1, 0)',
  `create trigger spent_assertions_forgotten after delete on spent_assertions begin
    update forgotten_assertions set expires_at = old.expires_at where id = 1 and expires_at < old.expires_at;
  end`,
] as const
