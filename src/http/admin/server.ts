/** `/server`: who this server is, in what its partners need to know. */

import type { Kit, Product } from '../../products/product.ts'
import { hexThumbprint } from '../../protocol/certificate.ts'
import { isoTime } from '../../protocol/ids.ts'
import { issuerOf } from '../../trust/identity.ts'
import type { AdminRoute } from './route.ts'

export function serverRoutes(product: Product, kit: Kit): AdminRoute[] {
  const { identity, baseUrl } = kit
  return [
    {
      method: 'GET',
      path: '/server',
      scope: 'read',
      handle: async () => ({
        status: 200,
        body: {
          product: product.name,
          title: product.title,
          applicationIdentifier: identity.application.appId,
          realm: identity.application.realm,
          issuer: issuerOf(identity),
          url: baseUrl,
          hosts: identity.hosts,
          port: identity.port,
          metadataUrls: product.metadata.paths.map((path) => `${baseUrl}${path}`),
          keys: [
            {
              use: 'current',
              x5t: identity.certificate.x5t,
              thumbprint: hexThumbprint(identity.certificate.x5t),
              subject: identity.certificate.subject,
              notBefore: isoTime(identity.certificate.notBefore),
              notAfter: isoTime(identity.certificate.notAfter),
            },
          ],
          time: isoTime(kit.now()),
        },
      }),
    },
  ]
}
