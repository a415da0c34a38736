/**
 * Lync looks for archived data at SharePoint (facts/administration.md C.5): as the user, it puts an item into a list,
 * finds it by a filter and deletes it. Each step says what it found; the first that fails says what to do.
 */
import * as z from 'zod'
import { WELL_KNOWN } from '../../protocol/ids.ts'
import type { Partner } from '../../trust/partner.ts'
import { resolveOwner } from '../mailbox-call.ts'
import {
  askChallenge,
  type Called,
  type CallFault,
  callFault,
  callPartner,
  type Minted,
  mintFor,
  type PartnerCall,
  partnerFor,
} from '../partner-call.ts'
import { placeOf } from '../partner-connectivity.ts'
import { openReport, type RunStep } from '../probe.ts'
import type { Kit, Probe, ProbeReport } from '../product.ts'
import { SipUri } from './sip-uri.ts'

const Input = z.strictObject({
  sipUri: SipUri,
  /** The title of the list that is searched. */
  list: z.string().min(1).max(255).default('Archived Conversations'),
  /** `https://host:port` of SharePoint, if it is not where its metadata document came from. */
  url: z.url({ protocol: /^https$/ }).optional(),
})

export const archiveSearch: Probe = {
  name: 'archive-search',
  input: Input,
  run: (input, kit) => run(Input.parse(input), kit),
}

const STEPS = [
  'find partner',
  'resolve user',
  'locate',
  'challenge',
  'mint',
  'find list',
  'create item',
  'find item',
  'delete item',
] as const

async function run(input: z.infer<typeof Input>, kit: Kit): Promise<ProbeReport> {
  const report = openReport(STEPS, kit)
  await work(input, kit, report.step)
  return report.close()
}

async function work(
  { sipUri, list, url }: z.infer<typeof Input>,
  kit: Kit,
  step: RunStep<(typeof STEPS)[number]>,
): Promise<void> {
  const partner = await step(
    'find partner',
    async () => partnerFor(WELL_KNOWN.sharepoint, 'SharePoint', kit),
    ({ identity, issuer }) => `${identity}, ${issuer}`,
  )
  if (partner === undefined) return
  const owner = await step(
    'resolve user',
    () => resolveOwner(sipUri, kit),
    ({ user }) => `${user.displayName}, ${user.upn}`,
  )
  if (owner === undefined) return
  const { user } = owner
  const base = await step('locate', async () => placeOf(partner, url), String)
  if (base === undefined) return
  const lists = `${base}/_api/web/lists`
  const challenge = await step(
    'challenge',
    () => askChallenge(lists, partner, kit),
    ({ realm, trustedIssuers }) => `realm ${realm ?? '?'}, trusts ${trustedIssuers.join(', ') || 'nobody'}`,
  )
  if (challenge === undefined) return
  const minted = await step(
    'mint',
    () => mintFor(lists, partner, user, kit),
    ({ audience }) => `for ${audience}, acting for ${user.upn}`,
  )
  if (minted === undefined) return

  const ask = openRest(minted, partner, kit)
  const here = `${lists}/getByTitle('${encodeURIComponent(quoted(list))}')`
  const ready = await step(
    'find list',
    () => readyList(list, lists, here, ask),
    (how) => `${list}: ${how}`,
  )
  if (ready === undefined) return
  const title = `Archive search ${kit.newId()}`
  const id = await step(
    'create item',
    async () => idOf(await ask({ method: 'POST', url: `${here}/items`, body: { Title: title } })),
    (number) => `item ${number}`,
  )
  if (id === undefined) return
  await step(
    'find item',
    () => findItem(`${here}/items`, title, id, ask),
    () => `item ${id}, by its title`,
  )
  // Also when it was not found: it is there.
  await step(
    'delete item',
    () => ask({ method: 'POST', url: `${here}/items(${id})`, headers: DELETE }),
    () => 'gone',
  )
}

const DELETE = { 'x-http-method': 'DELETE', 'if-match': '*' }

type Ask = (call: {
  readonly method: PartnerCall['method']
  readonly url: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}) => Promise<Called<unknown>>

// REST without metadata, and JSON both ways.
function openRest({ token, requestId }: Minted, partner: Partner, kit: Kit): Ask {
  const json = 'application/json;odata=nometadata'
  return async ({ method, url, body, headers }) => {
    const reply = await callPartner(
      {
        ...{ url, method, token, requestId, accept: json, expected: [200, 201, 204], contentType: json },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(headers !== undefined && { headers }),
      },
      partner,
      kit,
    )
    if (!reply.ok) return reply
    try {
      return { ok: true, value: reply.value === '' ? undefined : JSON.parse(reply.value) }
    } catch {
      return unreadable(url, 'no JSON')
    }
  }
}

const Found = z.object({ value: z.array(z.object({ Id: z.int(), Title: z.string().nullish() })) })
const Made = z.object({ Id: z.int() })
const Lists = z.object({ value: z.array(z.object({ Title: z.string() })) })
const CUSTOM_LIST = 100

// The list of the archive is made when it is first searched.
async function readyList(title: string, lists: string, here: string, ask: Ask): Promise<Called<string>> {
  const all = await ask({ method: 'GET', url: `${lists}?$select=Title` })
  if (!all.ok) return all
  const read = Lists.safeParse(all.value)
  if (!read.success) return unreadable(lists, 'no lists')
  const isThere = read.data.value.some((one) => one.Title.toLowerCase() === title.toLowerCase())
  if (isThere) return { ok: true, value: 'there' }
  const made = await ask({
    method: 'POST',
    url: lists,
    body: { Title: title, BaseTemplate: CUSTOM_LIST, Description: 'What Lync archives is searched here.' },
  })
  if (made.ok) return { ok: true, value: 'made' }
  // Another test may have made it meanwhile.
  const now = await ask({ method: 'GET', url: here })
  return now.ok ? { ok: true, value: 'there' } : made
}

function idOf(made: Called<unknown>): Called<number> {
  if (!made.ok) return made
  const read = Made.safeParse(made.value)
  return read.success ? { ok: true, value: read.data.Id } : unreadable('the new item', 'no Id')
}

async function findItem(items: string, title: string, id: number, ask: Ask): Promise<Called<'found'>> {
  const filter = encodeURIComponent(`Title eq '${quoted(title)}'`)
  const url = `${items}?$filter=${filter}&$select=Id,Title`
  const found = await ask({ method: 'GET', url })
  if (!found.ok) return found
  const read = Found.safeParse(found.value)
  if (!read.success) return unreadable(items, 'no items')
  const [first, ...others] = read.data.value
  if (first?.Id === id && others.length === 0) return { ok: true, value: 'found' }
  return callFault(
    'item_not_found',
    `the filter found ${read.data.value.length} items, expected item ${id} alone`,
    'look into the list at SharePoint',
  )
}

// A quote in an OData text is written twice.
function quoted(text: string): string {
  return text.replaceAll("'", "''")
}

function unreadable(what: string, why: string): CallFault {
  return callFault('unreadable_answer', `${what} answered with ${why}`, 'check that the URL is SharePoint’s')
}
