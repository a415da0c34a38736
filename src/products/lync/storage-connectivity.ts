/**
 * Test-CsExStorageConnectivity: the Storage Service writes an item into a user's Exchange mailbox, reads it back and, when
 * asked, deletes it (facts/administration.md A.7). Each step says what it found; the first that fails says what to do.
 */
import * as z from 'zod'
import type { DistinguishedFolder } from '../exchange/distinguished-folders.ts'
import * as ews from '../exchange/ews-client.ts'
import { callFault } from '../partner-call.ts'
import { openReport, type RunStep } from '../probe.ts'
import type { Kit, Probe, ProbeReport } from '../product.ts'
import { CONVERSATION_CLASS } from './conversation-item.ts'
import { MAILBOX_STEPS, reachMailbox } from './mailbox-steps.ts'
import { SipUri } from './sip-uri.ts'
import type { Component } from './storage-failure.ts'

/** The folders that the test can write to: their names in Exchange Web Services, and the part of the service that uses them. */
export const TEST_FOLDERS = {
  ConversationHistory: { ews: 'conversationhistory', component: 'ConversationHistory' },
  Inbox: { ews: 'inbox', component: 'Other' },
  Dumpster: { ews: 'recoverableitemspurges', component: 'ExchangeArchiving' },
} as const satisfies Record<string, { ews: DistinguishedFolder; component: Component }>

type TestFolder = keyof typeof TEST_FOLDERS

const Input = z.strictObject({
  sipUri: SipUri,
  folder: z.enum(Object.keys(TEST_FOLDERS) as [TestFolder, ...TestFolder[]]).default('ConversationHistory'),
  deleteItem: z.boolean().default(false),
})

export const storageConnectivity: Probe = {
  name: 'storage-connectivity',
  input: Input,
  run: (input, kit) => run(Input.parse(input), kit),
}

const STEPS = [...MAILBOX_STEPS, 'create item', 'read item', 'delete item'] as const
type Step = (typeof STEPS)[number]

async function run(input: z.infer<typeof Input>, kit: Kit): Promise<ProbeReport> {
  const report = openReport(STEPS, kit)
  await work(input, kit, report.step)
  return report.close(input.deleteItem ? [] : ['delete item'])
}

// Each step needs what the one before it found; the first that finds nothing ends the work.
async function work(
  { sipUri, folder, deleteItem }: z.infer<typeof Input>,
  kit: Kit,
  step: RunStep<Step>,
): Promise<void> {
  const { ews: folderName, component } = TEST_FOLDERS[folder]
  const mailbox = await reachMailbox(sipUri, component, kit, step)
  if (mailbox === undefined) return
  const { owner, call } = mailbox
  const subject = `Storage connectivity test ${kit.newId()}`
  const message = {
    folder: folderName,
    subject,
    body: `Written by Lync for ${sipUri}.`,
    to: owner.smtp,
    itemClass: CONVERSATION_CLASS,
  }
  const created = await step(
    'create item',
    () => call('CreateItem', ews.createItemRequest(message), ews.readCreatedItem),
    () => `one item in ${folder}`,
  )
  if (created === undefined) return
  const read = await step(
    'read item',
    async () => {
      const item = await call('GetItem', ews.getItemRequest(created), ews.readItem)
      if (!item.ok || item.value.subject === subject) return item
      return callFault(
        'item_differs',
        'the item came back with another subject',
        'look into the mailbox store of Exchange',
      )
    },
    () => 'the same item came back',
  )
  if (read === undefined || !deleteItem) return
  await step(
    'delete item',
    () => call('DeleteItem', ews.deleteItemRequest(created), ews.readDeleted),
    () => 'gone',
  )
}
