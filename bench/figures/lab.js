/**
 * How long a start takes with all keys present, by the clock, beside what it may take: three servers in one process, and
 * `npm start -- --once`, which builds, starts three processes, joins them and runs the connectivity test. And that test by
 * itself, on a warm lab.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endChildren, startChild } from '../harness/children.js'
import { figure, formatNumber } from '../harness/figure.js'
import { administer, inFolder, makeLab, openClient, startLabServer } from '../harness/lab.js'
import { compareWithLimit, inTurns, median } from '../harness/turns.js'

const STARTS = 7
const LABS = 3
const TESTS = 50
const WARM_UP = 10
const PORT_BASE = 28441
const LIMIT_MS = 300
const LIMIT_ONCE_S = 3
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

await figure(import.meta.url, () =>
  inFolder(async (dir) => {
    const lab = await makeLab(dir)
    const places = [join(dir, 'data'), lab.certsDir]
    const flags = ['--data', places[0], '--certs', places[1], '--port-base', String(PORT_BASE)]
    const npm = ['start', '--silent', '--', '--once', ...flags]
    // The first makes what every later one finds.
    await timed('npm', npm)
    await startThree(places)
    const { three, nothing } = await inTurns(
      { three: () => startThree(places), nothing: () => timed(process.execPath, ['--eval', '0']) },
      { rounds: STARTS, warmUp: 1 },
    )
    const labs = []
    for (let run = 0; run < LABS; run++) labs.push((await timed('npm', npm)) / 1000)
    const tests = await connectivityTests(lab, dir)
    const row = (title, values, limit, unit, wish, notes) => {
      const { ours, peer, ...figures } = compareWithLimit(values, limit)
      return {
        title,
        ours: { what: 'ready after', value: ours, unit },
        peer: { what: 'limit', value: peer, unit },
        ...figures,
        ...wish,
        notes,
      }
    }
    return [
      row(
        'three servers in one process to ready, keys present',
        three.map(({ ready }) => ready),
        LIMIT_MS,
        'ms',
        { atMost: 1 },
        [
          `their modules are loaded after ${formatNumber(median(three.map(({ imported }) => imported)))} ms of it`,
          `the processor has then worked ${formatNumber(median(three.map(({ worked }) => worked)))} ms for it`,
          `a process that does nothing takes ${formatNumber(median(nothing))} ms from start to end`,
          `the process has then ${formatNumber(median(three.map(({ rss }) => rss)) / 1024 ** 2)} MiB`,
        ],
      ),
      row('npm start -- --once, keys present, built', labs, LIMIT_ONCE_S, 's', { atMost: 1 }, [
        'from the command to its end, with the build that npm start does first',
        `the connectivity test by itself, on a warm lab: ${formatNumber(median(tests))} ms, the median of ${TESTS}`,
      ]),
    ]
  }),
)

/** Milliseconds until a program has ended, which must be well. */
async function timed(program, args) {
  const started = performance.now()
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${[program, ...args].join(' ')} ended with exit code ${code}`)
  return performance.now() - started
}

async function startThree([dataDir, certsDir]) {
  const said = await startChild('three-servers', [], [dataDir, certsDir]).said()
  await endChildren()
  return said
}

async function connectivityTests(lab, dir) {
  const client = openClient(lab)
  const dataDir = join(dir, 'tests')
  const exchange = await startLabServer(lab, 'exchange', dataDir)
  const settings = { exchangeAutodiscoverUrl: `${exchange.url}/autodiscover/autodiscover.svc` }
  const lync = await startLabServer(lab, 'lync', dataDir, { config: { settings } })
  try {
    const [ken] = lab.lab.users
    for (const server of [exchange, lync]) await administer(client, server, 'POST', '/users', ken)
    const register = (server, identity, url) =>
      administer(client, server, 'POST', '/partner-applications', { identity, metadataUrl: url })
    await register(exchange, 'Lync', `${lync.url}/metadata/json/1`)
    await register(lync, 'Exchange', `${exchange.url}/autodiscover/metadata/json/1`)
    const milliseconds = []
    for (let run = 0; run < WARM_UP + TESTS; run++) {
      const started = performance.now()
      const input = { sipUri: ken.sip, deleteItem: true }
      const { passed, failure } = await administer(client, lync, 'POST', '/tests/storage-connectivity', input)
      if (!passed) throw new Error(JSON.stringify(failure))
      if (run >= WARM_UP) milliseconds.push(performance.now() - started)
    }
    return milliseconds
  } finally {
    await client.close()
    await endChildren()
  }
}
