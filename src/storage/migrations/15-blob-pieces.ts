/** How many pieces a blob has, with each of them: a reader tells one that is gone in between from the end. */
export const blobPieces = [
  'alter table blobs add column pieces integer not null default 1',
  'update blobs set pieces = (select count(*) from blobs as one where one.id = blobs.id)',
] as const
