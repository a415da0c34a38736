/** `/server`: who this server is, in what its partners need to know. */

import type { Kit, Product } from '../../products/product.ts'
import { isoTime } from '../../protocol/ids.ts'
import { issuerOf } from '../../trust/identity.ts'
import type { OwnKeys } from '../../trust/own-keys.ts'
import type { KeyState, OwnKey } from '../../trust/signing-keys.ts'
import type { AdminRoute } from './route.ts'
import { certificateViewOf } from './signing-keys.ts'

export function serverRoutes(product: Product, kit: Kit, keys: OwnKeys): AdminRoute[] {
  const { baseUrl } = kit
  return [
    {
      method: 'GET',
      path: '/server',
      scope: 'read',
      handle: async () => {
        const { identity } = kit
        return {
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
            keys: keys
              .list()
              .filter(({ state }) => PUBLISHED.includes(state))
              .map(keyViewOf),
            time: isoTime(kit.now()),
          },
        }
      },
    },
  ]
}

const PUBLISHED: readonly KeyState[] = ['current', 'next', 'previous']

function keyViewOf({ state, certificate }: OwnKey) {
  return { use: state, ...certificateViewOf(certificate) }
}
