/** The corpus over HTTPS, as `entente attack` fires it: at all three products, and at endpoints that are not ours. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runProgram } from '../../src/cli/program.ts'
import { childrenOf, parseXml } from '../../src/products/xml.ts'
import { WELL_KNOWN } from '../../src/protocol/ids.ts'
import { machine } from '../../src/server/ambient.ts'
import { CERTIFICATES, type Farm, type ServerName, startFarm } from '../support/farm.ts'
import { KEYS } from '../support/tokens.ts'

const APPLICATION = '5d8f0c1e-aaaa-4bbb-8ccc-0123456789ab'
const REALM = 'fabrikam.com'
const KEY_FILES = [
  ...['--key', 'test/vectors/keys/partner.key.pem', '--certificate', 'test/vectors/keys/partner.cert.pem'],
  ...['--issuer', `${APPLICATION}@${REALM}`, '--ca', join(CERTIFICATES, 'ca.pem'), '--rate', '1000'],
]

interface Result {
  readonly id: string
  readonly expect: string
  readonly result: string
  readonly status?: number
  readonly code?: string
}
interface Report {
  readonly summary: Readonly<Record<string, number>>
  readonly remarks: readonly string[]
  readonly results: readonly Result[]
}

/** Runs the command; answers what it printed. */
async function attack(url: string, ...more: string[]): Promise<{ code: number; output: string }> {
  const printed: string[] = []
  const print = (text: string) => printed.push(text)
  const code = await runProgram(['attack', url, ...KEY_FILES, ...more], { out: print, err: print })
  return { code, output: printed.join('\n') }
}

const idsOf = ({ results }: Report, wanted: string) =>
  results.filter(({ result }) => result === wanted).map(({ id }) => id)

test('a report that cannot be written is found out before the first shot', async () => {
  const { createServer } = await import('node:http')
  let shots = 0
  const server = createServer((_, res) => {
    shots++
    res.writeHead(401).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const audience = `${WELL_KNOWN.exchange}/localhost:${port}@litwareinc.com`
  const { code, output } = await attack(
    `http://localhost:${port}/`,
    '--audience',
    audience,
    '--output',
    '/nowhere/report',
  )
  server.close()
  expect([code, shots]).toEqual([2, 0])
  expect(output).toContain('/nowhere/report')
})

describe('at our own products', () => {
  let farm: Farm
  const ken = () => farm.lab.users[0]!

  beforeAll(async () => {
    farm = await startFarm()
    await farm.addUsers()
    for (const server of ['exchange', 'lync', 'sharepoint'] as const) {
      const registered = await farm.admin(server, 'POST', '/partner-applications', {
        ...{ identity: 'Attacker', certificate: KEYS.partner.pem },
        ...{ applicationIdentifier: APPLICATION, realm: REALM, acceptSecurityIdentifierInformation: true },
      })
      expect(registered.status).toBe(201)
      if (server === 'sharepoint') await farm.grant(registered.body.issuer)
      const user = { sid: 'S-1-5-21-7-7-7-1200', upn: "o'brien@litwareinc.com", displayName: 'An O’Brien' }
      expect((await farm.admin(server, 'POST', '/users', user)).status).toBe(201)
    }
  })
  afterAll(async () => {
    expect(farm.surprises).toEqual([])
    await farm.close()
  })

  function attackAt(name: ServerName, path: string, ...more: string[]) {
    farm.clock.now = machine.now()
    const { url, port } = farm.servers[name]
    const { realm } = farm.lab.servers.find((server) => server.name === name)!
    const { upn, sid, smtp, sip } = ken()
    return attack(
      `${url}${path}`,
      ...['--audience', `${WELL_KNOWN[name]}/localhost:${port}@${realm}`],
      ...['--target-certificate', join(CERTIFICATES, `${name}-oauth.pem`)],
      ...['--user', upn, '--user', "o'brien@litwareinc.com", '--sid', sid, '--smtp', smtp!, '--sip', sip!],
      ...more,
    )
  }

  test.each([
    ['exchange', '/EWS/Exchange.asmx', 'POST'],
    ['lync', '/ucwa/v1/me', 'GET'],
    ['sharepoint', '/_api/web/currentuser', 'GET'],
  ] as const)('%s lets no bad token in, and every client’s', async (name, path, method) => {
    const { code, output } = await attackAt(name, path, '--method', method, '--report', 'json')
    const report: Report = JSON.parse(output)
    expect(idsOf(report, 'got in')).toEqual([])
    expect(idsOf(report, 'wrongly refused')).toEqual([])
    expect(code).toBe(0)
    expect(report.summary['refused']).toBeGreaterThan(600)
    expect(report.summary['accepted']).toBeGreaterThan(45)
    expect(report.summary['unanswered']).toBe(0)
    // Refused for the reason that the vector is about; what is longer than a header may be is turned away before that.
    const other = report.results.filter(
      ({ result, code, expect: wanted }) => result === 'refused' && code !== wanted,
    )
    expect(other.filter(({ status, id }) => status !== 431 && id !== 'shape/empty')).toEqual([])
    expect(other.length).toBeLessThan(6)
  })

  test('a partner that was disabled gets nothing in, and the good tokens are reported as refused', async () => {
    const change = { enabled: false }
    await farm.admin('lync', 'PATCH', '/partner-applications/Attacker', change)
    const { code, output } = await attackAt('lync', '/ucwa/v1/me', '--limit', '60')
    expect(code).toBe(1)
    expect(output).toMatch(/Nothing got in, \d+ wrongly refused: \d+ tokens/)
    expect(output).toContain('wrongly refused: HTTP 401 partner_disabled')
    await farm.admin('lync', 'PATCH', '/partner-applications/Attacker', { enabled: true })
  })
})

describe('at endpoints that are not ours', () => {
  const tls = {
    cert: readFileSync(join(CERTIFICATES, 'exchange-tls.pem')),
    key: readFileSync(join(CERTIFICATES, 'exchange-tls-key.pem')),
  }
  const servers: Server[] = []
  const seen: string[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  /** An endpoint that answers each token with a status and nothing else; without a status it hangs up. */
  async function endpoint(statusFor: (token: string) => number | undefined): Promise<string> {
    const server = createServer(tls, (req, res) => {
      const token = (req.headers.authorization ?? '').replace(/^Bearer ?/, '')
      seen.push(token)
      const status = statusFor(token)
      if (status === undefined) req.socket.destroy()
      else res.writeHead(status).end()
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `https://localhost:${(server.address() as AddressInfo).port}/api`
  }

  const AUDIENCE = ['--audience', '00000003-0000-0ff1-ce00-000000000000/localhost@fabrikam.com']
  const OWN = ['--target-certificate', 'test/vectors/keys/self.cert.pem']
  const KEN = ['--user', 'ken@fabrikam.com']

  test('one that lets everything in is told apart, by id', async () => {
    const url = await endpoint(() => 200)
    const { code, output } = await attack(url, ...AUDIENCE, ...KEN, '--report', 'json')
    expect(code).toBe(1)
    const report: Report = JSON.parse(output)
    expect(report.summary).toMatchObject({ 'wrongly refused': 0, unanswered: 0 })
    // All that must be refused and that Node's own limit of a header did not turn away.
    const bad = report.results.filter(({ expect, result }) => expect !== 'accepted' && result !== 'left out')
    expect(idsOf(report, 'got in').length).toBeGreaterThan(bad.length - 5)
    expect(report.remarks).toContain(
      'without any token the endpoint answers 200: it is not guarded, or this is not its path',
    )
    const table = await attack(url, ...AUDIENCE, '--only', 'unsigned/')
    expect(table.code).toBe(1)
    expect(table.output).toMatch(/unsigned\/alone +unsigned_without_actor +got in: HTTP 200/)
    expect(table.output).toMatch(/15 GOT IN: 15 tokens, 0 refused, 0 accepted\./)
    expect(table.output).toContain('no token that should be taken was presented')
  })

  test('one that refuses everything lets nothing in, and is no good all the same', async () => {
    const { code, output } = await attack(await endpoint(() => 401), ...AUDIENCE, '--limit', '80')
    expect(code).toBe(1)
    expect(output).toMatch(/Nothing got in, \d wrongly refused/)
  })

  // CVE-2026-55040: the key of any certificate that the server knows, its own too, and a signature that is just there.
  test('one that looks for a signature and does not check it is found out', async () => {
    const known = [KEYS.self.x5t, KEYS.partner.x5t]
    const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString())
    const url = await endpoint((token) => {
      try {
        const [, outer] = token.split('.')
        const [header, , signature] = (decode(outer).actortoken ?? token).split('.')
        return known.includes(decode(header).x5t) && signature !== '' ? 200 : 401
      } catch {
        return 401
      }
    })
    const { code, output } = await attack(url, ...AUDIENCE, ...KEN, ...OWN, '--report', 'json')
    expect(code).toBe(1)
    const report: Report = JSON.parse(output)
    expect(idsOf(report, 'wrongly refused')).toEqual(['x5t/plain-base64'])
    expect(idsOf(report, 'got in')).toEqual(
      expect.arrayContaining([
        ...['key/own-certificate', 'issuer/self-own-certificate', 'issuer/unregistered-own-certificate'],
        ...[
          'signature/AAAA',
          'signature/other-key-inner',
          'issuer/unregistered',
          'acting/outer-iss-stranger',
        ],
      ]),
    )
    expect(idsOf(report, 'refused')).toEqual(expect.arrayContaining(['signature/empty', 'key/strangers']))
  })

  test('JUnit XML and SARIF say the same, and no report holds a token', async () => {
    seen.length = 0
    const url = await endpoint(() => 200)
    const some = [...AUDIENCE, ...KEN, '--only', 'signature/', '--report']
    const junit = await attack(url, ...some, 'junit')
    const parsed = parseXml(Buffer.from(junit.output))
    if (!parsed.ok) throw new Error(parsed.why)
    const [suite] = childrenOf(parsed.root, '', 'testsuite')
    const cases = childrenOf(suite!, '', 'testcase')
    const failed = cases.filter((one) => childrenOf(one, '', 'failure').length === 1)
    expect(parsed.root.name).toBe('testsuites')
    expect(suite!.attributes.get('tests')).toBe(String(cases.length))
    expect(suite!.attributes.get('failures')).toBe(String(failed.length))
    expect(failed.length).toBeGreaterThan(40)

    const sarif = await attack(url, ...some, 'sarif')
    const log = JSON.parse(sarif.output)
    const [run] = log.runs
    expect(log).toMatchObject({ version: '2.1.0', $schema: expect.stringContaining('sarif-2.1.0') })
    expect(run.tool.driver).toMatchObject({ name: 'entente attack', version: expect.any(String) })
    expect(run.results).toHaveLength(failed.length)
    for (const result of run.results) {
      expect(result).toMatchObject({ level: 'error', message: { text: expect.any(String) } })
      expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId)
      expect(result.locations[0].physicalLocation.artifactLocation.uri).toBe(url)
    }

    const json = await attack(url, ...some, 'json')
    const segments = new Set(seen.flatMap((token) => token.split('.')).filter((part) => part.length > 60))
    expect(segments.size).toBeGreaterThan(50)
    for (const { output } of [junit, sarif, json])
      expect([...segments].filter((segment) => output.includes(segment))).toEqual([])
  })

  test('requests are paced, and never more than two at once', async () => {
    let [now, most] = [0, 0]
    const times: number[] = []
    const server = createServer(tls, (_req, res) => {
      times.push(machine.stopwatch())
      most = Math.max(most, ++now)
      setTimeout(() => {
        now--
        res.writeHead(401).end()
      }, 5)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`
    await attack(url, ...AUDIENCE, '--only', 'issuer/', '--limit', '20', '--rate', '40')
    expect(times).toHaveLength(21)
    expect(times.at(-1)! - times[1]!).toBeGreaterThan(19 * 25 - 60)
    expect(most).toBeLessThanOrEqual(2)
  })

  test('one that cannot be reached, or whose certificate nobody vouches for, ends with 3', async () => {
    const gone = await endpoint(() => 401)
    servers.splice(0)[0]!.close()
    expect(await attack(gone, ...AUDIENCE, '--limit', '5')).toMatchObject({
      code: 3,
      output: expect.stringContaining('cannot be reached: ECONNREFUSED'),
    })
    const other = await attack(
      await endpoint(() => 401),
      ...AUDIENCE,
      '--ca',
      'test/vectors/keys/self.cert.pem',
    )
    expect(other).toMatchObject({ code: 3, output: expect.stringContaining('certificate') })
  })

  test('one that goes away in the middle is not taken for one that refuses', async () => {
    let left = 12
    const url = await endpoint(() => (left-- > 0 ? 401 : undefined))
    const { code, output } = await attack(url, ...AUDIENCE, '--only', 'issuer/')
    expect(code).toBe(3)
    expect(output).toMatch(/Nothing got in, \d+ unanswered/)
  })
})

test.each([
  [
    'https://exchange.example/EWS',
    [],
    /exchange\.example is not this machine.*--i-may-test-this-host exchange\.example/,
  ],
  ['https://exchange.example/', ['--i-may-test-this-host', 'other.example'], /is not this machine/],
  ['https://localhost.example/', [], /is not this machine/],
  ['http://exchange.example/', ['--i-may-test-this-host', 'exchange.example'], /expected an https URL/],
  ['https://ken:secret@localhost/', [], /no user name/],
  ['localhost', [], /is not a URL/],
  [
    'https://localhost/',
    ['--key', 'test/vectors/keys/stranger.key.pem'],
    /is not the key of the certificate/,
  ],
  ['https://localhost/', ['--key', 'README.md'], /not in PEM/],
  ['https://localhost/', ['--key', 'missing.pem'], /missing\.pem is missing/],
  ['https://localhost/', ['--certificate', 'test/vectors/keys/ec-p256.cert.pem'], /RSA/],
  ['https://localhost/', ['--ca', 'README.md'], /expected certificates in PEM/],
  ['https://localhost/', ['--audience', 'x'], /--audience: expected/],
  ['https://localhost/', ['--issuer', 'x'], /--issuer: expected/],
  ['https://localhost/', ['--only', 'nothing'], /no vector’s id begins with nothing/],
  ['https://localhost/', ['--rate', '0'], /whole number from 1 to 1000/],
] as const)('%s %j is wrong usage', async (url, more, message) => {
  const audience = more[0] === '--audience' ? [] : ['--audience', 'a/localhost@b']
  const { code, output } = await attack(url, ...audience, ...more)
  expect(output).toMatch(message)
  expect(code).toBe(2)
})
