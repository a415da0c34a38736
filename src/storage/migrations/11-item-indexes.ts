/** Indexes to find and page items by. */
export const itemIndexes = [
  // The rest of a folder after some place in the order of the store.
  'create index items_folder on items (folder_id)',
  'create index items_sent on items (folder_id, sent_at)',
  'create index items_subject on items (folder_id, subject collate nocase)',
  // A series is found by a property of its own; quotes inside of texts are escaped in JSON.
  `create index items_series on items (folder_id, start_at)
    where instr(content, '{"name":"Recurrence"') > 0`,
] as const
