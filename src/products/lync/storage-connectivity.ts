/**
 * Test-CsExStorageConnectivity: the Storage Service writes an item into a user's Exchange mailbox, reads it back and, when
 * asked, deletes it (facts/administration.md A.7). Each step says what it found; the first that fails says what to do.
 */
import * as z from 'zod'
import { WELL_KNOWN } from '../../protocol/ids.ts'
import type { User } from '../../trust/directory.ts'
import type { Partner } from '../../trust/partner.ts'
import type { DistinguishedFolder } from '../exchange/distinguished-folders.ts'
import * as ews from '../exchange/ews-client.ts'
import { askChallenge, type Called, callFault, mintFor, partnerFor, postXml } from '../partner-call.ts'
import type { Kit, Probe, ProbeReport, ProbeStep } from '../product.ts'

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
  const report = openReport(kit)
  await work(input, kit, report.step)
  return report.close(input.deleteItem)
}

type RunStep = <T>(
  name: Step,
  task: () => Promise<Called<T>>,
  say: (value: T) => string,
) => Promise<T | undefined>

// Each step needs what the one before it found; the first that finds nothing ends the work.
async function work(
  { sipUri, folder, deleteItem }: z.infer<typeof Input>,
  kit: Kit,
  step: RunStep,
): Promise<void> {
  const owner = await step(
    'resolve user',
    () => resolve(sipUri, kit),
    ({ user, smtp }) => `${user.displayName}, ${smtp}`,
  )
  if (owner === undefined) return
  const { user, smtp } = owner
  const found = await step(
    'autodiscover',
    () => autodiscover(user, smtp, kit),
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
    async () => ({ ok: true, value: await mintFor(ewsUrl, partner, user, kit) }),
    ({ audience }) => `for ${audience}, acting for ${user.upn}`,
  )
  if (minted === undefined) return

  const call = async <T>(body: string, read: (xml: string) => ews.Read<T>): Promise<Called<T>> => {
    const xml = await postXml(ewsUrl, minted.token, body, partner, kit)
    return xml.ok ? understood(read(xml.value)) : xml
  }
  const subject = `Storage connectivity test ${kit.newId()}`
  const itemClass = 'IPM.Note.Microsoft.Conversation'
  const message = {
    folder: TEST_FOLDERS[folder],
    subject,
    body: `Written by Lync for ${sipUri}.`,
    to: smtp,
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

async function resolve(sipUri: string, kit: Kit): Promise<Called<{ user: User; smtp: string }>> {
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

async function autodiscover(
  user: User,
  smtp: string,
  kit: Kit,
): Promise<Called<{ partner: Partner; ewsUrl: string }>> {
  const url = kit.settings.exchangeAutodiscoverUrl
  if (url === undefined) {
    const mend = 'set exchangeAutodiscoverUrl of this server to https://<host>/autodiscover/autodiscover.svc'
    return callFault('autodiscover_not_configured', 'this server has no Exchange autodiscover URL', mend)
  }
  const partner = partnerFor(WELL_KNOWN.exchange, 'Exchange', kit)
  if (!partner.ok) return partner
  const challenge = await askChallenge(url, partner.value, kit)
  if (!challenge.ok) return challenge
  const { token } = await mintFor(url, partner.value, user, kit)
  const xml = await postXml(url, token, ews.getUserSettingsRequest(url, smtp), partner.value, kit)
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

function noMailbox(seen: string) {
  return callFault(
    'user_without_mailbox',
    seen,
    'enable a mailbox for the user at Exchange, or test with another user',
  )
}

function understood<T>(read: ews.Read<T>): Called<T> {
  if (read.ok) return read
  const archive = read.code === 'ErrorCreateItemAccessDenied'
  const mend = archive
    ? 'enable Exchange archiving for the user (archivingEnabled), or test another folder'
    : 'look for the code in the documentation of Exchange Web Services'
  return callFault(read.code, read.message, mend)
}

function openReport(kit: Kit): { step: RunStep; close: (deleting: boolean) => ProbeReport } {
  const steps: ProbeStep[] = []
  let failure: ProbeReport['failure']
  return {
    async step(name, task, say) {
      const started = kit.stopwatch()
      const result = await task()
      const milliseconds = Math.round((kit.stopwatch() - started) * 10) / 10
      if (result.ok) {
        steps.push({ name, outcome: 'passed', milliseconds, detail: say(result.value) })
        return result.value
      }
      const { code, seen, mend } = result
      steps.push({ name, outcome: 'failed', milliseconds, detail: seen })
      failure = { step: name, code, seen, mend }
      return undefined
    },
    close(deleting) {
      const rest = STEPS.slice(steps.length)
      const why = (name: Step) => (name === 'delete item' && !deleting ? 'not asked for' : 'not reached')
      const skipped = rest.map(
        (name) => ({ name, outcome: 'skipped', milliseconds: 0, detail: why(name) }) as const,
      )
      const passed = failure === undefined
      const summary = passed ? 'Test passed.' : 'Test failed.'
      return { passed, summary, steps: [...steps, ...skipped], ...(failure !== undefined && { failure }) }
    },
  }
}
