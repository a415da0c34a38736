/**
 * EWS CreateItem over HTTPS, each item on disk before its answer, beside the same with authorization switched off in the
 * bench: 20 keep-alive connections, each with a token of its own, a message of 1 KB saved in Ken's mailbox.
 */
import { join } from 'node:path'
import { WELL_KNOWN } from '../../dist/protocol/ids.js'
import { endChildren, startChild } from '../harness/children.js'
import { figure } from '../harness/figure.js'
import { administer, inFolder, makeLab, openClient, startLabServer } from '../harness/lab.js'
import { describeLoad, underLoad } from '../harness/loaded.js'
import { actorTokenOf, KEN, openWorld, userTokenOf } from '../harness/ours.js'
import { compare, inTurns } from '../harness/turns.js'

const ROUNDS = 9
const SECONDS = 1
const CONNECTIONS = 20
const BODY = 'It is a body of the length that a short message has. '.repeat(18)
const CREATE = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><soap:Header><t:RequestServerVersion Version="Exchange2013"/></soap:Header><soap:Body><m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>Measured</t:Subject><t:Body BodyType="Text">${BODY}</t:Body></t:Message></m:Items></m:CreateItem></soap:Body></soap:Envelope>`

await figure(import.meta.url, () =>
  inFolder(async (dir) => {
    const lab = await makeLab(dir)
    const client = openClient(lab)
    const { lync, now } = await openWorld()
    const load = startChild('load')
    const turns = { guarded: [], unguarded: [] }
    const sideOf = async (name, execArgv) => {
      const server = await startLabServer(lab, 'exchange', join(dir, name), { execArgv })
      const { realm } = lab.lab.servers.find((one) => one.name === 'exchange')
      const { application, certificate } = lync.identity
      const ours = { ...application, realm }
      const [ken] = lab.lab.users
      await administer(client, server, 'POST', '/users', ken)
      await administer(client, server, 'POST', '/partner-applications', {
        ...{ identity: 'Lync', applicationIdentifier: ours.appId, realm },
        certificate: certificate.der,
      })
      const audience = { appId: WELL_KNOWN.exchange, host: new URL(server.url).host, realm }
      const caller = { now, audience, lync: { identity: { ...lync.identity, application: ours } } }
      const actor = await actorTokenOf(caller, 0)
      const tokens = Array.from({ length: CONNECTIONS }, (_, number) =>
        userTokenOf(caller, actor, number, { ...KEN, ...ken }),
      )
      const url = `${server.url}/EWS/Exchange.asmx`
      const headers = { 'content-type': 'text/xml; charset=utf-8' }
      await seeThatItSaves(client, url, { ...headers, authorization: `Bearer ${tokens[0]}` })
      await seeWhoIsLetIn(client, url, headers, name === 'unguarded')
      const order = {
        url,
        seconds: SECONDS,
        connections: CONNECTIONS,
        method: 'POST',
        body: CREATE,
        headers,
        tokens,
      }
      return async (round) => {
        const was = await underLoad(load, server.child, order)
        if (round >= 0) turns[name].push(was)
        return was.busyRate
      }
    }
    try {
      const sides = {
        guarded: await sideOf('guarded', []),
        unguarded: await sideOf('unguarded', [
          '--import',
          new URL('../harness/unguarded.js', import.meta.url).href,
        ]),
      }
      const { guarded, unguarded } = await inTurns(sides, { rounds: ROUNDS, warmUp: 1 })
      const { ours, peer, ...figures } = compare(guarded, unguarded)
      return [
        {
          title: 'EWS CreateItem over HTTPS, durable',
          ours: { what: 'with authorization', value: ours, unit: 'req/s busy' },
          peer: { what: 'switched off', value: peer, unit: 'req/s busy' },
          ...figures,
          ...{ atLeast: 0.9, floor: 0.7 },
          notes: [
            `ours: ${describeLoad(turns.guarded)}, a record of each decision`,
            `other: ${describeLoad(turns.unguarded)}`,
          ],
        },
      ]
    } finally {
      await client.close()
      await endChildren()
    }
  }),
)

// Load counts answers by their status; that an item was made stands in the answer.
async function seeThatItSaves(client, url, headers) {
  const reply = await client.send({ method: 'POST', url, headers, body: CREATE })
  if (!reply.answered || !reply.body.includes('ResponseClass="Success"'))
    throw new Error(`no item was made: ${JSON.stringify(reply).slice(0, 600)}`)
}

async function seeWhoIsLetIn(client, url, headers, isEverybody) {
  const reply = await client.send({ method: 'POST', url, headers, body: CREATE })
  if (!reply.answered || reply.status !== (isEverybody ? 200 : 401))
    throw new Error(`without a token: ${JSON.stringify(reply).slice(0, 600)}`)
}
