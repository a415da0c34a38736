/** `/authentication-realm`: the realm that tokens for this farm are of, and what a change of it leaves behind. */
import * as z from 'zod'
import type { SiteAccessStore } from '../../products/sharepoint/authorization/site-access.ts'
import { Realm } from '../../protocol/ids.ts'
import { parsePrincipal } from '../../protocol/principal.ts'
import type { OwnRealm } from '../../trust/own-realm.ts'
import type { Partners } from '../../trust/register.ts'
import { type AdminRoute, changeOf } from './route.ts'

export const ChangeRealm = z.strictObject({
  realm: Realm.refine(
    (realm) => realm !== '*' && realm === realm.toLowerCase(),
    'expected one realm in lower case: a GUID, as clients of SharePoint look for one',
  ),
})

export function realmRoutes(realm: OwnRealm, partners: Partners, store: SiteAccessStore): AdminRoute[] {
  const view = async () => {
    const former: readonly string[] = realm.former()
    const orphans = {
      issuers: partners
        .list()
        .filter(({ application }) => former.includes(application.realm))
        .map(({ identity, issuer }) => ({ name: identity, registeredIssuerName: issuer })),
      appPrincipals: (await store.principals())
        .filter(({ nameIdentifier }) => former.includes(parsePrincipal(nameIdentifier)?.realm ?? ''))
        .map(({ nameIdentifier, displayName }) => ({ nameIdentifier, displayName })),
    }
    return { realm: realm.current(), formerRealms: former, orphans }
  }
  return [
    {
      method: 'GET',
      path: '/authentication-realm',
      scope: 'read',
      handle: async () => ({ status: 200, body: await view() }),
    },
    {
      method: 'PATCH',
      path: '/authentication-realm',
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => ({ subject: 'authentication-realm', change: changeOf(input(ChangeRealm)) }),
      handle: async ({ input }) => {
        const wanted = input(ChangeRealm).realm
        const before = await realm.change(wanted)
        const body = await view()
        return { status: 200, body: { ...body, warnings: before === wanted ? [] : warningsOf(body, before) } }
      },
    },
  ]
}

interface View {
  readonly realm: string
  readonly orphans: {
    readonly issuers: readonly { readonly registeredIssuerName: string }[]
    readonly appPrincipals: readonly { readonly nameIdentifier: string }[]
  }
}

function warningsOf({ realm, orphans: { issuers, appPrincipals } }: View, before: string): string[] {
  const named = (what: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [
          `${what} of a realm that was given up count no longer until they are registered again: ${names.join(', ')}`,
        ]
  return [
    `tokens for ${before} are refused from now on, and servers that registered this one in ${before} must register it in ${realm}`,
    ...named(
      'issuers',
      issuers.map(({ registeredIssuerName }) => registeredIssuerName),
    ),
    ...named(
      'app principals',
      appPrincipals.map(({ nameIdentifier }) => nameIdentifier),
    ),
  ]
}
