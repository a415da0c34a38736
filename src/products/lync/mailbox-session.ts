/** The Storage Service's way to one user's mailbox. Whatever fails on it is noted. */
import type { Read } from '../exchange/ews-client.ts'
import { autodiscover, ewsCall, type MailboxOwner } from '../mailbox-call.ts'
import { type Called, mintFor } from '../partner-call.ts'
import type { Kit } from '../product.ts'
import { type Component, noteFailure } from './storage-failure.ts'

/** A mailbox that was found, with a token for it. */
export interface MailboxSession {
  /** Makes one call; `operation` names it in the record of its failure. */
  call<T>(operation: string, request: string, read: (xml: string) => Read<T>): Promise<Called<T>>
}

/** Finds the mailbox, as the user, for this part of the Storage Service. */
export async function openMailbox(
  owner: MailboxOwner,
  component: Component,
  kit: Kit,
): Promise<Called<MailboxSession>> {
  const { user, smtp } = owner
  const errand = { component, sipUri: user.sip ?? user.upn, smtp }
  const place = await noteFailure(
    errand,
    { operation: 'GetUserSettings' },
    await autodiscover(owner, kit),
    kit,
  )
  if (!place.ok) return place
  const { ewsUrl, partner } = place.value
  const minted = await noteFailure(
    errand,
    { operation: 'GetToken', ewsUrl },
    await mintFor(ewsUrl, partner, user, kit),
    kit,
  )
  if (!minted.ok) return minted
  const ask = ewsCall(place.value, minted.value, kit)
  return {
    ok: true,
    value: {
      call: async (operation, request, read) =>
        noteFailure(errand, { operation, ewsUrl }, await ask(request, read), kit),
    },
  }
}
