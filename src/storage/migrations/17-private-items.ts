/** Items that their owner alone reads whole are told apart in a column: nobody else's lists are sorted by what stands in them. */
export const privateItems = [
  'alter table items add column is_private integer not null default 0',
  `update items set is_private = 1
    where instr(content, '"Sensitivity"') > 0 and json_valid(content) and exists (
      select 1 from json_each(items.content) as property
      where property.value ->> 'name' = 'Sensitivity' and property.value ->> 'text' = 'Private'
    )`,
  'create index items_private on items (folder_id, is_private)',
] as const
