/**
 * Whether one server can call another, as itself or for a user: the partner is found here, challenges us, gets a token minted
 * for it, and says whom it took us for. Every product has this probe; what is called is in one table.
 */
import * as z from 'zod'
import { WELL_KNOWN } from '../protocol/ids.ts'
import { formatPrincipal } from '../protocol/principal.ts'
import type { User } from '../trust/directory.ts'
import type { Partner } from '../trust/partner.ts'
import * as ews from './exchange/ews-client.ts'
import { autodiscover, resolveOwner } from './mailbox-call.ts'
import { askChallenge, type Called, callFault, callPartner, mintFor, partnerFor } from './partner-call.ts'
import { openReport } from './probe.ts'
import { type Kit, PARTNER_PRODUCTS, type PartnerProduct, type Probe, type ProbeReport } from './product.ts'

const TITLES: Readonly<Record<PartnerProduct, string>> = {
  exchange: 'Exchange',
  lync: 'Lync',
  sharepoint: 'SharePoint',
}

const Input = z.strictObject({
  partner: z.enum(PARTNER_PRODUCTS),
  /** Absent: as this application itself. */
  sipUri: z.string().max(320).optional(),
  /** `https://host:port` of the partner, if it is not where its metadata document came from. */
  url: z.url({ protocol: /^https$/ }).optional(),
})
type Input = z.infer<typeof Input>

export const partnerConnectivity: Probe = {
  name: 'partner-connectivity',
  input: Input,
  run: (input, kit) => checkPartner(Input.parse(input), kit),
}

const STEPS = ['find partner', 'resolve user', 'locate', 'challenge', 'mint', 'call'] as const

/** Runs the check; what `input` holds has been checked. */
export async function checkPartner({ partner: name, sipUri, url }: Input, kit: Kit): Promise<ProbeReport> {
  const { step, close } = openReport(STEPS, kit)
  const work = async (): Promise<void> => {
    const partner = await step(
      'find partner',
      async () => partnerFor(WELL_KNOWN[name], TITLES[name], kit),
      ({ identity, issuer }) => `${identity}, ${issuer}`,
    )
    if (partner === undefined) return
    let user: User | undefined
    if (sipUri !== undefined) {
      const owner = await step(
        'resolve user',
        () => resolveOwner(sipUri, kit),
        (found) => `${found.user.displayName}, ${found.smtp}`,
      )
      if (owner === undefined) return
      user = owner.user
    }
    const target = await step(
      'locate',
      () => TARGETS[name](partner, user, url, kit),
      (found) => found.url,
    )
    if (target === undefined) return
    const challenge = await step(
      'challenge',
      () => askChallenge(target.url, partner, kit),
      ({ trustedIssuers }) => `trusts ${trustedIssuers.join(', ') || 'nobody'}`,
    )
    if (challenge === undefined) return
    const minted = await step(
      'mint',
      () => mintFor(target.url, partner, user, kit),
      ({ audience }) => `for ${audience}, ${user === undefined ? 'as itself' : `acting for ${user.upn}`}`,
    )
    if (minted === undefined) return
    await step(
      'call',
      async () => {
        const reply = await callPartner({ ...target, ...minted }, partner, kit)
        return reply.ok ? target.read(reply.value) : reply
      },
      (seen) => `taken for ${seen}`,
    )
  }
  await work()
  return close(sipUri === undefined ? ['resolve user'] : [])
}

/** What is called at a partner, and how its answer is read: whom it took us for, or why that is wrong. */
interface Target {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly accept: string
  readonly body?: string
  read(body: string): Called<string>
}

type Locate = (
  partner: Partner,
  user: User | undefined,
  url: string | undefined,
  kit: Kit,
) => Promise<Called<Target>>

const TARGETS: Readonly<Record<PartnerProduct, Locate>> = {
  async exchange(partner, user, url, kit) {
    // Autodiscover answers applications too; a mailbox is opened for users alone.
    if (user?.smtp === undefined) {
      const base = placeOf(partner, url)
      return base.ok
        ? { ok: true, value: autodiscoverTarget(`${base.value}/autodiscover/autodiscover.svc`, kit) }
        : base
    }
    const { smtp } = user
    const place = await autodiscover({ user, smtp }, kit)
    if (!place.ok) return place
    return {
      ok: true,
      value: {
        url: place.value.ewsUrl,
        method: 'POST',
        accept: 'text/xml',
        body: ews.getFolderRequest('inbox'),
        read: (body) => readAs(ews.readFolder(body), () => `the owner of ${smtp}`),
      },
    }
  },

  async lync(partner, user, url, kit) {
    const base = placeOf(partner, url)
    if (!base.ok) return base
    const expected = user === undefined ? formatPrincipal(kit.identity.application) : user.sip
    return {
      ok: true,
      value: jsonTarget(`${base.value}/ucwa/v1/me`, 'uri', expected ?? ''),
    }
  },

  async sharepoint(partner, user, url, kit) {
    const base = placeOf(partner, url)
    if (!base.ok) return base
    const { appId } = kit.identity.application
    const expected = user === undefined ? `i:0i.t|ms.sp.ext|${appId}@` : `i:0#.w|${user.upn}`
    return {
      ok: true,
      value: jsonTarget(`${base.value}/_api/web/currentuser`, 'LoginName', expected),
    }
  },
}

function autodiscoverTarget(url: string, kit: Kit): Target {
  return {
    url,
    method: 'POST',
    accept: 'text/xml',
    body: ews.getUserSettingsRequest(url, `nobody@${kit.identity.application.realm}`),
    read: (body) => {
      const settings = ews.readUserSettings(body)
      // Nobody is found, by a server that took us for an application that may ask.
      return settings.ok || settings.code === 'InvalidUser' || settings.code === 'RedirectAddress'
        ? { ok: true, value: formatPrincipal(kit.identity.application) }
        : readAs(settings, String)
    },
  }
}

function jsonTarget(url: string, member: string, expected: string): Target {
  return {
    url,
    method: 'GET',
    accept: 'application/json',
    read: (body) => {
      const seen = memberOf(body, member)
      if (seen?.toLowerCase().startsWith(expected.toLowerCase()) && expected !== '')
        return { ok: true, value: seen }
      return callFault(
        'taken_for_another',
        `${url} answered ${member} ${JSON.stringify(seen ?? null)}, expected ${expected}`,
        'compare the users of both servers (entente user list)',
      )
    },
  }
}

function memberOf(body: string, member: string): string | undefined {
  try {
    const value: unknown = (JSON.parse(body) as Record<string, unknown>)[member]
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function readAs<T>(read: ews.Read<T>, say: (value: T) => string): Called<string> {
  return read.ok
    ? { ok: true, value: say(read.value) }
    : callFault(read.code, read.message, 'look for the code in the documentation of Exchange Web Services')
}

/** `https://host:port` of a partner: as it was said, else where its metadata document came from. */
export function placeOf({ identity, source }: Partner, url: string | undefined): Called<string> {
  if (url !== undefined) return { ok: true, value: new URL(url).origin }
  if (source.kind === 'metadata') return { ok: true, value: new URL(source.url).origin }
  const mend = 'say where it is: --url https://<host>:<port>'
  return callFault('partner_place_unknown', `${identity} was not registered by a metadata URL`, mend)
}
