/** A server's own keys, who fetched its document, and what is known of reading partners' keys again. */
export const signingKeys = [
  `create table signing_keys (
    x5t text primary key,
    position integer not null unique,
    der text not null,
    root text,
    state text not null check (state in ('available', 'next', 'current', 'previous', 'retired')),
    effective_at integer,
    since integer not null,
    added_at integer not null
  )`,
  "create unique index signing_keys_in_use on signing_keys (state) where state in ('next', 'current', 'previous')",
  'create table signing_generation (generation integer not null)',
  `create table document_fetches (
    issuer text primary key,
    generation integer not null,
    fetched_at integer not null
  )`,
  // What is known of reading a partner's keys again: read and written whole, as JSON.
  'alter table partners add column refresh text',
  'alter table partners add column revoked_keys text',
] as const
