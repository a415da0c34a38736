/**
 * A process of its own with a peer's token endpoint over HTTPS: `{ peer: oidc-provider | oauth2-mock-server, key, tls }` in,
 * `key` the private JWK that it signs with, `tls` two files; `{ url }` out. Later messages ask how busy it is.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tellHowBusy } from './busy.js'
import { PEER_CLIENT, PEER_RESOURCE } from './peer-client.js'

const HOST = '127.0.0.1'

const PEERS = {
  async 'oidc-provider'({ key, tls }) {
    const { Provider } = await import('oidc-provider')
    const server = createServer({ key: readFileSync(tls.key), cert: readFileSync(tls.certificate) })
    await new Promise((resolve) => server.listen(0, HOST, resolve))
    const issuer = `https://localhost:${server.address().port}`
    const provider = new Provider(issuer, {
      clients: [
        {
          ...{ client_id: PEER_CLIENT.id, client_secret: PEER_CLIENT.secret },
          ...{ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
        },
      ],
      jwks: { keys: [{ ...key, kid: 'bench', use: 'sig', alg: 'RS256' }] },
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => PEER_RESOURCE,
          getResourceServerInfo: () => ({
            ...{ scope: 'api', audience: PEER_RESOURCE, accessTokenTTL: 3_600 },
            ...{ accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } },
          }),
        },
      },
    })
    server.on('request', provider.callback())
    return `${issuer}/token`
  },

  async 'oauth2-mock-server'({ key, tls }) {
    const { OAuth2Server } = await import('oauth2-mock-server')
    const server = new OAuth2Server(tls.key, tls.certificate)
    await server.issuer.keys.add({ ...key, kid: 'bench', alg: 'RS256' })
    await server.start(0, HOST)
    return `https://localhost:${server.address().port}/token`
  },
}

process.once('message', async (order) => {
  const url = await PEERS[order.peer](order)
  tellHowBusy()
  process.send({ url })
})
process.once('disconnect', () => process.exit())
