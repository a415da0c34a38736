/** A lab of the bench's own: certificates in a folder that goes with it, and one of its servers in a process of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openOutbound } from '../../dist/http/outbound.js'
import { ensureLabCertificates } from '../../dist/lab/certificates.js'
import { readLabFile } from '../../dist/lab/lab-file.js'
import { certificateWanted } from '../../dist/lab/run.js'
import { machine } from '../../dist/server/ambient.js'
import { startChild } from './children.js'

const LAB_FILE = fileURLToPath(new URL('../../metadata/lab.json', import.meta.url))

/** Runs `use` with a folder that is removed afterwards. */
export async function inFolder(use) {
  const dir = mkdtempSync(join(tmpdir(), 'entente-bench-'))
  try {
    return await use(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The lab of `metadata/lab.json` with its certificates in `dir`; `more` says more of its places. */
export async function makeLab(dir, more = {}) {
  const certsDir = join(dir, 'certs')
  const places = { labFile: LAB_FILE, certsDir, ...more }
  const lab = readLabFile({ ...places, dataDir: dir })
  await ensureLabCertificates(certsDir, lab.servers.map(certificateWanted), machine.now())
  return { lab, places, certsDir, ca: readFileSync(join(certsDir, 'ca.pem'), 'utf8') }
}

/** A client that trusts this lab's authority. */
export function openClient({ ca }) {
  return openOutbound({
    ca,
    routes: new Map(),
    guard: { allow: ['localhost', '127.0.0.1', '::1'], resolve: machine.resolve },
    timeoutMs: 30_000,
  })
}

/** Starts one server of it on any port, with its data in `dataDir`; `child` tells how busy it is. */
export async function startLabServer({ places }, name, dataDir, { execArgv = [], config = {} } = {}) {
  const child = startChild('product-server', execArgv)
  const { url, adminToken } = await child.ask({ places: { ...places, dataDir }, name, config })
  return { child, url, adminToken }
}

/** Calls a server's admin REST; an answer that is not good is an error. */
export async function administer(client, { url, adminToken }, method, path, input) {
  const reply = await client.send({
    method,
    url: `${url}/admin/v1${path}`,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  if (!reply.answered || reply.status >= 300)
    throw new Error(`${method} ${path}: ${reply.answered ? `${reply.status} ${reply.body}` : reply.why}`)
  return JSON.parse(reply.body)
}
