/** Tokens that are alike letter for letter cost one signature, and each is asked for, judged and recorded by itself. */
import { type Farm, startFarm } from '../support/farm.ts'
import { APP, REALM, resourceOf, startTokenServer, type TokenServer } from '../support/token-server.ts'
import { KEYS } from '../support/tokens.ts'

const OTHER_APP = APP.replace('aaaa', 'bbbb')

let farm: Farm
let sts: TokenServer

beforeAll(async () => {
  farm = await startFarm()
  sts = await startTokenServer(farm)
  expect((await sts.addClient()).status).toBe(201)
})
afterAll(async () => {
  await sts.close()
  expect(farm.surprises).toEqual([])
  await farm.close()
})
// No test meets what the one before it had signed.
beforeEach(() => {
  farm.clock.now += 60
})

type Reply = Awaited<ReturnType<TokenServer['ask']>>
const change = (body: unknown) => sts.admin('PATCH', '/token-clients/HRApp', body)
const tokenIn = ({ status, body }: Reply): string => {
  expect([status, body.error]).toEqual([200, undefined])
  return body.access_token
}

/** How many signatures the server says that it has made. */
async function signatures(): Promise<number> {
  const headers = { authorization: `Bearer ${sts.running.adminToken}` }
  const { body } = await farm.send('GET', `${sts.url}/metrics`, headers)
  return Number(/^entente_mint_seconds_count\{[^}]*\} (\d+)$/m.exec(body)?.[1])
}

async function signaturesFor(task: () => Promise<unknown>): Promise<number> {
  const before = await signatures()
  await task()
  return (await signatures()) - before
}

test('a farm that asks in one second costs one signature, and has a record of each request', async () => {
  let answers: readonly Reply[] = []
  const cost = await signaturesFor(async () => {
    answers = await Promise.all(Array.from({ length: 20 }, () => sts.ask()))
    answers = [...answers, await sts.ask()]
  })
  expect(cost).toBe(1)
  expect(new Set(answers.map(tokenIn)).size).toBe(1)
  const { body } = await sts.admin('GET', '/audit?limit=1000')
  for (const answer of answers) {
    const [id] = answer.header('request-id')
    const kinds = body.items
      .filter(({ requestId }: { requestId: string }) => requestId === id)
      .map(({ kind }: { kind: string }) => kind)
    expect(kinds.sort()).toEqual(['admitted', 'minted'])
  }
})

test('another second, resource, consent, right to delegate or client is another token, and back again the one before', async () => {
  await sts.addClient({
    ...{ identity: 'Payroll', applicationIdentifier: OTHER_APP, certificate: KEYS.partner.pem },
  })
  const other = { iss: `${OTHER_APP}@${REALM}`, nameid: `${OTHER_APP}@${REALM}` }
  const tokens: string[] = []
  const ask = async (form?: Parameters<TokenServer['ask']>[0]) => {
    tokens.push(tokenIn(await sts.ask(form)))
  }
  const asks: (() => Promise<unknown>)[] = [
    () => ask(),
    () => ask({ resource: resourceOf(farm, 'lync') }),
    () => ask({ resource: resourceOf(farm, 'exchange').replace('localhost', 'exchange.example') }),
    async () => {
      await change({ consents: [{ user: 'kenmyer@litwareinc.com' }] })
      await ask({ user: 'kenmyer@litwareinc.com' })
    },
    async () => {
      await change({ consents: [{ user: '*' }] })
      await ask()
      await change({ consents: [] })
    },
    async () => {
      await change({ trustedForDelegation: false })
      await ask()
      await change({ trustedForDelegation: true })
    },
    () => ask({ assertion: sts.assertion(other, KEYS.partner) }),
    async () => {
      farm.clock.now += 1
      await ask()
    },
  ]
  for (const [at, one] of asks.entries()) expect([at, await signaturesFor(one)]).toEqual([at, 1])
  expect(new Set(tokens).size).toBe(asks.length)
  farm.clock.now -= 1
  expect(await signaturesFor(() => ask())).toBe(0)
  expect(tokens.at(-1)).toBe(tokens[0])
  await sts.admin('DELETE', '/token-clients/Payroll')
})

test('a key that came to be current signs in the very second in which the one before it did', async () => {
  const before = tokenIn(await sts.ask())
  const made = await sts.admin('POST', '/signing-keys', {})
  expect(made.status).toBe(201)
  const { thumbprint } = made.body
  expect((await sts.admin('POST', `/signing-keys/${thumbprint}/publish`, {})).status).toBe(200)
  let after = ''
  expect(
    await signaturesFor(async () => {
      after = tokenIn(await sts.ask())
    }),
  ).toBe(1)
  expect(after).not.toBe(before)
  expect(after.split('.')[1]).toBe(before.split('.')[1])
})

test('whoever may not have a token gets none out of memory', async () => {
  const assertion = sts.assertion()
  tokenIn(await sts.ask({ assertion }))
  const refusalOf = async (form?: Parameters<TokenServer['ask']>[0]) =>
    (await sts.ask(form)).header('x-entente-refusal')[0]
  const cost = await signaturesFor(async () => {
    expect(await refusalOf({ assertion })).toBe('assertion_replayed')
    await change({ resources: [] })
    expect(await refusalOf()).toBe('resource_not_allowed')
    await change({ resources: [resourceOf(farm, 'exchange').replace(/\/[^@]*/, '')] })
    await change({ enabled: false })
    expect(await refusalOf()).toBe('partner_disabled')
    await change({ enabled: true })
    tokenIn(await sts.ask())
  })
  expect(cost).toBe(0)
})
