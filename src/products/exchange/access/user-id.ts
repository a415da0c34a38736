/** `t:UserId`: how a request names whom a permission is for, and how an answer does. */
import type { User } from '../../../trust/directory.ts'
import type { Kit } from '../../product.ts'
import { child, el, type Markup, NS, type XmlElement } from '../../xml.ts'
import { done, type EwsResult, invalid } from '../ews-result.ts'
import { all, each, oneOf, sequence, text } from '../ews-schema.ts'
import {
  DISTINGUISHED_GRANTEES,
  type DistinguishedGrantee,
  isDistinguishedGrantee,
} from './folder-permission.ts'

/** What a request says of a user; any of it may be absent. */
export interface UserId {
  readonly sid?: string
  readonly address?: string
  readonly distinguished?: DistinguishedGrantee
}

const USER_ID = all(
  sequence(['SID', 'PrimarySmtpAddress', 'DisplayName', 'DistinguishedUser', 'ExternalUserIdentity']),
  ...['SID', 'PrimarySmtpAddress', 'DisplayName', 'ExternalUserIdentity'].map((name) => each(name, text())),
  each('DistinguishedUser', oneOf(DISTINGUISHED_GRANTEES)),
)

/** Reads `t:UserId`. Its display name is for people and names nobody. */
export function readUserId(element: XmlElement): EwsResult<UserId> {
  const wrong = USER_ID(element)
  if (wrong !== undefined) return invalid(wrong)
  const said = (name: string) => child(element, NS.types, name)?.text.trim() || undefined
  const sid = said('SID')
  const address = said('PrimarySmtpAddress')
  const distinguished = said('DistinguishedUser')
  return done({
    ...(sid !== undefined && { sid }),
    ...(address !== undefined && { address }),
    ...(distinguished !== undefined && isDistinguishedGrantee(distinguished) && { distinguished }),
  })
}

/** The one user whom SID and address name; undefined if there is none, or if they name different ones. */
export async function findUser(
  { sid, address }: UserId,
  { directory }: Pick<Kit, 'directory'>,
): Promise<User | undefined> {
  const bySid = sid === undefined ? [] : await directory.find('sid', sid)
  const byAddress = address === undefined ? [] : await findByAddress(address, directory)
  const found = [...bySid, ...byAddress]
  const named = (sid === undefined ? 0 : 1) + (address === undefined ? 0 : 1)
  const [user] = found
  return found.length === named && found.every((one) => one.sid === user?.sid) ? user : undefined
}

async function findByAddress(address: string, directory: Kit['directory']): Promise<User[]> {
  const bySmtp = await directory.find('smtp', address)
  return bySmtp.length > 0 ? bySmtp : directory.find('upn', address)
}

/** Writes `t:UserId` of a user. */
export function writeUserId({ sid, smtp, displayName }: User): Markup {
  return el(
    't:UserId',
    {},
    el('t:SID', {}, sid),
    smtp === undefined ? undefined : el('t:PrimarySmtpAddress', {}, smtp),
    el('t:DisplayName', {}, displayName),
  )
}

/** Writes `t:UserId` of everyone. */
export function writeDistinguishedUser(grantee: DistinguishedGrantee): Markup {
  return el('t:UserId', {}, el('t:DistinguishedUser', {}, grantee))
}
