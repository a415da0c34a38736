/**
 * The token server's endpoint over HTTPS, beside oidc-provider's client credentials to a JWT and oauth2-mock-server's: each in a
 * process of its own, RS256 with 2048 bits, storage in memory on all sides, 50 keep-alive connections. Ours checks a signed
 * assertion with each request, which is good once; the peers compare a secret, or nothing. Counted are tokens in a second of the
 * processor's time that the server took, on all its threads.
 *
 * Peers put a random id into each token and sign each. In ours nothing is random: whoever asks for the same in the same second gets
 * the same token, and it is signed once. The two rows that are wanted are of one client that asks for one resource again and
 * again, as the peers' client does. The others are of a client whose every token names another host, so that each is signed; a note
 * says what the signature alone leaves of a ratio there.
 */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CATALOG } from '../../dist/products/catalog.js'
import * as actorTokens from '../../dist/protocol/actor-token.js'
import { WELL_KNOWN } from '../../dist/protocol/ids.js'
import { formatAudience, formatPrincipal } from '../../dist/protocol/principal.js'
import { endChildren, startChild } from '../harness/children.js'
import { figure, formatNumber, LeftOut } from '../harness/figure.js'
import { administer, inFolder, makeLab, openClient, startLabServer } from '../harness/lab.js'
import { describeLoad, underLoad } from '../harness/loaded.js'
import { openWorld } from '../harness/ours.js'
import { PEER_CLIENT } from '../harness/peer-client.js'
import { compare, inTurns, median } from '../harness/turns.js'

const NAME = 'token-server'
const PATH = '/tokens/OAuth/2'
const ROUNDS = 5
const SECONDS = 1
const CONNECTIONS = 50
const ASSERTIONS = 2_000
const TOKEN_BYTES = 900
const PEERS = {
  provider: 'oidc-provider, client credentials to a JWT',
  mock: 'oauth2-mock-server, client credentials',
}
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

await figure(import.meta.url, () =>
  inFolder(async (dir) => {
    if (CATALOG[NAME] === undefined) throw new LeftOut('this program has no token server')
    const lab = await makeLab(dir, { tokenServer: true })
    const client = openClient(lab)
    const load = startChild('load')
    const turns = { ours: [], oursDistinct: [], provider: [], mock: [] }
    const sideOf = (name, server, orderOf) => async (round) => {
      const was = await underLoad(load, server, {
        connections: CONNECTIONS,
        method: 'POST',
        ...(await orderOf()),
      })
      if (round >= 0) turns[name].push(was)
      return was.workRate
    }
    const tls = {
      key: join(lab.certsDir, 'exchange-tls-key.pem'),
      certificate: join(lab.certsDir, 'exchange-tls.pem'),
    }
    const privateKey = createPrivateKey(readFileSync(join(lab.certsDir, `${NAME}-oauth-key.pem`)))
    const key = privateKey.export({ format: 'jwk' })
    const peerOf = async (name, peer, headers, body) => {
      const server = startChild('token-peer')
      const { url } = await server.ask({ peer, key, tls })
      await seeThatItIssues(client, url, headers, body)
      return sideOf(name, server, () => ({ url, seconds: SECONDS, headers, body }))
    }
    try {
      const own = await openOurs(lab, client, dir)
      const secret = Buffer.from(
        [PEER_CLIENT.id, PEER_CLIENT.secret].map(encodeURIComponent).join(':'),
      ).toString('base64')
      const sides = {
        ours: sideOf('ours', own.server, own.same),
        oursDistinct: sideOf('oursDistinct', own.server, own.distinct),
        provider: await peerOf(
          'provider',
          'oidc-provider',
          { ...FORM, authorization: `Basic ${secret}` },
          'grant_type=client_credentials&scope=api',
        ),
        mock: await peerOf(
          'mock',
          'oauth2-mock-server',
          FORM,
          `grant_type=client_credentials&client_id=${PEER_CLIENT.id}`,
        ),
      }
      const arithmetic = []
      const rates = await inTurns(
        { ...sides, arithmetic: () => arithmetic.push(arithmeticOf(privateKey)) },
        { rounds: ROUNDS, warmUp: 1 },
      )
      const [signing, checking] = ['signing', 'checking'].map((what) =>
        median(arithmetic.map((one) => one[what])),
      )
      // A server that did nothing else: no HTTP, no TLS, no form, no memory of what was spent.
      const most = 1 / (signing + checking)
      const floor = (peer) =>
        `one signature takes ${formatNumber(signing * 1000)} ms of the processor, on every side, and ours checks one in ` +
        `${formatNumber(checking * 1000)} ms: who did nothing but that would make ${formatNumber(most)} tokens/s, a ratio of ${formatNumber(most / peer)}`
      const row = (side, theirs, more) => {
        const { ours, peer, ...figures } = compare(rates[side], rates[theirs])
        const notes = [`ours: ${describeLoad(turns[side])}`, `other: ${describeLoad(turns[theirs])}`]
        return {
          ours: { what: 'ours', value: ours, unit: 'tokens/s of processor' },
          peer: { what: PEERS[theirs], value: peer, unit: 'tokens/s of processor' },
          ...figures,
          ...more,
          notes: side === 'oursDistinct' ? [...notes, floor(peer)] : notes,
        }
      }
      const title = 'token server, a token for an assertion'
      const again = `${title}, one client asking for one resource again and again: one signature a second`
      return [
        row('ours', 'provider', { title: again, atLeast: 2, floor: 0.8 }),
        row('ours', 'mock', { title: again, atLeast: 4, floor: 1.4 }),
        row('oursDistinct', 'provider', { title: `${title}, no two tokens alike` }),
        row('oursDistinct', 'mock', { title: `${title}, no two tokens alike` }),
      ]
    } finally {
      await client.close()
      await endChildren()
    }
  }),
)

/** Seconds of the processor's time that one signature takes, and that checking it takes, with nothing around them. */
function arithmeticOf(privateKey) {
  const publicKey = createPublicKey(privateKey)
  const bytes = Buffer.alloc(TOKEN_BYTES, 'x')
  const signature = sign('RSA-SHA256', bytes, privateKey)
  const each = (times, task) => {
    const before = process.cpuUsage()
    for (let time = 0; time < times; time++) task()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e6 / times
  }
  return {
    signing: each(500, () => sign('RSA-SHA256', bytes, privateKey)),
    checking: each(5_000, () => verify('RSA-SHA256', bytes, publicKey, signature)),
  }
}

/**
 * Our token server, and orders for the load, each with assertions that were never shown: `same` of a client that always asks for
 * the same, `distinct` of one whose every token is for another host. They are two, as what one may have spent has a limit.
 */
async function openOurs(lab, client, dir) {
  const { child: server, ...running } = await startLabServer(lab, NAME, join(dir, 'data'), {
    config: { storage: 'memory' },
  })
  const { realm } = lab.lab.servers.find(({ name }) => name === NAME)
  const resource = { appId: WELL_KNOWN.exchange, realm }
  const audience = { appId: CATALOG[NAME].applicationId, host: new URL(running.url).host, realm }
  const url = `${running.url}${PATH}`
  const orderOf = async (identity, appId, hostOf) => {
    const { lync, now } = await openWorld()
    const application = { appId, realm }
    await administer(client, running, 'POST', '/token-clients', {
      ...{ identity, applicationIdentifier: appId, certificate: lync.identity.certificate.der },
      ...{ resources: [formatPrincipal(resource)], trustedForDelegation: true },
    })
    let assertions = 0
    const bodyOf = async () => {
      const number = ++assertions
      const claims = { audience, application, id: `bench-${number}`, nbf: now - 60, exp: now + 540 }
      const assertion = await actorTokens.mintAssertion(claims, lync.identity.signingKey)
      return new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion,
        resource: formatAudience({ ...resource, host: hostOf(number) }),
      }).toString()
    }
    await seeThatItIssues(client, url, FORM, await bodyOf())
    return async () => ({
      ...{ url, headers: FORM },
      bodies: await Promise.all(Array.from({ length: ASSERTIONS }, bodyOf)),
    })
  }
  return {
    server,
    same: await orderOf('Lync', WELL_KNOWN.lync, () => 'exchange.litwareinc.com'),
    distinct: await orderOf(
      'SharePoint',
      WELL_KNOWN.sharepoint,
      (number) => `exchange${number}.litwareinc.com`,
    ),
  }
}

async function seeThatItIssues(client, url, headers, body) {
  const reply = await client.send({ method: 'POST', url, headers, body })
  const token = reply.answered && reply.status === 200 ? JSON.parse(reply.body).access_token : undefined
  if (typeof token !== 'string' || token.split('.').length !== 3)
    throw new Error(`no token from ${url}: ${reply.answered ? `${reply.status} ${reply.body}` : reply.why}`)
}
