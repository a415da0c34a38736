/**
 * How many assertions are remembered, of each client and of all together (the client without a name): counted as they come and
 * go, by the database, so that the counts are of the same transaction as what they count.
 */
export const assertionCounts = [
  'create table spent_assertion_counts (client text not null primary key, count integer not null) without rowid',
  `insert into spent_assertion_counts (client, count)
    select client, count(*) from spent_assertions group by client
    union all select '', count(*) from spent_assertions`,
  `create trigger spent_assertions_come after insert on spent_assertions begin
    update spent_assertion_counts set count = count + 1 where client = '';
    insert into spent_assertion_counts (client, count) values (new.client, 1)
      on conflict (client) do update set count = count + 1;
  end`,
  `create trigger spent_assertions_go after delete on spent_assertions begin
    update spent_assertion_counts set count = count - 1 where client in ('', old.client);
    delete from spent_assertion_counts where client = old.client and count = 0;
  end`,
] as const
