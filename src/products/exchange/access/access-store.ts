/** Where it is kept who may do what in mailboxes, and with which applications. */
import type { Folder } from '../mailbox.ts'
import type { EwsSettings, OrganizationEwsSettings } from './ews-access.ts'
import type { FolderPermission, GrantedRights } from './folder-permission.ts'

/** A right on a whole mailbox (Add-MailboxPermission). One that denies beats one that allows. */
export interface MailboxPermission {
  /** SID. */
  readonly grantee: string
  readonly accessRight: 'FullAccess'
  readonly deny: boolean
}

/** Someone who acts for the owner of a mailbox. What he may do in its folders are permissions on those folders. */
export interface Delegate {
  /** SID. */
  readonly sid: string
  readonly receiveCopiesOfMeetingMessages: boolean
  readonly viewPrivateItems: boolean
}

export const DELIVER_MEETING_REQUESTS = [
  'DelegatesOnly',
  'DelegatesAndMe',
  'DelegatesAndSendInformationToMe',
  'NoForward',
] as const
export type DeliverMeetingRequests = (typeof DELIVER_MEETING_REQUESTS)[number]

/** What a folder's delegate permission becomes; without rights the entry goes. */
export interface FolderGrant {
  readonly folderId: string
  readonly rights?: GrantedRights
}

/** Everything that was said about one user and one folder of somebody else's, read at one moment. */
export interface Standing {
  readonly fullAccess: boolean
  /** The user's own entry. */
  readonly entry?: GrantedRights
  /** The entry `Default`, if it was set. */
  readonly everyone?: GrantedRights
  readonly viewPrivateItems: boolean
}

/** Each call is one transaction. Users are SIDs, in the spelling of the directory. */
export interface AccessStore {
  /** Both at one moment. */
  ewsSettings(
    sid?: string,
  ): Promise<{ readonly organization: OrganizationEwsSettings; readonly mailbox: EwsSettings }>
  /** Puts what `change` makes of the settings in their place. */
  changeOrganization(
    change: (now: OrganizationEwsSettings) => OrganizationEwsSettings,
  ): Promise<OrganizationEwsSettings>
  changeMailbox(sid: string, change: (now: EwsSettings) => EwsSettings): Promise<EwsSettings>

  /** The entries that were set, in the order they were added. */
  folderPermissions(folderId: string): Promise<FolderPermission[]>
  /** These and no others. */
  replaceFolderPermissions(
    folderId: string,
    permissions: readonly FolderPermission[],
  ): Promise<'replaced' | 'folder missing'>
  addFolderPermission(
    folderId: string,
    permission: FolderPermission,
  ): Promise<'added' | 'exists' | 'folder missing'>
  /** `Default` and `Anonymous` are always there to be changed. */
  changeFolderPermission(folderId: string, permission: FolderPermission): Promise<'changed' | 'missing'>
  removeFolderPermission(folderId: string, grantee: string): Promise<'removed' | 'missing'>

  mailboxPermissions(owner: string): Promise<MailboxPermission[]>
  addMailboxPermission(owner: string, permission: MailboxPermission): Promise<'added' | 'exists'>
  removeMailboxPermission(owner: string, permission: MailboxPermission): Promise<'removed' | 'missing'>

  /** In the order they were added, and what becomes of the owner's meeting requests. */
  delegates(
    owner: string,
  ): Promise<{ readonly delegates: Delegate[]; readonly deliver: DeliverMeetingRequests }>
  addDelegate(owner: string, delegate: Delegate, grants: readonly FolderGrant[]): Promise<'added' | 'exists'>
  changeDelegate(
    owner: string,
    change: Pick<Delegate, 'sid'> & Partial<Delegate>,
    grants: readonly FolderGrant[],
  ): Promise<'changed' | 'missing'>
  removeDelegate(owner: string, sid: string, grants: readonly FolderGrant[]): Promise<'removed' | 'missing'>
  setDeliverMeetingRequests(owner: string, deliver: DeliverMeetingRequests): Promise<void>

  standing(folder: Pick<Folder, 'id' | 'owner'>, sid: string): Promise<Standing>
}
