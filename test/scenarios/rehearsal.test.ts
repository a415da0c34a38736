/** A rollover step by step, as it is typed, and its rehearsal on a copy of the farm. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { runProgram } from '../../src/cli/program.ts'
import type { RehearsalReport } from '../../src/lab/rehearsal/rehearse.ts'
import { CERTIFICATES, type Farm, startFarm } from '../support/farm.ts'
import { KEYS } from '../support/tokens.ts'

// Each rehearsal starts three servers and makes a hundred calls or more; the machine may be busy.
jest.setTimeout(120_000)

const PLACES = ['--certs', CERTIFICATES, '--lab', 'metadata/lab.json']

async function entente(dir: string, ...words: string[]): Promise<{ code: number; output: string }> {
  const printed: string[] = []
  const print = (text: string) => printed.push(text)
  const code = await runProgram([...words, '--data', dir], { out: print, err: print })
  return { code, output: printed.join('\n') }
}

describe('of a running farm', () => {
  let farm: Farm
  beforeEach(async () => {
    farm = await startFarm()
    await farm.addUsers()
    await farm.register('exchange', 'lync')
    await farm.register('exchange', 'sharepoint')
    await farm.register('lync', 'exchange')
    await farm.register('sharepoint', 'exchange')
  })
  afterEach(async () => {
    expect(farm.surprises).toEqual([])
    await farm.close()
  })
  const typed = (...words: string[]) => entente(farm.dir, 'rollover', ...words)
  const refreshAt = (server: 'lync' | 'sharepoint') =>
    farm.admin(server, 'POST', '/partner-applications/exchange/refresh')
  const advance = (duration: string) => entente(farm.dir, 'clock', 'advance', duration)

  test('plan counts who has seen the next key, activate waits for them, finish for the tokens of the old one', async () => {
    expect((await typed('plan', 'exchange')).output).toContain('nothing staged, generation 1')
    const staged = await typed('stage', 'exchange')
    expect(staged.output).toMatch(/^[0-9A-F]{40} is staged, to be current from /)
    expect(staged.output).toContain(
      '2 of 2 partners have not fetched the next key: lync, sharepoint; it is to be current',
    )
    await refreshAt('lync')
    expect((await typed('plan', 'exchange')).output).toContain(
      '1 of 2 partners have not fetched the next key: sharepoint',
    )
    expect(await typed('activate', 'exchange')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/HTTP 409: Not every partner has fetched .* sharepoint have not/),
    })
    await refreshAt('sharepoint')
    expect((await typed('plan', 'exchange')).output).toContain(
      'Every partner has fetched the next key (2 of 2)',
    )
    const active = await typed('activate', 'exchange')
    expect(active).toMatchObject({ code: 0, output: expect.stringContaining('may be in use until') })
    expect(await typed('finish', 'exchange')).toMatchObject({
      code: 1,
      output: expect.stringContaining('HTTP 409: Tokens of the previous key may be in use still'),
    })
    await advance('2h')
    expect((await typed('plan', 'exchange')).output).toContain('is no longer needed.')
    expect((await typed('finish', 'exchange')).code).toBe(0)
    expect((await typed('plan', 'exchange')).output).toContain('nothing staged')
    expect(await farm.connectivityTest()).toMatchObject({ passed: true })
  })

  test('who has fetched the next key, and keeps a record that does not follow, is named, and waited for', async () => {
    await typed('stage', 'exchange')
    for (const server of ['lync', 'sharepoint'] as const) await refreshAt(server)
    // Made anew from the old certificate, after the document was fetched.
    const { body } = await farm.admin('lync', 'GET', '/partner-applications/exchange')
    await farm.admin('lync', 'DELETE', '/partner-applications/exchange')
    const { applicationIdentifier, realm } = body
    const certificate = readFileSync(join(CERTIFICATES, 'exchange-oauth.pem'), 'utf8')
    const made = { identity: 'Mail', applicationIdentifier, realm, certificate }
    expect((await farm.admin('lync', 'POST', '/partner-applications', made)).status).toBe(201)
    const plan = (await typed('plan', 'exchange')).output
    expect(plan).toContain('Every partner has fetched the next key')
    expect(plan).toMatch(/^lync +Mail +no$/m)
    expect(plan).toMatch(/^sharepoint +exchange +yes$/m)
    expect(await typed('activate', 'exchange')).toMatchObject({
      code: 1,
      output: expect.stringContaining('not in the record of Mail at lync'),
    })
    expect(JSON.parse((await typed('plan', 'exchange', '--json')).output)).toMatchObject({
      phase: 'staged',
      records: [{ server: 'lync', identity: 'Mail', enabled: true, isListed: false }, { isListed: true }],
    })
    expect((await typed('activate', 'exchange', '--force')).code).toBe(0)
  })

  test('whoever is disabled is not waited for, and with --force nobody is', async () => {
    await typed('stage', 'exchange')
    await refreshAt('lync')
    await farm.admin('exchange', 'PATCH', '/partner-applications/sharepoint', { enabled: false })
    expect((await typed('plan', 'exchange')).output).toContain(
      'Every partner has fetched the next key (1 of 1)',
    )
    await farm.admin('exchange', 'PATCH', '/partner-applications/sharepoint', { enabled: true })
    expect((await typed('activate', 'exchange', '--force')).code).toBe(0)
    expect((await typed('finish', 'exchange', '--force')).code).toBe(0)
    expect(await farm.connectivityTest()).toMatchObject({ passed: true })
  })

  test('where no call works, there is nothing to rehearse: that is no success', async () => {
    for (const name of ['lync', 'sharepoint'] as const)
      await farm.admin(name, 'DELETE', '/partner-applications/exchange')
    expect(await typed('rehearse', 'exchange', ...PLACES)).toMatchObject({
      code: 1,
      output: expect.stringContaining('no call of exchange works in the copy'),
    })
  })

  test('a key cannot be activated that was never staged', async () => {
    expect(await typed('activate', 'exchange')).toMatchObject({
      code: 1,
      output: expect.stringContaining('No key is staged'),
    })
  })

  const rehearse = async (...words: string[]): Promise<RehearsalReport & { code: number }> => {
    const quickly = ['--lead', '0', '--every', '12h', '--json']
    const { code, output } = await typed('rehearse', 'exchange', ...quickly, ...words, ...PLACES)
    return { code, ...JSON.parse(output) }
  }
  const remake = async (server: 'lync' | 'sharepoint', more: object) => {
    await farm.admin(server, 'DELETE', '/partner-applications/exchange')
    const made = { identity: 'exchange', ...more }
    const { status } = await farm.admin(server, 'POST', '/partner-applications', made)
    expect(status).toBe(201)
  }
  const pasted = (of: 'exchange' | 'sharepoint') => ({
    certificate: readFileSync(join(CERTIFICATES, `${of}-oauth.pem`), 'utf8'),
    applicationIdentifier: '00000002-0000-0ff1-ce00-000000000000',
    realm: 'litwareinc.com',
  })

  test('a partner whose key was handed over is in the copy as it is, and loses its calls', async () => {
    await remake('lync', pasted('exchange'))
    const { code, refused, brokenBefore, remarks, leftOut } = await rehearse()
    expect([code, brokenBefore, leftOut]).toEqual([1, [], []])
    expect(remarks).toEqual(['exchange at lync keeps the keys it has: they were handed over (certificate)'])
    const kinds = refused.map(({ caller, callee, code: why }) => `${caller} → ${callee}: ${why}`)
    expect([...new Set(kinds)]).toEqual(['exchange → lync: key_unknown'])
  })

  test('what is wrong in the farm is wrong in the copy, and what is not copied is named', async () => {
    // The key of another, a URL that leads nowhere any longer, and a key that was revoked.
    await remake('lync', pasted('sharepoint'))
    const { body } = await farm.admin('exchange', 'GET', '/partner-applications/sharepoint')
    await farm.admin('exchange', 'PATCH', '/partner-applications/sharepoint', {
      revokedKeys: [body.keys[0].thumbprint],
    })
    const stranger = { ...pasted('exchange'), applicationIdentifier: '11111111-2222-3333-4444-555555555555' }
    const outside = { identity: 'Add-in', ...stranger, certificate: KEYS.stranger.pem }
    expect((await farm.admin('exchange', 'POST', '/partner-applications', outside)).status).toBe(201)
    const { brokenBefore, leftOut, remarks, refused } = await rehearse()
    expect(brokenBefore.map(({ caller, callee, code }) => `${caller} → ${callee}: ${code}`)).toEqual([
      ...Array(2).fill('exchange → lync: key_unknown'),
      ...Array(2).fill('sharepoint → exchange: key_revoked'),
    ])
    expect(leftOut).toEqual([
      'Add-in at exchange: 11111111-2222-3333-4444-555555555555@litwareinc.com is no server of this lab',
    ])
    expect([remarks.length, refused]).toEqual([1, []])
  })

  test('a partner that cannot read the document any longer does not in the copy either', async () => {
    await farm.admin('lync', 'POST', '/faults', {
      ...{ to: new URL(farm.servers.exchange.url).host, on: 'documents', order: '503', again: true },
    })
    await farm.admin('lync', 'POST', '/partner-applications/exchange/refresh')
    const { remarks, refused } = await rehearse()
    expect(remarks).toEqual([
      expect.stringMatching(
        /^exchange at lync keeps the keys it has: its document cannot be read, .*metadata_/,
      ),
    ])
    expect(new Set(refused.map(({ callee }) => callee))).toEqual(new Set(['lync']))
  })

  test('a rehearsal writes nothing where the certificates are, whosever they are', async () => {
    const certs = join(farm.dir, 'own-certificates')
    mkdirSync(certs)
    for (const name of ['ca', 'ca-key', 'exchange-tls', 'exchange-tls-key'])
      writeFileSync(join(certs, `${name}.pem`), `the ${name} of somebody else`)
    const all = () => readdirSync(certs).map((name) => [name, readFileSync(join(certs, name), 'utf8')])
    const before = all()
    const { code } = await typed('rehearse', 'lync', '--lead', '0', '--every', '12h', '--certs', certs)
    expect([code, all()]).toEqual([0, before])
  })

  test('where the key has ended there is nothing to rehearse before it is replaced', async () => {
    const { body } = await farm.admin('exchange', 'POST', '/signing-keys', { days: 2 })
    await farm.admin('exchange', 'POST', `/signing-keys/${body.thumbprint}/publish`)
    await advance('3d')
    expect(await typed('rehearse', 'lync', ...PLACES)).toMatchObject({
      code: 1,
      output: expect.stringContaining('the signing key of exchange has ended'),
    })
  })

  test('a rehearsal leaves the farm as it was', async () => {
    const seen = async () =>
      Promise.all(
        ['/signing-keys', '/partner-applications', '/users'].map(
          async (path) => (await farm.admin('exchange', 'GET', path)).body,
        ),
      )
    const before = await seen()
    const typedJson = async (...words: string[]) => {
      const { code, output } = await typed('rehearse', ...words, '--every', '12h', '--json', ...PLACES)
      return { code, ...JSON.parse(output) }
    }
    // The copy has the registrations of the farm, wherever its servers listen.
    const report = await typedJson('exchange', '--lead', '0')
    expect(report).toMatchObject({ code: 0, refused: [], brokenBefore: [] })
    expect(report.calls).toBeGreaterThan(30)
    const cutOff = await typedJson('exchange', '--lead', '0', '--cut-off')
    expect(cutOff.code).toBe(1)
    expect(new Set(cutOff.refused.map(({ callee }: { callee: string }) => callee))).toEqual(
      new Set(['lync', 'sharepoint']),
    )
    expect(await seen()).toEqual(before)
  })
})

describe('of the lab file', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'entente-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))
  const rehearse = async (...words: string[]): Promise<RehearsalReport & { code: number }> => {
    const { code, output } = await entente(dir, 'rollover', 'rehearse', ...words, '--json', ...PLACES)
    return { code, ...JSON.parse(output) }
  }

  test.each(['exchange', 'lync', 'sharepoint'])(
    'a rollover of %s with its lead refuses no call, though partners learn of it on their schedule alone',
    async (server) => {
      const report = await rehearse(server, '--every', '12h')
      expect(report).toMatchObject({ code: 0, refused: [], brokenBefore: [] })
      expect(report.calls).toBeGreaterThan(50)
    },
  )

  test('without a lead partners learn of the key with its first call, so that none is refused either', async () => {
    expect(await rehearse('lync', '--lead', '0')).toMatchObject({ code: 0, refused: [] })
  })

  test('without a lead, and with the document out of reach, exactly the calls that the new key signs are refused', async () => {
    const { code, refused } = await rehearse('lync', '--lead', '0', '--cut-off', '--every', '8h')
    expect(code).toBe(1)
    const kinds = new Set(
      refused.map(({ caller, callee, as, code: why }) => `${caller} → ${callee} ${as}: ${why}`),
    )
    expect([...kinds].sort()).toEqual([
      'lync → exchange application: key_unknown',
      'lync → exchange user: key_unknown',
      'lync → sharepoint application: key_unknown',
      'lync → sharepoint user: key_unknown',
    ])
    // In each round of the day in which nobody could read the document, and in none after it.
    const rounds = new Set(refused.map(({ at }) => at))
    expect(refused).toHaveLength(rounds.size * kinds.size)
    expect(rounds.size).toBe(4)
  })

  test('with a lead, a document that is out of reach until long after the date costs the same calls', async () => {
    const { refused } = await rehearse('lync', '--lead', '1h', '--cut-off', '--every', '12h')
    expect(new Set(refused.map(({ caller }) => caller))).toEqual(new Set(['lync']))
  })

  test('what cannot be rehearsed is one line and exit code 2', async () => {
    const typed = (...words: string[]) => entente(dir, 'rollover', 'rehearse', ...words, ...PLACES)
    expect(await typed('nobody')).toMatchObject({
      code: 2,
      output: expect.stringContaining('no server nobody in the lab'),
    })
    expect(await typed('lync', '--every', '1s')).toMatchObject({ code: 2 })
    expect(await typed('lync', '--lead', 'soon')).toMatchObject({ code: 2 })
  })
})
