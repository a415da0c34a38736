/** Reaching a user's mailbox at Exchange: who the user is, where the mailbox is, and calls to it on the user's behalf. */
import { WELL_KNOWN } from '../protocol/ids.ts'
import type { User } from '../trust/directory.ts'
import type { Partner } from '../trust/partner.ts'
import * as ews from './exchange/ews-client.ts'
import {
  askChallenge,
  type Called,
  callFault,
  type Minted,
  mintFor,
  partnerFor,
  postXml,
} from './partner-call.ts'
import type { Kit } from './product.ts'

export interface MailboxOwner {
  readonly user: User
  /** The address of the mailbox. */
  readonly smtp: string
}

/** Where a mailbox is: the partner that keeps it, and the address of its web service. */
export interface MailboxPlace {
  readonly partner: Partner
  readonly ewsUrl: string
}

/** A user of this server who may have a mailbox, by SIP address. */
export async function resolveOwner(sipUri: string, kit: Kit): Promise<Called<MailboxOwner>> {
  const [user, ...others] = await kit.directory.find('sip', sipUri)
  if (user === undefined) {
    return callFault(
      'sip_address_unknown',
      `no user at ${kit.name} has the SIP address ${sipUri}`,
      'check the address, or add the user',
    )
  }
  if (others.length > 0) {
    const mend = 'see that one user has the address'
    return callFault(
      'sip_address_ambiguous',
      `${others.length + 1} users have the SIP address ${sipUri}`,
      mend,
    )
  }
  if (user.smtp === undefined) return noMailbox(`${user.displayName} has no SMTP address`)
  return { ok: true, value: { user, smtp: user.smtp } }
}

/** Asks Exchange, as the user, where the mailbox is. */
export async function autodiscover({ user, smtp }: MailboxOwner, kit: Kit): Promise<Called<MailboxPlace>> {
  const partner = partnerFor(WELL_KNOWN.exchange, 'Exchange', kit)
  if (!partner.ok) return partner
  const url = autodiscoverUrl(kit)
  if (url === undefined) {
    const mend = 'set exchangeAutodiscoverUrl of this server to https://<host>/autodiscover/autodiscover.svc'
    return callFault('autodiscover_not_configured', 'this server has no Exchange autodiscover URL', mend)
  }
  const challenge = await askChallenge(url, partner.value, kit)
  if (!challenge.ok) return challenge
  const minted = await mintFor(url, partner.value, user, kit)
  if (!minted.ok) return minted
  const xml = await postXml(url, minted.value, ews.getUserSettingsRequest(url, smtp), partner.value, kit)
  if (!xml.ok) return xml
  const settings = ews.readUserSettings(xml.value)
  if (!settings.ok) {
    return settings.code === 'InvalidUser' ? noMailbox(settings.message) : understood(settings)
  }
  const { ewsUrl } = settings.value
  if (!URL.canParse(ewsUrl) || new URL(ewsUrl).protocol !== 'https:') {
    return callFault(
      'ews_url_unusable',
      `autodiscover answered ${ewsUrl.slice(0, 120)}`,
      'correct the EWS URL of Exchange',
    )
  }
  return { ok: true, value: { partner: partner.value, ewsUrl } }
}

/** Where Exchange publishes its keys its autodiscover is too, as far as nothing else was set. */
export function autodiscoverUrl({ settings, partnerOfApplication }: Kit): string | undefined {
  if (settings.exchangeAutodiscoverUrl !== undefined) return settings.exchangeAutodiscoverUrl
  const source = partnerOfApplication(WELL_KNOWN.exchange)?.source
  return source?.kind === 'metadata' ? new URL('/autodiscover/autodiscover.svc', source.url).href : undefined
}

function noMailbox(seen: string) {
  return callFault(
    'user_without_mailbox',
    seen,
    'enable a mailbox for the user at Exchange, or test with another user',
  )
}

/** Calls Exchange Web Services with this token, and reads what it answers. */
export type EwsCall = <T>(request: string, read: (xml: string) => ews.Read<T>) => Promise<Called<T>>

export function ewsCall({ partner, ewsUrl }: MailboxPlace, minted: Minted, kit: Kit): EwsCall {
  return async (request, read) => {
    const xml = await postXml(ewsUrl, minted, request, partner, kit)
    return xml.ok ? understood(read(xml.value)) : xml
  }
}

function understood<T>(read: ews.Read<T>): Called<T> {
  if (read.ok) return read
  const archive = read.code === 'ErrorCreateItemAccessDenied'
  const mend = archive
    ? 'enable Exchange archiving for the user (archivingEnabled), or test another folder'
    : 'look for the code in the documentation of Exchange Web Services'
  return callFault(read.code, read.message, mend)
}
