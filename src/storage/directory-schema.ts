/** The tables of the users, as Kysely sees them. */
import type { RecipientKind } from '../trust/account.ts'
import type { UserKey } from '../trust/directory.ts'
import type { Flag, Seq } from './column-types.ts'

/** A user's keys stand beside each value in the spelling under which they are compared (`comparable`). */
interface UserTable extends Record<`${UserKey}Key`, string | null> {
  seq: Seq
  sid: string
  sidKey: string
  upn: string
  upnKey: string
  smtp: string | null
  /** The domain of `smtp_key`. */
  smtpDomain: string | null
  sip: string | null
  /** JSON. */
  proxyAddresses: string | null
  displayName: string
  enabled: Flag
  mailboxEnabled: Flag
  archivingEnabled: Flag
  organizationalUnit: string | null
  mailboxDatabase: string | null
  recipientTypeDetails: RecipientKind | null
  /** JSON. */
  attributes: string | null
}

/** A proxy address, in the spelling of `comparable`. */
interface UserAddressTable {
  addressKey: string
  /** Of `address_key`. */
  domain: string
  /** `seq` of the user. */
  user: number
}

/** What a search can find a user by, in the spelling of `searchable`. */
interface UserNameTable {
  /** `seq` of the user. */
  user: number
  name: string
}

export interface DirectorySchema {
  users: UserTable
  userNames: UserNameTable
  userAddresses: UserAddressTable
}
