/** Whether a caller may do something with the site: who it is at this moment, weighed by the policies, and written down if denied. */
import { writeChallenge } from '../../protocol/challenge.ts'
import { formatPrincipal, type Principal } from '../../protocol/principal.ts'
import { comparable } from '../../trust/directory.ts'
import type { Caller, Kit, ProductRequest } from '../product.ts'
import { type DenyingRule, decide, type Question } from './authorization/policy.ts'
import type { Right } from './authorization/rights.ts'
import type { AppPrincipal, SiteAccessStore } from './authorization/site-access.ts'
import { done, fault, type Result } from './faults.ts'

/** The caller's side of a decision: looked up once a call, so that a call sees one state. */
export type Standing = Pick<Question, 'app' | 'user'>

/** The application that asks: the one that a broker names, or the partner itself. */
export function applicationOf({ partner, application = partner.application }: Caller): Principal {
  return application
}

/**
 * Looks the caller up. The memberships of the user are read anew for each call: one that was taken away counts no longer, and one
 * that was given counts at once (facts/administration.md C.6). What is registered in a realm that was given up is an orphan.
 */
export async function standingOf(caller: Caller, { siteAccess, formerRealms }: Kit): Promise<Standing> {
  const { user } = caller
  const application = applicationOf(caller)
  const orphan = formerRealms().includes(application.realm)
  const principal = orphan ? undefined : await principalOf(caller, siteAccess)
  if (user === undefined) return { app: { principal } }
  return { app: { principal }, user: { groups: await siteAccess.groupsOf(comparable('sid', user.sid)) } }
}

// A partner that speaks for any realm may be known by that instead of by the realm of its token.
async function principalOf(caller: Caller, store: SiteAccessStore): Promise<AppPrincipal | undefined> {
  const { application } = caller.partner
  return (
    (await store.principal(formatPrincipal(applicationOf(caller)))) ??
    (application.realm === '*' ? store.principal(formatPrincipal(application)) : undefined)
  )
}

/** What is asked, and by whom. */
export interface Asked {
  readonly request: Pick<ProductRequest, 'method' | 'rawPath' | 'requestId'>
  readonly caller: Caller
  readonly standing: Standing
  readonly kit: Kit
}

// An application that the site does not know, or that may not act alone, is not authenticated; the others are denied
// (facts/administration.md F.1, 12 and 17).
const FAULTS = {
  'app principal unknown': 'unauthorized',
  'app-only policy not enabled': 'unauthorized',
  'right of the application too small': 'access_denied',
  'rights of the user too small': 'access_denied',
} as const satisfies Record<DenyingRule, string>

/** Whether the caller has this right on the site. Which rule denied it is for the record, not for the caller. */
export function access({ request, caller, standing, kit }: Asked, needs: Right): Result<undefined> {
  // There is one site: a grant at any scope counts on it.
  const verdict = decide({ ...standing, needs, target: 'Site' })
  if (verdict.allowed) return done(undefined)
  const { partner, application, user } = caller
  kit.record({
    ...{ kind: 'forbidden', requestId: request.requestId, partner: partner.issuer },
    ...(application !== undefined && { application: formatPrincipal(application) }),
    ...(user !== undefined && { user: user.upn }),
    ...{ through: `${request.method} ${request.rawPath.slice(0, 200)}`, action: needs },
    ...{ rule: verdict.rule, by: verdict.policy },
  })
  const name = FAULTS[verdict.rule]
  return name === 'unauthorized' ? { ...fault(name), challenge: challengeOf(kit) } : fault(name)
}

// A 401 carries a challenge (RFC 9110, 15.5.2).
function challengeOf(kit: Kit): string {
  return writeChallenge('sharepoint', {
    application: kit.identity.application,
    trustedIssuers: kit.someIssuers(),
    refused: true,
  })
}
