/**
 * `/oauth-configuration` of Lync: the one global instance (facts/administration.md A.5). OAuth cannot be switched off, and what
 * Lync calls its service name is its application id, which nobody can change.
 */
import * as z from 'zod'
import type { Kit } from '../../products/product.ts'
import { Realm } from '../../protocol/ids.ts'
import type { OwnRealm } from '../../trust/own-realm.ts'
import type { Partners } from '../../trust/register.ts'
import { isAuthServer, isPartner } from './auth-servers.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

export const Change = z
  .strictObject({
    realm: Realm.refine(
      (realm) => realm !== '*' && realm === realm.toLowerCase(),
      'expected one realm in lower case, such as the default SIP domain',
    ).exactOptional(),
    serviceName: z.string().max(64).exactOptional(),
  })
  .refine((input) => Object.keys(input).length > 0, {
    error: 'expected at least one of realm, serviceName',
  })

export function oauthConfigurationRoutes(partners: Partners, realm: OwnRealm, kit: Kit): AdminRoute[] {
  const path = '/oauth-configuration'
  const view = () => {
    const all = partners.list()
    const named = (isWanted: typeof isPartner) => all.filter(isWanted).map(({ identity }) => identity)
    const { exchangeAutodiscoverUrl } = kit.settings
    return {
      identity: 'global',
      realm: realm.current(),
      formerRealms: realm.former(),
      serviceName: kit.identity.application.appId,
      ...(exchangeAutodiscoverUrl !== undefined && { exchangeAutodiscoverUrl }),
      partnerApplications: named(isPartner),
      oauthServers: named(isAuthServer),
    }
  }
  return [
    { method: 'GET', path, scope: 'read', handle: async () => ({ status: 200, body: view() }) },
    {
      method: 'PATCH',
      path,
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => ({ subject: 'oauth-configuration', change: changeOf(input(Change)) }),
      handle: async ({ input }) => {
        const { realm: wanted, serviceName } = input(Change)
        const own = kit.identity.application.appId
        if (serviceName !== undefined && serviceName.toLowerCase() !== own) {
          const detail = `expected ${own}: with another every token of this server would be refused`
          throw new ProblemError({
            ...{ status: 422, title: 'The input is not usable', detail: `serviceName: ${detail}` },
            errors: [{ path: 'serviceName', detail }],
          })
        }
        const before = wanted === undefined ? undefined : await realm.change(wanted)
        const warnings =
          before === undefined || before === wanted
            ? []
            : [
                `tokens for ${before} are refused from now on, and servers that registered this one in ${before} must register it in ${wanted}`,
              ]
        return { status: 200, body: { ...view(), warnings } }
      },
    },
  ]
}
