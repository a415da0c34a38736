/**
 * What a server can do in somebody's mailbox at Exchange, for a user or as itself: one thing at a time, with a real token. So an
 * administrator sees what is shared and what is not, and the part of a user can be played from the command line.
 */
import * as z from 'zod'
import { WELL_KNOWN } from '../protocol/ids.ts'
import type { User } from '../trust/directory.ts'
import type { Partner } from '../trust/partner.ts'
import { type Read, readCreatedItem, readDeleted } from './exchange/ews-client.ts'
import { readUpdated } from './exchange/ews-search-client.ts'
import * as ews from './exchange/ews-sharing-client.ts'
import {
  askChallenge,
  type Called,
  callFault,
  callPartner,
  type Minted,
  mintFor,
  partnerFor,
} from './partner-call.ts'
import { placeOf } from './partner-connectivity.ts'
import { openReport } from './probe.ts'
import type { Kit, Probe, ProbeReport } from './product.ts'
import type { Markup } from './xml.ts'

/** What can be done, and the members of the input that it needs. */
export const MAILBOX_DEEDS = {
  open: [],
  list: [],
  'make-folder': [],
  add: ['subject'],
  change: ['subject'],
  remove: ['subject'],
  busy: ['start', 'end'],
} as const satisfies Record<string, readonly ('subject' | 'start' | 'end')[]>
type Deed = keyof typeof MAILBOX_DEEDS
const DEEDS = Object.keys(MAILBOX_DEEDS) as Deed[]

const Moment = z.iso.datetime({ error: 'expected a time such as 2031-05-01T09:00:00Z' })
const Text = z.string().min(1).max(1024)

export const MailboxAccessInput = z
  .strictObject({
    do: z.enum(DEEDS),
    /** UPN, mail address or SIP address, at the server that calls. Absent: it calls as itself. */
    user: z.string().min(1).max(320).optional(),
    /** Mail address of the mailbox's owner, at Exchange. */
    mailbox: z.string().min(1).max(320),
    /** Under the top of the mailbox: `Inbox`, `Calendar\Talks`. */
    folder: Text.default('Inbox'),
    /** Of the item; `list` then shows the items of this subject. */
    subject: Text.optional(),
    text: Text.optional(),
    location: Text.optional(),
    /** With both, what is added is an appointment. */
    start: Moment.optional(),
    end: Moment.optional(),
    /** A folder that is made is one of appointments. */
    calendar: z.boolean().optional(),
    /** `https://host:port` of Exchange, if it is not where its metadata document came from. */
    url: z.url({ protocol: /^https$/ }).optional(),
  })
  .superRefine((input, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    for (const member of MAILBOX_DEEDS[input.do])
      if (input[member] === undefined) fault(member, `expected a value, for ${input.do} needs one`)
    if ((input.start === undefined) !== (input.end === undefined))
      fault('end', 'expected start and end together')
    if (input.do === 'change' && input.text === undefined && input.location === undefined)
      fault('text', 'expected text or location, for change needs one')
  })
type Input = z.infer<typeof MailboxAccessInput>

export const mailboxAccess: Probe = {
  name: 'mailbox-access',
  input: MailboxAccessInput,
  run: (input, kit) => accessMailbox(MailboxAccessInput.parse(input), kit),
}

const STEPS = ['find partner', 'resolve user', 'challenge', 'mint', 'find folder', 'call'] as const

/** Does the one thing, and reports what came of it. */
export async function accessMailbox(input: Input, kit: Kit): Promise<ProbeReport> {
  const { step, close } = openReport(STEPS, kit)
  const work = async (): Promise<void> => {
    const found = await step(
      'find partner',
      async () => exchangeAt(input.url, kit),
      ({ partner, url }) => `${partner.identity}, ${partner.issuer}, at ${url}`,
    )
    if (found === undefined) return
    const { partner, url } = found
    let user: User | undefined
    if (input.user !== undefined) {
      const name = input.user
      user = await step(
        'resolve user',
        () => userOf(name, kit),
        ({ displayName, upn }) => `${displayName}, ${upn}`,
      )
      if (user === undefined) return
    }
    const challenge = await step(
      'challenge',
      () => askChallenge(url, partner, kit),
      ({ trustedIssuers }) => `trusts ${trustedIssuers.join(', ') || 'nobody'}`,
    )
    if (challenge === undefined) return
    const minted = await step(
      'mint',
      () => mintFor(url, partner, user, kit),
      ({ audience }) => `for ${audience}, ${user === undefined ? 'as itself' : `acting for ${user.upn}`}`,
    )
    if (minted === undefined) return
    const ask = askerOf(url, partner, minted, kit)
    if (input.do === 'busy') {
      await step('call', () => busy(input, ask), String)
      return
    }
    const { from, steps } = ews.readFolderPath(input.folder)
    const made = input.do === 'make-folder' ? steps.at(-1) : undefined
    if (input.do === 'make-folder' && made === undefined) {
      const seen = `a mailbox has its own ${input.folder}`
      await step(
        'find folder',
        async () => callFault('folder_not_new', seen, 'name a folder to be made'),
        String,
      )
      return
    }
    const folder = await step(
      'find folder',
      () => walk(input.mailbox, from, made === undefined ? steps : steps.slice(0, -1), ask),
      () => `${made === undefined ? '' : 'above '}${input.folder} of ${input.mailbox}`,
    )
    if (folder === undefined) return
    await step(
      'call',
      () => (made === undefined ? deal(input, folder, ask) : make(input, folder, made, ask)),
      String,
    )
  }
  await work()
  return close([
    ...(input.user === undefined ? (['resolve user'] as const) : []),
    ...(input.do === 'busy' ? (['find folder'] as const) : []),
  ])
}

function exchangeAt(url: string | undefined, kit: Kit): Called<{ partner: Partner; url: string }> {
  const partner = partnerFor(WELL_KNOWN.exchange, 'Exchange', kit)
  if (!partner.ok) return partner
  const place = placeOf(partner.value, url)
  return place.ok
    ? { ok: true, value: { partner: partner.value, url: `${place.value}/EWS/Exchange.asmx` } }
    : place
}

async function userOf(name: string, { directory, name: server }: Kit): Promise<Called<User>> {
  for (const key of ['upn', 'smtp', 'sip'] as const) {
    const [user, ...others] = await directory.find(key, name)
    if (user === undefined) continue
    if (others.length === 0) return { ok: true, value: user }
    return callFault(
      'user_ambiguous_here',
      `${others.length + 1} users of ${server} have it: ${name}`,
      'see that one user has it',
    )
  }
  const list = `entente user list --server ${server}`
  return callFault(
    'user_unknown_here',
    `no user of ${server} has the name or address ${name}`,
    `see who is known there: ${list}`,
  )
}

/** Asks Exchange one question with the token that was made. */
type Ask = <T>(request: string, read: (xml: string) => Read<T>) => Promise<Called<T>>

const RECORD = 'see in the record of Exchange by which rule: entente decisions list --server <its name>'

function askerOf(url: string, partner: Partner, minted: Minted, kit: Kit): Ask {
  return async (body, read) => {
    const reply = await callPartner(
      { url, method: 'POST', accept: 'text/xml', body, ...minted },
      partner,
      kit,
    )
    if (!reply.ok)
      return reply.web?.status === 403 ? callFault('forbidden', reply.seen, RECORD, reply.web) : reply
    const answer = read(reply.value)
    return answer.ok ? answer : callFault(answer.code, answer.message, RECORD)
  }
}

async function walk(
  mailbox: string,
  from: ews.FolderPath['from'],
  steps: readonly string[],
  ask: Ask,
): Promise<Called<Markup>> {
  let here = ews.folderOf(mailbox, from)
  for (const name of steps) {
    const found = await ask(ews.findFolderRequest(here, name), ews.readFoundFolder)
    if (!found.ok) return found
    if (found.value === undefined)
      return callFault('ErrorFolderNotFound', `no folder ${name} can be seen there`, RECORD)
    here = found.value
  }
  return { ok: true, value: here }
}

async function make(input: Input, parent: Markup, name: string, ask: Ask): Promise<Called<string>> {
  const request = ews.createFolderRequest(parent, name, input.calendar === true)
  const made = await ask(request, ews.readCreatedFolder)
  return made.ok
    ? { ok: true, value: made.value === 'made' ? `made ${name}` : `${name} is there already` }
    : made
}

async function busy({ mailbox, start = '', end = '' }: Input, ask: Ask): Promise<Called<string>> {
  const seconds = (time: string) => Math.floor(Date.parse(time) / 1000)
  const times = await ask(ews.freeBusyRequest(mailbox, seconds(start), seconds(end)), ews.readFreeBusy)
  return times.ok ? { ok: true, value: times.value.join('; ') || 'free all the time' } : times
}

async function deal(input: Input, folder: Markup, ask: Ask): Promise<Called<string>> {
  const { subject = '', text, location, start, end } = input
  const content = { ...(text !== undefined && { text }), ...(location !== undefined && { location }) }
  switch (input.do) {
    case 'open':
      return said(await ask(ews.openFolderRequest(folder), ews.readOpened), (name) => `opened ${name}`)
    case 'add': {
      const times = start === undefined || end === undefined ? {} : { times: { start, end } }
      const request = ews.addItemRequest(folder, { subject, ...content, ...times })
      return said(await ask(request, readCreatedItem), () => `added ${subject}`)
    }
    case 'list': {
      const listed = await ask(ews.listItemsRequest(folder, input.subject), ews.readListedItems)
      if (listed.ok && listed.value.length === 0 && input.subject !== undefined) return unseen(subject)
      return said(listed, (items) => [`${items.length} items`, ...items.map(({ line }) => line)].join('; '))
    }
    case 'change':
    case 'remove': {
      const listed = await ask(ews.listItemsRequest(folder, subject), ews.readListedItems)
      if (!listed.ok) return listed
      const [item] = listed.value
      if (item === undefined) return unseen(subject)
      return input.do === 'remove'
        ? said(await ask(ews.removeItemRequest(item), readDeleted), () => `removed ${subject}`)
        : said(await ask(ews.changeItemRequest(item, content), readUpdated), () => `changed ${subject}`)
    }
    case 'make-folder':
    case 'busy':
      throw new Error(`${input.do} is dealt with before`)
  }
}

function unseen(subject: string) {
  return callFault('ErrorItemNotFound', `no item ${subject} can be seen there`, RECORD)
}

function said<T>(called: Called<T>, say: (value: T) => string): Called<string> {
  return called.ok ? { ok: true, value: say(called.value) } : called
}
