/** A server that others can reach tells strangers no more than it must: not who is disabled, nor which keys count. */
import { isIP } from 'node:net'
import { serverConfigOf } from '../../src/lab/lab-file.ts'
import { isLoopback } from '../../src/server/loopback.ts'
import { CERTIFICATES, type Farm, mintAs, type ServerName, startFarm } from '../support/farm.ts'

let farm: Farm
afterEach(() => farm.close())

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const OPERATION: Record<ServerName, string> = {
  exchange: '/EWS/Exchange.asmx',
  lync: '/ucwa/v1/me',
  sharepoint: '/_api/web',
}

/** What each server answers to tokens that need no true signature to be refused: status, headers and body. */
async function told(server: ServerName): Promise<Record<string, unknown>> {
  const other = server === 'lync' ? 'exchange' : 'lync'
  await farm.register(server, other)
  const good = await mintAs(farm, other, server)
  const [header = '', payload = ''] = good.split('.')
  const [head, claims] = [header, payload].map((text) =>
    JSON.parse(Buffer.from(text, 'base64url').toString()),
  )
  const junk = 'A'.repeat(342)
  const tokens = {
    'bad signature': `${header}.${payload}.${junk}`,
    'unknown key': `${part({ ...head, x5t: 'A'.repeat(27) })}.${payload}.${junk}`,
    'unknown issuer': `${header}.${part({ ...claims, iss: '99999999-0000-0ff1-ce00-000000000000@x.y' })}.${junk}`,
    disabled: `${header}.${payload}.${junk}`,
  }
  const seen: Record<string, unknown> = {}
  for (const [name, token] of Object.entries(tokens)) {
    await farm.admin(server, 'PATCH', `/partner-applications/${other}`, { enabled: name !== 'disabled' })
    const { status, header, body } = await farm.send(
      'POST',
      `${farm.servers[server].url}${OPERATION[server]}`,
      {
        authorization: `Bearer ${token}`,
      },
    )
    const told = ['x-entente-refusal', 'x-ms-diagnostics'].map((one) => header(one))
    seen[name] = { status, told, body }
  }
  return seen
}

test.each<ServerName>(['exchange', 'lync', 'sharepoint'])('%s answers all of them alike', async (server) => {
  farm = await startFarm('memory', { refusalHeader: false })
  const { 'bad signature': first, ...others } = await told(server)
  expect(first).toMatchObject({ status: 401, told: [[], [expect.any(String)]] })
  for (const other of Object.values(others)) expect(other).toEqual(first)
})

test('on loopback each has its own code, unless a lab file says otherwise', async () => {
  farm = await startFarm()
  const codes = Object.values(await told('exchange')).map((one) => (one as { told: string[][] }).told[0]![0])
  expect(codes).toEqual(['bad_signature', 'key_unknown', 'issuer_unknown', 'partner_disabled'])
  const places = { labFile: 'metadata/lab.json', dataDir: farm.dir, certsDir: CERTIFICATES }
  const [first, ...rest] = farm.lab.servers
  const lab = { ...farm.lab, servers: [{ ...first!, refusalHeader: false }, ...rest] }
  expect(serverConfigOf(lab, first!.name, places).refusalHeader).toBe(false)
  const { address } = serverConfigOf(farm.lab, first!.name, places)
  expect([isIP(address), isLoopback(address)]).toEqual([4, true])
})
