/**
 * Token servers: a third party whose key speaks for partner applications that cannot sign for others (facts/protocol.md 2.6,
 * 11 and 6). Like a trust broker it names another application in its tokens; unlike one it may name only those that are
 * registered here as users of a token server, and it is their record that says what they may do.
 */
import { AppId, WELL_KNOWN } from '../protocol/ids.ts'
import { type Refusal, refuse } from '../protocol/outcome.ts'
import { formatPrincipal, type Principal } from '../protocol/principal.ts'
import { check } from './check.ts'
import type { Check, Situation } from './checks.ts'
import type { Partner } from './partner.ts'

/** What kinds of token server administrators tell apart (PS New-AuthServer -Type). The kind decides nothing here. */
export const AUTH_SERVER_TYPES = ['MicrosoftACS', 'AzureAD', 'ADFS'] as const
export type AuthServerType = (typeof AUTH_SERVER_TYPES)[number]

/** What the record of a token server has besides. */
export interface AuthServer {
  readonly type?: AuthServerType
  /** Where it issues tokens, as its document said; absent: it did not, so nothing can be asked of it. */
  readonly tokenIssuingEndpoint?: string
}

/** What a token server knows of a client. */
export interface TokenClient {
  /** For which applications it may have tokens, `<appId>@<realm>` each. */
  readonly resources: readonly string[]
  /** Whether its tokens let it act for users at all (`trustedfordelegation`). */
  readonly trustedForDelegation: boolean
  /** For whom it may act where a partner wants consent: of a user (UPN), or everyone (`*`), at one application or any. */
  readonly consents: readonly Consent[]
}

export interface Consent {
  readonly user: string
  /** `<appId>@<realm>`; absent: at every resource that the client may ask for. */
  readonly resource?: string
}

/** Why a token server may not name this application; undefined if it may. */
export function refuseNamed(
  actor: { readonly iss: string; readonly nameid: string },
  { partnerOf, isRegistered }: Pick<Situation, 'partnerOf' | 'isRegistered'>,
): Refusal | undefined {
  const { iss, nameid: seen } = actor
  const [appId = '', realm] = seen.split('@')
  const ownRealm = iss.slice(iss.indexOf('@') + 1)
  const id = AppId.safeParse(appId)
  const about = id.success ? { about: id.data } : {}
  if (realm !== ownRealm)
    return refuse('auth_server_realm_differs', { at: 'nameid', ...about, expected: ownRealm, seen })
  const named = partnerOf(seen)
  if (named === undefined || named.authServer !== undefined || named.application.realm === '*') {
    const expected = isRegistered(appId)
      ? 'the application as it is registered here'
      : 'a partner application that is registered here'
    return refuse('auth_server_names_unknown', { at: 'nameid', ...about, expected, seen })
  }
  if (named.source.kind === 'auth server') return undefined
  const expected = 'an application that uses a token server'
  return refuse('auth_server_not_used', { at: 'nameid', ...about, expected, seen })
}

/** Whose record says what the application of a token may do: that of whoever signed, or of whom a token server named. */
export function speakerOf(
  actor: { readonly nameid: string },
  partner: Partner,
  partnerOf: Situation['partnerOf'],
): Partner {
  return partner.authServer === undefined ? partner : (partnerOf(actor.nameid) ?? partner)
}

/** Before anything that a partner signed itself is looked at. */
export const SIGNS_FOR_ITSELF = check(
  'partner signs for itself',
  'registration',
  ['partner'],
  ({ partner }) => partner.source.kind !== 'auth server',
  ({ partner }) =>
    refuse('partner_uses_auth_server', {
      at: 'iss',
      about: partner.application.appId,
      expected: 'a registered token server',
      seen: partner.issuer,
    }),
)

/** Once the signature held. The second finds whose record counts from here on, whatever comes of it. */
export const NAMED_APPLICATION: readonly Check[] = [
  check(
    'token server may name this application',
    'registration',
    ['opened', 'partner'],
    (evidence, situation) => {
      const { opened, partner } = evidence
      evidence.speaker = speakerOf(opened.actor, partner, situation.partnerOf)
      return partner.authServer && refuseNamed(opened.actor, situation) === undefined
    },
    ({ opened: { actor } }, situation) =>
      refuseNamed(actor, situation) ??
      refuse('auth_server_names_unknown', {
        at: 'nameid',
        expected: 'a partner application that uses a token server',
        seen: actor.nameid,
      }),
  ),
  check(
    'application is enabled',
    'registration',
    ['partner', 'speaker'],
    ({ partner, speaker }) => (speaker === partner ? undefined : speaker.enabled),
    ({ speaker }) =>
      refuse('partner_disabled', {
        at: 'enabled',
        about: speaker.application.appId,
        expected: 'true',
        seen: String(speaker.enabled),
      }),
  ),
]

/** Why such a token server cannot be registered here; undefined if it can. */
export function refuseAuthServer(application: Principal): Refusal | undefined {
  if (!Object.values(WELL_KNOWN).includes(application.appId)) return undefined
  const seen = formatPrincipal(application)
  return refuse('auth_server_id_reserved', {
    at: 'applicationIdentifier',
    expected: 'an id of its own',
    seen,
  })
}
