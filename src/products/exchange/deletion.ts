/** The three kinds of deletion, of items and of folders. */
import type { DistinguishedFolder } from './distinguished-folders.ts'
import { attribute } from './ews-schema.ts'

/** Where each kind of deletion moves things; nowhere means that they are gone. */
export const DESTINATIONS = {
  HardDelete: undefined,
  SoftDelete: 'recoverableitemsdeletions',
  MoveToDeletedItems: 'deleteditems',
} as const satisfies Record<string, DistinguishedFolder | undefined>

export type DeleteType = keyof typeof DESTINATIONS

/** The attribute that says which. */
export const DELETE_TYPE = attribute('DeleteType', /^(HardDelete|SoftDelete|MoveToDeletedItems)$/, 'required')
