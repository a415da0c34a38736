/** What a mailbox holds, and the store that keeps it: folders, items, what is attached to them, and what changed when. */
import type { EpochSeconds } from '../../protocol/ids.ts'
import type { DistinguishedFolder } from './distinguished-folders.ts'

export interface NewFolder {
  /** Unique among all mailboxes of a server. */
  readonly id: string
  /** SID of the mailbox's user. */
  readonly owner: string
  readonly parentId?: string
  /** Unique within a mailbox. */
  readonly distinguished?: DistinguishedFolder
  /** Unique among the folders of one parent, without regard to the case of ASCII letters. */
  readonly displayName: string
  readonly folderClass: string
  readonly changeKey: string
}

export interface Folder extends NewFolder {
  readonly totalCount: number
  readonly unreadCount: number
  readonly childFolderCount: number
}

/** The EWS element that an item is written as. */
export const ITEM_KINDS = [
  'Message',
  'CalendarItem',
  'Contact',
  'Task',
  'MeetingRequest',
  'MeetingCancellation',
] as const
export type ItemKind = (typeof ITEM_KINDS)[number]

/** What items can be sorted and restricted by inside the store; copies of what stands in `content`. */
export interface ItemColumns {
  readonly itemClass: string
  readonly subject: string
  readonly isRead: boolean
  /** 0 low, 1 normal, 2 high. */
  readonly importance: number
  readonly hasAttachments: boolean
  /** In bytes, what is attached included. */
  readonly size: number
  readonly receivedAt: EpochSeconds
  readonly sentAt: EpochSeconds
  readonly createdAt: EpochSeconds
  readonly modifiedAt: EpochSeconds
  /** Of an appointment; of a task its start and due date. */
  readonly startAt?: EpochSeconds
  readonly endAt?: EpochSeconds
  /** Whom a message is from, as a list shows it. */
  readonly fromName: string
  /** Whom a message is to, as a list shows it; of a contact its display name. */
  readonly displayName: string
}

export interface Item extends ItemColumns {
  /** Unique among all mailboxes of a server; another one after a move. */
  readonly id: string
  readonly owner: string
  readonly folderId: string
  readonly changeKey: string
  readonly kind: ItemKind
  /** SID of who wrote it: the caller's user, whoever's mailbox it stands in. Empty for an application by itself. */
  readonly author: string
  /** Everything the client wrote, as JSON: a list of `KeptProperty`. */
  readonly content: string
  /** The blob of its MIME content, if it was written so. */
  readonly mime?: string
}

/** Something attached to an item: bytes in a blob, or an item of its own as its properties. */
export interface Attachment {
  readonly id: string
  readonly name: string
  readonly contentType: string
  readonly contentId: string
  readonly isInline: boolean
  readonly size: number
  readonly modifiedAt: EpochSeconds
  /** The bytes of a file. */
  readonly blob?: string
  /** The kind and properties of an attached item, as JSON. */
  readonly item?: string
}

export interface AttachmentChange {
  readonly add?: readonly Attachment[]
  /** Ids. */
  readonly remove?: readonly string[]
}

/** Where an item goes, and what it is called there. */
export interface Destination {
  readonly folderId: string
  readonly id: string
  readonly changeKey: string
  readonly modifiedAt: EpochSeconds
}

/** One of several things to do with items that are done together. `was` is the change key that the item must still have. */
export type MailboxStep =
  | {
      readonly kind: 'add'
      readonly item: Item
      readonly attachments?: readonly Attachment[]
      readonly how?: 'written' | 'delivered'
    }
  | {
      readonly kind: 'change'
      readonly item: Item
      readonly was: string
      readonly attached?: AttachmentChange
    }
  | {
      readonly kind: 'move'
      readonly id: string
      readonly to: Destination
      readonly was?: string
      readonly change?: (item: Item) => Item
    }
  | { readonly kind: 'remove'; readonly id: string; readonly at: EpochSeconds; readonly was?: string }

/** Why a step could not be taken: what it is about is gone, or has another change key by now. */
export type StepFailure = 'missing' | 'stale' | 'folder missing' | 'blob missing'

export type ItemColumn = keyof ItemColumns

export interface SortOrder {
  readonly column: ItemColumn
  readonly descending: boolean
}

/** One page of a folder's items. Items that the order holds for equal come in the order they entered the store. */
export interface ItemPage {
  readonly items: readonly Item[]
  /** How many items there are on all pages. */
  readonly total: number
}

/** A condition that the store can decide by itself. */
export type ItemCondition =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly ItemCondition[] }
  | { readonly kind: 'not'; readonly part: ItemCondition }
  /** Of a column without a value no comparison holds. Texts are compared without regard to the case of ASCII letters. */
  | {
      readonly kind: 'compare'
      readonly column: ItemColumn | 'kind' | 'isPrivate'
      readonly operator: Comparison
      readonly value: string | number | boolean
    }
  | { readonly kind: 'contains'; readonly column: ItemColumn; readonly match: TextMatch }
  | { readonly kind: 'exists'; readonly column: ItemColumn }

export type Comparison = '=' | '!=' | '>' | '>=' | '<' | '<='

/** How a text must hold another one. */
export interface TextMatch {
  readonly text: string
  readonly where: 'whole' | 'start' | 'anywhere'
  /** Without regard to the case of ASCII letters. */
  readonly ignoresCase: boolean
}

/** Which items of a folder, in which order; newest first by the time they were received, if no order is given. */
export interface ItemQuery {
  readonly where?: ItemCondition
  readonly sort?: readonly SortOrder[]
}

/** How far a copy of a folder's items has come. */
export interface CopyPoint {
  /** The last change of the mailbox that is in it. */
  readonly number: number
  /** Items up to this place in the order of the store are in it; undefined when all are. */
  readonly place?: number
}

/** What a copy of a folder's items has to take in; of an item that is there, its place and how many bytes were written. */
export type ItemNews =
  | {
      readonly kind: 'created' | 'modified' | 'readFlag'
      readonly id: string
      readonly place: number
      readonly bytes: number
    }
  | { readonly kind: 'deleted'; readonly id: string }

export interface FolderNews {
  readonly news: readonly ItemNews[]
  /** How far the copy is with these. */
  readonly next: CopyPoint
  /** Whether nothing is left after these. */
  readonly isLast: boolean
}

/** What happened to one item or folder. */
export interface MailboxChange {
  /** Its place in the order of all changes of the mailbox. */
  readonly number: number
  /** `readFlag` is a modification that changed nothing but whether the item was read. */
  readonly kind: 'created' | 'modified' | 'readFlag' | 'deleted' | 'moved' | 'copied' | 'newMail'
  readonly subject: 'item' | 'folder'
  /** Of a deletion: what is gone. */
  readonly id: string
  readonly folderId: string
  /** Of a move or copy: where from, and what it was called there. */
  readonly fromId?: string
  readonly fromFolderId?: string
  readonly at: EpochSeconds
}

/**
 * Where mailboxes are kept. Each call is one transaction: done and durable when its promise is kept, or not done at all.
 * Calls that change an item take its new change key; `stale` when another change came in between.
 */
export interface MailboxStore {
  /** Makes folders all at once; `exists` (and nothing made) if the mailbox has one of the distinguished ones already. */
  createMailbox(owner: string, folders: readonly NewFolder[]): Promise<'created' | 'exists'>
  /** In the order they were made, with their counts. */
  folders(owner: string): Promise<Folder[]>
  folder(id: string): Promise<Folder | undefined>
  distinguishedFolder(owner: string, name: DistinguishedFolder): Promise<Folder | undefined>
  addFolder(folder: NewFolder, at: EpochSeconds): Promise<'added' | 'parent missing' | 'name taken'>
  /** Renames a folder, gives it another class or moves it under another parent of the same mailbox. */
  changeFolder(
    id: string,
    change: Partial<Pick<NewFolder, 'displayName' | 'folderClass' | 'parentId'>> & {
      readonly changeKey: string
    },
    at: EpochSeconds,
  ): Promise<'changed' | 'missing' | 'parent missing' | 'name taken' | 'inside itself'>
  /** Removes a folder with everything in it. */
  removeFolder(id: string, at: EpochSeconds): Promise<'removed' | 'missing'>

  /** `delivered` says that it came in as mail, which watchers are told. Blobs that it names must have been saved. */
  addItem(
    item: Item,
    attachments?: readonly Attachment[],
    how?: 'written' | 'delivered',
  ): Promise<'added' | 'folder missing' | 'blob missing'>
  item(id: string): Promise<Item | undefined>
  /** Puts this in the place of the item that has its id and had the change key `was`, and changes what is attached. */
  changeItem(
    item: Item,
    was: string,
    attached?: AttachmentChange,
  ): Promise<'changed' | 'missing' | 'stale' | 'blob missing'>
  /** `change` makes of the item what it is to be in its new place. */
  moveItem(
    id: string,
    to: Destination,
    change?: (item: Item) => Item,
  ): Promise<'moved' | 'missing' | 'folder missing'>
  copyItem(
    id: string,
    to: Destination,
    change?: (item: Item) => Item,
  ): Promise<'copied' | 'missing' | 'folder missing'>
  removeItem(id: string, at: EpochSeconds): Promise<'removed' | 'missing'>
  /**
   * Takes these steps in order, all or none: the first that cannot be taken undoes those before it. They are asked for one by
   * one, so that many long ones need not be held at once; other calls wait until the last one is done.
   */
  together(steps: Iterable<MailboxStep>): Promise<'done' | StepFailure>
  page(
    folderId: string,
    query: ItemQuery & { readonly offset: number; readonly limit: number },
  ): Promise<ItemPage>
  /**
   * The places of the items that fit, in order: of all, or of those in the window that a view has when there are `total`.
   * `itemsAt` reads them, piece by piece.
   */
  places(
    folderId: string,
    query: ItemQuery,
    windowOf?: (total: number) => { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly places: number[]; readonly total: number }>
  /**
   * The items at these places, by place and in this order; those that are gone are left out. Of many or long ones only the
   * first, so that no call holds the thread for long: what was asked for after the last of them is asked for again
   * (`itemsInTurns`). Empty only when all are gone.
   */
  itemsAt(places: readonly number[]): Promise<ReadonlyMap<number, Item>>
  /**
   * Of a calendar's appointments the first `limit` that overlap a time, by their beginning: when and at which place. And the
   * places of all series that begin before its end.
   */
  appointments(
    folderId: string,
    from: EpochSeconds,
    to: EpochSeconds,
    limit: number,
  ): Promise<{
    readonly single: readonly {
      readonly place: number
      readonly startAt: EpochSeconds
      readonly endAt: EpochSeconds
    }[]
    readonly series: readonly number[]
  }>
  /**
   * What a copy of the folder's items lacks, `limit` items at most: first what changed in the part that it has, then more of
   * the rest. Without a point it begins. Undefined when the store does not reach back so far, or has no such folder.
   */
  newsOf(folderId: string, since: CopyPoint | undefined, limit: number): Promise<FolderNews | undefined>

  attachments(itemId: string): Promise<Attachment[]>
  /** With the id of its item. */
  attachment(id: string): Promise<(Attachment & { readonly itemId: string }) | undefined>
  /**
   * Keeps bytes for an item or attachment that is yet to be added, in pieces, so that nobody waits for all of them.
   * Blobs that nothing names are gone when the store is opened the next time.
   */
  saveBlob(id: string, bytes: Buffer): Promise<void>
  /** All of it; undefined when it is gone, or goes while it is read. */
  blob(id: string): Promise<Buffer | undefined>

  /** The number of the mailbox's last change. */
  changeNumber(owner: string): Promise<number>
  /** Changes after this number, oldest first; undefined when the store does not reach back so far. */
  changes(owner: string, after: number, limit: number): Promise<MailboxChange[] | undefined>
}
