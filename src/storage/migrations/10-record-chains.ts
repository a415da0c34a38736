/** The record: a hash chain for each kind of event. */
import { rechain } from '../rechain.ts'

export const recordChains = [
  "alter table audit add column chain text not null default ''",
  `create table audit_chains (chain text not null primary key, seq integer not null check (seq >= 0), hash text not null)
    without rowid`,
  rechain,
  'drop table audit_head',
  'drop index audit_kind',
  'create index audit_chain on audit (chain, seq)',
  'create index audit_age on audit (chain, time)',
] as const
