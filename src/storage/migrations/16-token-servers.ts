/** Token servers among partners, partners that use one, a token server's clients and the assertions they have spent. */
export const tokenServers = [
  // The kinds of source that the first table checks are four by now: the fourth stands beside them.
  'alter table partners add column uses_auth_server integer not null default 0',
  'alter table partners add column auth_server text',
  'alter table partners add column token_client text',
  `create table spent_assertions (
    client text not null,
    once text not null,
    until integer not null,
    primary key (client, once)
  )`,
  'create index spent_assertions_until on spent_assertions (until)',
] as const
