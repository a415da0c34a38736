/**
 * What a server counts and measures, as Prometheus reads it. Labels take their values from what is configured here and from
 * our own tables, never from what strangers send, so that nobody can make them grow.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { hexThumbprint } from '../protocol/certificate.ts'
import type { EpochSeconds } from '../protocol/ids.ts'
import { readPresentedToken } from '../protocol/presented-token.ts'
import type { ClockView } from '../trust/clock.ts'
import type { DocumentFetch } from '../trust/document-fetches.ts'
import type { Partner } from '../trust/partner.ts'
import { goodUntil, lastRead, type RefreshPolicy } from '../trust/refresh-policy.ts'
import { planRollover } from '../trust/rollover-plan.ts'
import { budgetOf, type OwnKey, VERDICTS, type Verdict } from '../trust/signing-keys.ts'
import type { Decision } from './bearer.ts'

/** What the gauges are read from when somebody asks. */
export interface MetricsContext {
  readonly name: string
  readonly product: string
  readonly clock: { view(): ClockView }
  readonly keys: () => readonly OwnKey[]
  readonly generation: () => number
  readonly fetches: () => readonly DocumentFetch[]
  readonly partners: () => readonly Partner[]
  readonly byIssuer: (issuer: string) => Partner | undefined
  readonly refreshing: RefreshPolicy
  readonly skew: number
  /** When the TLS certificate ends, by the machine’s time. */
  readonly tlsEnds: EpochSeconds
}

export interface Metrics {
  readonly contentType: string
  /** All of it as text. */
  read(): Promise<string>
  /** A request was admitted, or refused with this code, after so many milliseconds. */
  decided(decision: Decision, milliseconds: number): void
  /** A token was signed. */
  minted(milliseconds: number): void
}

/** Of a refused token whose issuer is not registered, or cannot be read. No partner application can have this name. */
export const UNKNOWN_PARTNER = '(unknown)'

const DAY = 86_400
// From what a cached key takes to what a partner's document may take, in seconds.
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function openMetrics(context: MetricsContext): Metrics {
  const registry = new Registry()
  const registers = [registry]
  registry.setDefaultLabels({ server: context.name, product: context.product })
  const counted = {
    admissions: new Counter({
      name: 'entente_admissions_total',
      help: 'Requests whose token was accepted',
      labelNames: ['partner'],
      registers,
    }),
    refusals: new Counter({
      name: 'entente_refusals_total',
      help: 'Requests whose token was refused, by the stable code',
      labelNames: ['code', 'partner'],
      registers,
    }),
    refusedOf: new Counter({
      name: 'entente_partner_refusals_total',
      help: 'Requests of a registered partner whose token was refused, for whatever reason',
      labelNames: ['partner'],
      registers,
    }),
    admit: new Histogram({
      name: 'entente_admit_seconds',
      help: 'From the Authorization header to a decision, a look at the partner’s document included',
      labelNames: ['outcome'],
      buckets: BUCKETS,
      registers,
    }),
    mint: new Histogram({
      name: 'entente_mint_seconds',
      help: 'Signing one actor token',
      buckets: BUCKETS,
      registers,
    }),
  }
  openGauges(context, registers)

  const nameOf = (token: string | undefined): string => {
    const presented = token === undefined ? undefined : readPresentedToken(token)
    const partner = presented?.ok ? context.byIssuer(presented.value.issuer) : undefined
    return partner?.identity ?? UNKNOWN_PARTNER
  }
  return {
    contentType: registry.contentType,
    async read() {
      const partners = context.partners().map(({ identity }) => identity)
      await forgetOthers([counted.admissions, counted.refusals, counted.refusedOf], partners)
      // A rise is only seen of a series that was there before: the first refusals are to be heard of, in whatever number.
      for (const partner of partners) {
        counted.refusedOf.inc({ partner }, 0)
        counted.refusals.inc({ code: 'key_unknown', partner }, 0)
      }
      return registry.metrics()
    },
    decided(decision, milliseconds) {
      const isAdmitted = 'partner' in decision
      const partner = isAdmitted ? decision.partner.identity : nameOf(decision.token)
      if (isAdmitted) counted.admissions.inc({ partner })
      else {
        counted.refusals.inc({ code: decision.code, partner })
        if (partner !== UNKNOWN_PARTNER) counted.refusedOf.inc({ partner })
      }
      counted.admit.observe({ outcome: isAdmitted ? 'admitted' : 'refused' }, milliseconds / 1000)
    },
    minted: (milliseconds) => counted.mint.observe(milliseconds / 1000),
  }
}

// What was counted of a partner that is no longer registered, or has another name now, goes with it.
async function forgetOthers(counters: readonly Counter[], partners: readonly string[]): Promise<void> {
  const kept = new Set<unknown>([...partners, UNKNOWN_PARTNER])
  for (const counter of counters) {
    const { values } = await counter.get()
    for (const { labels } of values) if (!kept.has(labels['partner'])) counter.remove(labels)
  }
}

type Row = { readonly labels: Record<string, string>; readonly value: number }

// Each is made anew whenever it is read, so that what is gone is gone from here too.
function openGauges(context: MetricsContext, registers: Registry[]): void {
  const gauge = (name: string, help: string, labelNames: readonly string[], rows: () => readonly Row[]) =>
    new Gauge({
      ...{ name, help, labelNames, registers },
      collect() {
        this.reset()
        for (const { labels, value } of rows()) this.set(labels, value)
      },
    })
  const now = () => context.clock.view().now
  const ofPartners = (value: (partner: Partner) => number | undefined) =>
    context.partners().flatMap((partner): Row[] => {
      const seen = value(partner)
      return seen === undefined ? [] : [{ labels: { partner: partner.identity }, value: seen }]
    })

  gauge(
    'entente_signing_key_days_left',
    'Days until the certificate of a signing key ends; below 0 when it has',
    ['state', 'thumbprint'],
    () =>
      context
        .keys()
        .filter(({ state }) => state !== 'retired')
        .map(({ state, certificate }) => ({
          labels: { state, thumbprint: hexThumbprint(certificate.x5t) },
          value: (certificate.notAfter - now()) / DAY,
        })),
  )
  gauge(
    'entente_certificate_verdict',
    'What the certificate monitor says of the signing keys: 1 for the verdict that holds',
    ['verdict'],
    () => {
      const { verdict } = budgetOf(context.keys(), now())
      return (Object.keys(VERDICTS) as Verdict[]).map((one) => ({
        labels: { verdict: one },
        value: one === verdict ? 1 : 0,
      }))
    },
  )
  gauge(
    'entente_tls_certificate_days_left',
    'Days until the TLS certificate ends, by the machine’s time',
    [],
    () => {
      const { now: time, ahead } = context.clock.view()
      return [{ labels: {}, value: (context.tlsEnds - (time - ahead)) / DAY }]
    },
  )
  gauge(
    'entente_next_key_unseen_partners',
    'Enabled partners that have not fetched the staged key; 0 when none is staged',
    [],
    () => {
      const { phase, partners } = planRollover({
        keys: context.keys(),
        generation: context.generation(),
        fetches: context.fetches(),
        partners: context.partners(),
        now: now(),
        skew: context.skew,
      })
      const unseen = partners.filter(({ hasSeen }) => !hasSeen).length
      return [{ labels: {}, value: phase === 'staged' ? unseen : 0 }]
    },
  )
  gauge('entente_partner_enabled', 'Whether the tokens of a partner are accepted at all', ['partner'], () =>
    ofPartners(({ enabled }) => (enabled ? 1 : 0)),
  )
  gauge(
    'entente_partner_refresh_age_seconds',
    'Since the keys of a partner were last read',
    ['partner'],
    () =>
      ofPartners(({ source, refreshedAt }) =>
        source.kind === 'metadata' ? now() - lastRead({ refreshedAt }, now()) : undefined,
      ),
  )
  gauge('entente_partner_refresh_failures', 'How often in a row reading them has failed', ['partner'], () =>
    ofPartners(({ source, refresh }) =>
      source.kind === 'metadata' ? (refresh?.failure?.times ?? 0) : undefined,
    ),
  )
  gauge(
    'entente_partner_quarantined',
    'Whether the document of a partner was read and not adopted',
    ['partner'],
    () =>
      ofPartners(({ source, refresh }) =>
        source.kind === 'metadata' ? Number(refresh?.quarantine !== undefined) : undefined,
      ),
  )
  gauge(
    'entente_partner_keys_good_seconds',
    'For how long the keys of a partner count without being read again; below 0 when they do not',
    ['partner'],
    () =>
      ofPartners((partner) => {
        const until = goodUntil(partner, context.refreshing.goodFor)
        // A record of the future is of a clock that was set back, and is read again in a moment.
        return until === undefined ? undefined : Math.min(until - now(), context.refreshing.goodFor)
      }),
  )
  gauge(
    'entente_partner_key_days_left',
    'Days until the last certificate of a partner’s keys ends',
    ['partner'],
    () =>
      ofPartners(({ certificates }) =>
        certificates.length === 0
          ? undefined
          : (Math.max(...certificates.map(({ notAfter }) => notAfter)) - now()) / DAY,
      ),
  )
  gauge('entente_clock_ahead_seconds', 'How far the clock of a lab is before the machine’s', [], () => [
    { labels: {}, value: context.clock.view().ahead },
  ])
}
