/** How the tests of the Storage Service reach a mailbox: each step of the way shown, and its failure noted. */
import { autodiscover, ewsCall, type MailboxOwner, resolveOwner } from '../mailbox-call.ts'
import { askChallenge, mintFor } from '../partner-call.ts'
import type { RunStep } from '../probe.ts'
import type { Kit } from '../product.ts'
import type { MailboxSession } from './mailbox-session.ts'
import { type Component, noteFailure } from './storage-failure.ts'

export const MAILBOX_STEPS = ['resolve user', 'autodiscover', 'challenge', 'mint'] as const

export interface ReachedMailbox extends MailboxSession {
  readonly owner: MailboxOwner
  readonly ewsUrl: string
}

/** Goes the way of a user's mailbox as steps of a report; undefined when one of them failed. */
export async function reachMailbox(
  sipUri: string,
  component: Component,
  kit: Kit,
  step: RunStep<(typeof MAILBOX_STEPS)[number]>,
): Promise<ReachedMailbox | undefined> {
  const owner = await step(
    'resolve user',
    () => resolveOwner(sipUri, kit),
    ({ user, smtp }) => `${user.displayName}, ${smtp}`,
  )
  if (owner === undefined) return undefined
  const errand = { component, sipUri: owner.user.sip ?? sipUri, smtp: owner.smtp }
  const found = await step(
    'autodiscover',
    async () => noteFailure(errand, { operation: 'GetUserSettings' }, await autodiscover(owner, kit), kit),
    ({ ewsUrl }) => ewsUrl,
  )
  if (found === undefined) return undefined
  const { partner, ewsUrl } = found
  const challenge = await step(
    'challenge',
    async () =>
      noteFailure(errand, { operation: 'Challenge', ewsUrl }, await askChallenge(ewsUrl, partner, kit), kit),
    ({ trustedIssuers }) => `trusts ${trustedIssuers.join(', ') || 'nobody'}`,
  )
  if (challenge === undefined) return undefined
  const minted = await step(
    'mint',
    async () =>
      noteFailure(
        errand,
        { operation: 'GetToken', ewsUrl },
        await mintFor(ewsUrl, partner, owner.user, kit),
        kit,
      ),
    ({ audience }) => `for ${audience}, acting for ${owner.user.upn}`,
  )
  if (minted === undefined) return undefined
  const ask = ewsCall(found, minted, kit)
  return {
    owner,
    ewsUrl,
    call: async (operation, request, read) =>
      noteFailure(errand, { operation, ewsUrl }, await ask(request, read), kit),
  }
}
