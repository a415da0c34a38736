/**
 * Test-CsExStorageNotification: the Storage Service subscribes to a folder of a user's mailbox, writes an item there and
 * expects to be told of it (facts/administration.md A.8). Without notifications contacts in mailboxes are not kept up to date.
 */
import * as z from 'zod'
import * as ews from '../exchange/ews-client.ts'
import {
  getEventsRequest,
  type Place,
  readEvents,
  readSubscribed,
  readUnsubscribed,
  subscribeRequest,
  unsubscribeRequest,
} from '../exchange/ews-notification-client.ts'
import { type Called, callFault } from '../partner-call.ts'
import { openReport, type RunStep } from '../probe.ts'
import type { Kit, Probe, ProbeReport } from '../product.ts'
import { CONVERSATION_CLASS } from './conversation-item.ts'
import type { MailboxSession } from './mailbox-session.ts'
import { MAILBOX_STEPS, reachMailbox } from './mailbox-steps.ts'
import { SipUri } from './sip-uri.ts'
import { taskFields } from './task-fields.ts'

const Input = z.strictObject({ sipUri: SipUri, deleteItem: z.boolean().default(false) })

export const storageNotification: Probe = {
  name: 'storage-notification',
  input: Input,
  run: (input, kit) => run(Input.parse(input), kit),
}

const STEPS = [
  ...MAILBOX_STEPS,
  'subscribe',
  'create item',
  'notification',
  'delete item',
  'unsubscribe',
] as const

const FOLDER = 'conversationhistory'
const MINUTES = 1
// What is asked for at most: other things may be created in the folder at the same time.
const MOST_PAGES = 20

async function run(input: z.infer<typeof Input>, kit: Kit): Promise<ProbeReport> {
  const report = openReport(STEPS, kit)
  const started = kit.stopwatch()
  const target = await work(input, kit, report.step)
  const closed = report.close(input.deleteItem ? [] : ['delete item'])
  return { ...closed, fields: taskFields(closed, target, kit.stopwatch() - started) }
}

// Answers with the host that was called, as soon as it is known.
async function work(
  { sipUri, deleteItem }: z.infer<typeof Input>,
  kit: Kit,
  step: RunStep<(typeof STEPS)[number]>,
): Promise<string> {
  const mailbox = await reachMailbox(sipUri, 'Other', kit, step)
  if (mailbox === undefined) return ''
  const { owner, call, ewsUrl } = mailbox
  const target = new URL(ewsUrl).hostname
  const place = await step(
    'subscribe',
    () => call('Subscribe', subscribeRequest(FOLDER, MINUTES), readSubscribed),
    () => 'to what is created in ConversationHistory',
  )
  if (place === undefined) return target
  const message = {
    folder: FOLDER,
    subject: `Storage notification test ${kit.newId()}`,
    body: `Written by Lync for ${sipUri}.`,
    to: owner.smtp,
    itemClass: CONVERSATION_CLASS,
  } as const
  const created = await step(
    'create item',
    () => call('CreateItem', ews.createItemRequest(message), ews.readCreatedItem),
    () => 'one item in ConversationHistory',
  )
  if (created !== undefined) {
    await step(
      'notification',
      () => awaitEvent(place, created.id, { call }),
      () => 'told of the item',
    )
    if (deleteItem) {
      await step(
        'delete item',
        () => call('DeleteItem', ews.deleteItemRequest(created), ews.readDeleted),
        () => 'gone',
      )
    }
  }
  // Whatever else went wrong: nothing is left behind.
  await step(
    'unsubscribe',
    () => call('Unsubscribe', unsubscribeRequest(place), readUnsubscribed),
    () => 'ended',
  )
  return target
}

async function awaitEvent(place: Place, itemId: string, { call }: MailboxSession): Promise<Called<'told'>> {
  let { watermark } = place
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const events = await call('GetEvents', getEventsRequest({ ...place, watermark }), readEvents)
    if (!events.ok) return events
    if (events.value.created.includes(itemId)) return { ok: true, value: 'told' }
    if (!events.value.more) break
    watermark = events.value.watermark
  }
  return callFault(
    'not_notified',
    'the item was created, and no event tells of it',
    'look for Subscribe and GetEvents in the log of Exchange',
  )
}
