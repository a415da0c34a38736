/**
 * Two figures of the lab, as medians of several runs: the connectivity test on a warm lab, and the time from the command to
 * ready with all keys present. Absolute times depend on the machine; nothing is decided by them.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAdminClient } from '../dist/lab/admin-client.js'

const STARTS = 5
const TESTS = 200
const WARM_UP = 20
const PORT_BASE = 28441
const READY = 'Ctrl-C ends the lab'

const dir = mkdtempSync(join(tmpdir(), 'entente-bench-'))
const args = [
  'lab',
  '--data',
  join(dir, 'data'),
  '--certs',
  join(dir, 'certs'),
  '--port-base',
  String(PORT_BASE),
]

/** Starts the lab and waits until it is ready. */
async function startLab() {
  const started = performance.now()
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let output = ''
  for await (const chunk of child.stdout) {
    output += chunk
    if (output.includes(READY)) break
  }
  const milliseconds = performance.now() - started
  return {
    milliseconds,
    async stop() {
      child.kill('SIGINT')
      await ended
    },
  }
}

function line(name, values) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1)
  console.log(`${name.padEnd(44)} median ${at(0.5)} ms, min ${at(0)}, p95 ${at(0.95)}, ${sorted.length} runs`)
}

try {
  await (await startLab()).stop() // makes the keys
  const starts = []
  for (let run = 0; run < STARTS; run++) {
    const lab = await startLab()
    starts.push(lab.milliseconds)
    await lab.stop()
  }
  line('start to ready, three processes, keys present', starts)

  const lab = await startLab()
  const client = openAdminClient(join(dir, 'data'), 'lync')
  const tests = []
  for (let run = 0; run < WARM_UP + TESTS; run++) {
    const started = performance.now()
    const input = { sipUri: 'sip:kenmyer@litwareinc.com', deleteItem: true }
    const { body } = await client.call('POST', '/tests/storage-connectivity', input)
    if (!body.passed) throw new Error(JSON.stringify(body.failure))
    if (run >= WARM_UP) tests.push(performance.now() - started)
  }
  line('storage connectivity test, warm, 7 steps', tests)
  await client.close()
  await lab.stop()
} finally {
  rmSync(dir, { recursive: true, force: true })
}
