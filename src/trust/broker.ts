/**
 * What a trust broker may say of other applications: its key signs actor tokens in which another application is named, as
 * add-ins that share one certificate need it (facts/administration.md C.1, facts/protocol.md 2.6, 11).
 */
import { WELL_KNOWN } from '../protocol/ids.ts'
import { type Refusal, refuse } from '../protocol/outcome.ts'
import { formatPrincipal, type Principal, parsePrincipal } from '../protocol/principal.ts'
import type { Partner } from './partner.ts'

/** An application that a token names, `<application id>@<realm>` letter for letter: ids are compared exactly. */
export function readBrokered(nameid: string): Principal | undefined {
  const principal = parsePrincipal(nameid)
  return principal !== undefined && formatPrincipal(principal) === nameid ? principal : undefined
}

/**
 * Why a broker may not name this application; undefined if it may. It speaks in its own realm alone, and never for a server:
 * neither one of those that everyone knows, nor ourselves, nor whoever is registered here with a key of its own.
 *
 * @param actor the names in a token whose signature held: `iss` is the broker's
 * @param self the application that this server is
 * @param isRegistered whether a partner is registered here under this application id, enabled or not
 */
export function refuseBrokered(
  actor: { readonly iss: string; readonly nameid: string },
  self: Principal,
  isRegistered: (appId: string) => boolean,
): Refusal | undefined {
  const { iss, nameid: seen } = actor
  const named = readBrokered(seen)
  if (named === undefined)
    return refuse('brokered_name_malformed', { at: 'nameid', expected: '<application id>@<realm>', seen })
  const realm = iss.slice(iss.indexOf('@') + 1)
  if (named.realm !== realm) return refuse('brokered_realm_differs', { at: 'nameid', expected: realm, seen })
  if (isServer(named.appId) || named.appId === self.appId)
    return refuse('brokered_name_reserved', {
      at: 'nameid',
      expected: 'an application that is no server',
      seen,
    })
  if (isRegistered(named.appId))
    return refuse('brokered_name_registered', {
      at: 'nameid',
      expected: 'an application that is not registered with a key of its own',
      seen,
    })
  return undefined
}

/** Why such a broker cannot be registered here; undefined if it can. From a document it may be of another realm, as token servers are. */
export function refuseBroker(
  { appId, realm }: Principal,
  source: Partner['source'],
  self: Principal,
): Refusal | undefined {
  if (source.kind === 'auth server')
    return refuse('broker_without_key', {
      ...{ at: 'isTrustBroker', expected: 'false, or a key of its own' },
      seen: 'true, and a token server',
    })
  if (source.kind === 'certificate' ? isServer(appId) : Object.values(WELL_KNOWN).includes(appId)) {
    const expected = 'an id that no server has: a new GUID'
    return refuse('broker_id_reserved', { at: 'registeredIssuerName', expected, seen: appId })
  }
  if (source.kind !== 'certificate' || realm === self.realm) return undefined
  return refuse('broker_realm_differs', { at: 'registeredIssuerName', expected: self.realm, seen: realm })
}

// The two families in which the ids of Microsoft's servers and services are (facts/protocol.md 5).
const FAMILIES = /-(?:0ff1-ce00|0000-c000)-000000000000$/

function isServer(appId: string): boolean {
  return FAMILIES.test(appId)
}
