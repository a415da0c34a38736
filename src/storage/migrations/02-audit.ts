/** The record of decisions, and its end. */
export const audit = [
  `create table audit (
    seq integer primary key,
    time integer not null,
    kind text not null,
    request_id text not null,
    event text not null,
    previous text not null,
    hash text not null
  )`,
  'create index audit_request on audit (request_id)',
  'create index audit_kind on audit (kind, seq)',
  'create table audit_head (seq integer not null, hash text not null)',
] as const
