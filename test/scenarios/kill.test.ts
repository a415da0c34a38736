/** What an Exchange server acknowledged over the wire is there after it was killed in the middle of writing. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openOutbound } from '../../src/http/outbound.ts'
import { type AdminClient, openAdminClient } from '../../src/lab/admin-client.ts'
import { readLabFile } from '../../src/lab/lab-file.ts'
import {
  createItemRequest,
  getItemRequest,
  type ItemId,
  readCreatedItem,
  readItem,
} from '../../src/products/exchange/ews-client.ts'
import { WELL_KNOWN } from '../../src/protocol/ids.ts'
import { machine } from '../../src/server/ambient.ts'
import { readSigningKey } from '../../src/server/key-files.ts'
import { mint } from '../../src/trust/mint.ts'
import { CA, CERTIFICATES, HOME } from '../support/farm.ts'

const PORT = await freePort()
const dir = mkdtempSync(join(tmpdir(), 'entente-kill-'))
const lab = readLabFile({ labFile: 'metadata/lab.json', dataDir: dir, certsDir: CERTIFICATES })
const ken = lab.users[0]!
const outbound = openOutbound({ ca: CA(), routes: new Map(), guard: HOME })
let server: ChildProcess | undefined

afterAll(async () => {
  await kill()
  await outbound.close()
  rmSync(dir, { recursive: true, force: true })
})

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const bound = probe.address()
      probe.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : 0))
    })
  })
}

async function start(): Promise<AdminClient> {
  const places = ['--data', dir, '--certs', CERTIFICATES, '--port-base', String(PORT)]
  server = spawn(process.execPath, ['dist/cli/main.js', 'serve', 'exchange', ...places], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    let said = ''
    server!.stderr!.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.includes('is ready')) resolve()
    })
    server!.once('exit', () => reject(new Error(said)))
  })
  return openAdminClient(dir, 'exchange')
}

function kill(): Promise<void> {
  return new Promise((resolve) => {
    server!.once('exit', () => resolve())
    server!.kill('SIGKILL')
  })
}

/** One SOAP call as Ken; undefined when the server is gone. */
async function call(body: string): Promise<string | undefined> {
  const file = (suffix: string) => join(CERTIFICATES, `lync-${suffix}.pem`)
  const lync = { appId: WELL_KNOWN.lync, realm: lab.servers[1]!.realm }
  const self = { application: lync, hosts: [], port: 0, ...readSigningKey(file('oauth'), file('oauth-key')) }
  const audience = { appId: WELL_KNOWN.exchange, realm: lab.servers[0]!.realm, host: `localhost:${PORT}` }
  const token = await mint(self, audience, ken, machine.now())
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/xml' }
  const reply = await outbound.send({
    method: 'POST',
    url: `https://localhost:${PORT}/EWS/Exchange.asmx`,
    headers,
    body,
  })
  return reply.answered ? reply.body : undefined
}

test('after kill -9 in the middle of writing nothing that was acknowledged is missing', async () => {
  const admin = await start()
  await admin.call('POST', '/users', ken)
  const certificate = readFileSync(join(CERTIFICATES, 'lync-oauth.pem'), 'utf8')
  const partner = {
    identity: 'Lync',
    applicationIdentifier: WELL_KNOWN.lync,
    realm: lab.servers[1]!.realm,
    certificate,
  }
  expect((await admin.call('POST', '/partner-applications', partner)).status).toBe(201)
  await admin.close()

  const acknowledged: { id: ItemId; subject: string }[] = []
  for (let round = 0; round < 3; round++) {
    let writing = true
    const writers = [1, 2, 3, 4].map(async (writer) => {
      for (let n = 0; writing; n++) {
        const subject = `round ${round}, writer ${writer}, item ${n}`
        const xml = await call(
          createItemRequest({ folder: 'conversationhistory', subject, body: 'x'.repeat(500) }),
        )
        if (xml === undefined) return
        const created = readCreatedItem(xml)
        if (!created.ok) throw new Error(created.code)
        acknowledged.push({ id: created.value, subject })
      }
    })
    const enough = acknowledged.length + 10
    while (acknowledged.length < enough) await new Promise((resolve) => setTimeout(resolve, 20))
    await kill()
    writing = false
    await Promise.all(writers)
    await (await start()).close()
  }
  expect(acknowledged.length).toBeGreaterThan(20)
  for (const { id, subject } of acknowledged) {
    const item = readItem((await call(getItemRequest(id))) ?? '')
    expect(item).toMatchObject({ ok: true, value: { subject } })
  }
}, 60_000)

test('an acknowledged change of trust is in the record, when the server is killed with the answer', async () => {
  await kill() // the one that the test before left
  const admin = await start()
  const sids = Array.from({ length: 5 }, (_, n) => `S-1-5-21-4-4-4-${n}`)
  for (const sid of sids) {
    const user = { sid, upn: `${sid}@litwareinc.com`, displayName: 'One' }
    expect((await admin.call('POST', '/users', user)).status).toBe(201)
  }
  await kill()
  await admin.close()
  const again = await start()
  const { body } = await again.call('GET', '/audit?limit=1000')
  const { items } = body as { items: { stage?: string; subject?: string }[] }
  const of = (wanted: string) =>
    items.filter(({ stage, subject }) => stage === wanted && sids.includes(subject ?? ''))
  expect(of('asked').map(({ subject }) => subject)).toEqual(sids)
  expect(of('done').map(({ subject }) => subject)).toEqual(sids)
  expect((await again.call('GET', '/audit/verify')).body).toMatchObject({ whole: true })
  await again.close()
}, 60_000)
