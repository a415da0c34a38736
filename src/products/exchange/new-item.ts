/** An item that is to be saved or sent, before it has an id. */
import type { KeptProperty } from './kept-property.ts'
import type { ItemKind } from './mailbox.ts'

export interface NewItem {
  readonly kind: ItemKind
  readonly properties: readonly KeptProperty[]
  /** Its MIME content, if it was written so. */
  readonly mime?: Buffer
  readonly attachments: readonly NewAttachment[]
}

/** Something that is to be attached: a file's bytes, or an item. */
export interface NewAttachment {
  readonly name: string
  readonly contentType: string
  readonly contentId: string
  readonly isInline: boolean
  readonly content:
    | { readonly kind: 'file'; readonly bytes: Buffer }
    | { readonly kind: 'item'; readonly item: NewItem }
}
