/** The addresses of an account beside its primary one: as they were given, and as they are looked for. */
export const proxyAddresses = [
  'alter table users add column proxy_addresses text',
  `create table user_addresses (
    address_key text not null,
    domain text not null,
    user integer not null references users (seq) on delete cascade,
    primary key (address_key, user)
  ) without rowid`,
  'create index user_addresses_user on user_addresses (user)',
  'create index user_addresses_domain on user_addresses (domain)',
] as const
