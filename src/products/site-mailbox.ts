/**
 * The check that a site mailbox needs: SharePoint opens a user's mailbox at Exchange, and Exchange the site at SharePoint.
 * Either says how it went by the numbers that administrators know (facts/administration.md C.7).
 */
import * as z from 'zod'
import { isRefusalCode } from '../protocol/refusal.ts'
import { checkPartner } from './partner-connectivity.ts'
import type { Probe, ProbeReport } from './product.ts'

const RESULTS = {
  NoError: 0,
  UnsupportedVersion: 2,
  InvalidUser: 3,
  UnauthorizedUser: 4,
  ServerBusy: 5,
  URLNotAvailable: 6,
  OAuthException: 8,
  InvalidAutodiscoverDomain: 9,
  UnknownError: 10,
  ExchangeAppPrincipalNotFound: 104,
  ExchangeAppPrincipalMissingPermissions: 105,
} as const

type Result = keyof typeof RESULTS

const BY_CODE: Readonly<Record<string, Result>> = {
  sip_address_unknown: 'InvalidUser',
  sip_address_ambiguous: 'InvalidUser',
  user_without_mailbox: 'InvalidUser',
  ErrorNonExistentMailbox: 'InvalidUser',
  ErrorMissingEmailAddress: 'InvalidUser',
  user_unknown: 'UnauthorizedUser',
  user_disabled: 'UnauthorizedUser',
  user_ambiguous: 'UnauthorizedUser',
  user_conflict: 'UnauthorizedUser',
  taken_for_another: 'UnauthorizedUser',
  ErrorAccessDenied: 'UnauthorizedUser',
  ErrorServerBusy: 'ServerBusy',
  ErrorInvalidServerVersion: 'UnsupportedVersion',
  unreachable: 'URLNotAvailable',
  partner_place_unknown: 'URLNotAvailable',
  no_challenge: 'URLNotAvailable',
  autodiscover_not_configured: 'InvalidAutodiscoverDomain',
  ews_url_unusable: 'InvalidAutodiscoverDomain',
  other_application: 'InvalidAutodiscoverDomain',
  partner_not_registered_here: 'ExchangeAppPrincipalNotFound',
  partner_disabled_here: 'ExchangeAppPrincipalNotFound',
  issuer_unknown: 'ExchangeAppPrincipalNotFound',
  partner_disabled: 'ExchangeAppPrincipalNotFound',
  unauthorized: 'ExchangeAppPrincipalNotFound',
  access_denied: 'ExchangeAppPrincipalMissingPermissions',
  trust_level_forbids_user: 'ExchangeAppPrincipalMissingPermissions',
  trust_level_forbids_application: 'ExchangeAppPrincipalMissingPermissions',
}

/** The result that fits a report. Whatever else a token was refused for is between keys, realms and clocks. */
export function siteMailboxResult({ failure }: ProbeReport): { number: number; name: Result } {
  const named = (name: Result) => ({ number: RESULTS[name], name })
  if (failure === undefined) return named('NoError')
  const { code } = failure
  return named(BY_CODE[code] ?? (isRefusalCode(code) ? 'OAuthException' : 'UnknownError'))
}

const Input = z.strictObject({
  sipUri: z.string().max(320),
  url: z.url({ protocol: /^https$/ }).optional(),
})

/** The probe of the server that calls `partner`. */
export function siteMailboxProbe(partner: 'exchange' | 'sharepoint'): Probe {
  return {
    name: 'site-mailbox',
    input: Input,
    async run(input, kit) {
      const report = await checkPartner({ ...Input.parse(input), partner }, kit)
      return { ...report, result: siteMailboxResult(report) }
    },
  }
}
