/**
 * Test-CsExStorageConnectivity: the Storage Service writes an item into a user's Exchange mailbox, reads it back and, when
 * asked, deletes it (facts/administration.md A.7). Each step says what it found; the first that fails says what to do.
 */
import * as z from 'zod'
import type { DistinguishedFolder } from '../exchange/distinguished-folders.ts'
import * as ews from '../exchange/ews-client.ts'
import { autodiscover, ewsCall, resolveOwner } from '../mailbox-call.ts'
import { askChallenge, callFault, mintFor } from '../partner-call.ts'
import { openReport, type RunStep } from '../probe.ts'
import type { Kit, Probe, ProbeReport } from '../product.ts'

/** The folders that the test can write to, and their names in Exchange Web Services. */
export const TEST_FOLDERS = {
  ConversationHistory: 'conversationhistory',
  Inbox: 'inbox',
  Dumpster: 'recoverableitemspurges',
} as const satisfies Record<string, DistinguishedFolder>

type TestFolder = keyof typeof TEST_FOLDERS

const Input = z.strictObject({
  sipUri: z
    .string()
    .max(320)
    .regex(/^(sip:)?[^\s@:\p{Cc}]+@[^\s@:\p{Cc}]+$/iu, 'expected sip:name@domain'),
  folder: z.enum(Object.keys(TEST_FOLDERS) as [TestFolder, ...TestFolder[]]).default('ConversationHistory'),
  deleteItem: z.boolean().default(false),
})

export const storageConnectivity: Probe = {
  name: 'storage-connectivity',
  input: Input,
  run: (input, kit) => run(Input.parse(input), kit),
}

const STEPS = [
  'resolve user',
  'autodiscover',
  'challenge',
  'mint',
  'create item',
  'read item',
  'delete item',
] as const
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
  const owner = await step(
    'resolve user',
    () => resolveOwner(sipUri, kit),
    ({ user, smtp }) => `${user.displayName}, ${smtp}`,
  )
  if (owner === undefined) return
  const found = await step(
    'autodiscover',
    () => autodiscover(owner, kit),
    ({ ewsUrl }) => ewsUrl,
  )
  if (found === undefined) return
  const { partner, ewsUrl } = found
  const challenge = await step(
    'challenge',
    () => askChallenge(ewsUrl, partner, kit),
    ({ trustedIssuers }) => `trusts ${trustedIssuers.join(', ') || 'nobody'}`,
  )
  if (challenge === undefined) return
  const minted = await step(
    'mint',
    async () => ({ ok: true, value: await mintFor(ewsUrl, partner, owner.user, kit) }),
    ({ audience }) => `for ${audience}, acting for ${owner.user.upn}`,
  )
  if (minted === undefined) return

  const call = ewsCall(found, minted, kit)
  const subject = `Storage connectivity test ${kit.newId()}`
  const itemClass = 'IPM.Note.Microsoft.Conversation'
  const message = {
    folder: TEST_FOLDERS[folder],
    subject,
    body: `Written by Lync for ${sipUri}.`,
    to: owner.smtp,
    itemClass,
  }
  const created = await step(
    'create item',
    () => call(ews.createItemRequest(message), ews.readCreatedItem),
    () => `one item in ${folder}`,
  )
  if (created === undefined) return
  const read = await step(
    'read item',
    async () => {
      const item = await call(ews.getItemRequest(created), ews.readItem)
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
    () => call(ews.deleteItemRequest(created), ews.readDeleted),
    () => 'gone',
  )
}
