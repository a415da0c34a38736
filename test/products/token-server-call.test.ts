/** What a token server answers is looked into before it goes on to a partner. */
import { join } from 'node:path'
import type { Kit, OutboundRequest } from '../../src/products/product.ts'
import { askForToken } from '../../src/products/token-server-call.ts'
import { AppId, Realm, TOKEN_SERVER_ID, WELL_KNOWN } from '../../src/protocol/ids.ts'
import { readSigningKey } from '../../src/server/key-files.ts'
import { CERTIFICATES } from '../support/farm.ts'
import { encode, KEYS, rs256, signed } from '../support/tokens.ts'

const NOW = 1_800_000_000
const REALM = Realm.parse('litwareinc.com')
const ENDPOINT = 'https://sts.litwareinc.com/tokens/OAuth/2'
const URL = 'https://exchange.litwareinc.com/EWS/Exchange.asmx'
const SERVER = `${TOKEN_SERVER_ID}@${REALM}`
const US = `${WELL_KNOWN.lync}@${REALM}`
const AUDIENCE = `${WELL_KNOWN.exchange}/exchange.litwareinc.com@${REALM}`

const application = (id: string) => ({ appId: AppId.parse(id), realm: REALM })
const exchange = { identity: 'Exchange', application: application(WELL_KNOWN.exchange) } as never

function kitWhere(answer: string, registered: string = REALM): Kit {
  const file = (suffix: string) => join(CERTIFICATES, `lync-${suffix}.pem`)
  const server = {
    ...{ identity: 'TokenServer', enabled: true, authServer: { tokenIssuingEndpoint: ENDPOINT } },
    ...{ application: { ...application(TOKEN_SERVER_ID), realm: registered } },
    issuer: `${TOKEN_SERVER_ID}@${registered}`,
  }
  const challenge = `Bearer client_id="${WELL_KNOWN.exchange}", trusted_issuers="${SERVER}"`
  return {
    name: 'lync',
    identity: {
      ...{ application: application(WELL_KNOWN.lync), hosts: [], port: 0 },
      ...readSigningKey(file('oauth'), file('oauth-key')),
    },
    metadataUrl: 'https://lync.litwareinc.com/metadata/json/1',
    now: () => NOW,
    newId: () => '1',
    partners: () => [server],
    send: async ({ url }: OutboundRequest) =>
      url === ENDPOINT
        ? { answered: true, status: 200, header: () => [], body: answer }
        : { answered: true, status: 401, header: () => [challenge], body: '' },
  } as unknown as Kit
}

const ask = (kit: Kit) =>
  askForToken(
    URL,
    { ...application(WELL_KNOWN.exchange), host: 'exchange.litwareinc.com' },
    exchange,
    undefined,
    kit,
  )
const good = {
  ...{ aud: AUDIENCE, iss: SERVER, nameid: US, identityprovider: SERVER, trustedfordelegation: 'true' },
  ...{ nbf: String(NOW - 300), exp: String(NOW + 3_600) },
}
const token = (claims: Record<string, unknown> = {}) => signed(rs256(KEYS.partner), { ...good, ...claims })
const unsigned = (claims: Record<string, unknown> = {}) =>
  `${encode({ typ: 'JWT', alg: 'none' })}.${encode({ ...good, ...claims })}.`
const answerOf = (access_token: unknown) => JSON.stringify({ token_type: 'Bearer', access_token })

test.each([REALM, '*'])(
  'the token that was asked for is taken, from a token server of realm %s',
  async (of) => {
    const actorToken = token()
    expect(await ask(kitWhere(answerOf(actorToken), of))).toEqual({
      ok: true,
      value: { actorToken, application: application(WELL_KNOWN.lync) },
    })
  },
)

test.each<[what: string, answer: string, saying: string[]]>([
  ['no token', '{}', ['access_token', 'saw none']],
  ['no JSON', '<html>', ['access_token', 'saw none']],
  ['a token that is none', answerOf('x'), ['token']],
  ['an unsigned token', answerOf(unsigned()), ['RS256', 'no signature']],
  ['a user token around an actor token', answerOf(unsigned({ actortoken: token() })), ['RS256']],
  ['a signed token around another', answerOf(token({ actortoken: token() })), ['actortoken']],
  ['the token of another issuer', answerOf(token({ iss: US })), ['iss', SERVER, US]],
  [
    'the token of another application',
    answerOf(token({ nameid: `${WELL_KNOWN.sharepoint}@${REALM}` })),
    ['nameid', US, WELL_KNOWN.sharepoint],
  ],
  [
    'a token for another audience',
    answerOf(token({ aud: AUDIENCE.replace('exchange.', 'other.') })),
    ['aud', AUDIENCE, 'other.litwareinc.com'],
  ],
  ['a token that is over', answerOf(token({ exp: String(NOW) })), ['exp', '2027-01-15T08:00:00Z']],
  ['a token without an end', answerOf(token({ exp: undefined })), ['exp']],
])('%s is unusable, and it is said what was expected and seen', async (_, answer, saying) => {
  const asked = await ask(kitWhere(answer))
  if (asked.ok) throw new Error('taken')
  expect(asked).toMatchObject({
    code: 'token_server_answer_unusable',
    web: { url: ENDPOINT, status: 200 },
  })
  for (const text of saying) expect(asked.seen).toContain(text)
  // The token itself is not in it.
  const [, payload = 'nothing'] = answer.split('.')
  expect(asked.seen).not.toContain(payload)
})
