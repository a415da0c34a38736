/**
 * Reading the auth metadata documents of 10,000 partners again, from hosts in another process: each over TLS on a connection of
 * its own, as the program does it, at most so many at once, every record on disk. Half of the hosts say that nothing is new,
 * half answer with the document. Counted is the processor's time of the process that reads; from it follows the share that a
 * day of refreshes takes.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openOutbound } from '../../dist/http/outbound.js'
import { ensureLabCertificates } from '../../dist/lab/certificates.js'
import { writeFullDocument } from '../../dist/protocol/auth-document.js'
import { machine } from '../../dist/server/ambient.js'
import { openSqlite } from '../../dist/storage/sqlite.js'
import { DEFAULT_REFRESH } from '../../dist/trust/refresh-policy.js'
import { openRefresher } from '../../dist/trust/refresher.js'
import { openPartners } from '../../dist/trust/register.js'
import { endChildren, startChild } from '../harness/children.js'
import { figure, formatNumber } from '../harness/figure.js'
import { inFolder } from '../harness/lab.js'
import { openKeyMaker } from '../harness/many-partners.js'
import { openWorld } from '../harness/ours.js'
import { certificateOf, fillPartners, hostOf, registrationOf } from '../harness/partner-store.js'
import { compareWithLimit, median } from '../harness/turns.js'

const PARTNERS = 10_000
/** Refreshes in one round: the sweep of all is cut into parts, so that there is a spread to see. */
const ROUND = 1_000
const DAY = 86_400
const MINUTE = 60
const LIMIT_PERCENT = 5

await figure(import.meta.url, () =>
  inFolder(async (dir) => {
    const { self, now: start } = await openWorld()
    const keys = await openKeyMaker(PARTNERS, start)
    const path = join(dir, 'entente.sqlite')
    await fillPartners(path, keys, PARTNERS, start)
    const certsDir = join(dir, 'certs')
    const wanted = { name: 'hosts', hosts: ['*.partners.example'], oauthSubject: 'CN=partner.example' }
    await ensureLabCertificates(certsDir, [wanted], start)
    const file = (name) => join(certsDir, `${name}.pem`)
    const numbers = Array.from({ length: PARTNERS }, (_, number) => number)
    const documents = numbers
      .filter((number) => number % 2 === 1)
      .map((number) => documentOf(keys, number, start))
    const hosts = startChild('partner-hosts')
    const { port } = await hosts.ask({
      tls: { key: file('hosts-tls-key'), certificate: file('hosts-tls') },
      documents,
    })
    const names = numbers.map(hostOf)
    const outbound = openOutbound({
      ca: readFileSync(file('ca'), 'utf8'),
      routes: new Map(names.map((name) => [name, { address: '127.0.0.1', port }])),
      guard: { allow: names, resolve: machine.resolve },
    })
    const storage = await openSqlite(path)
    let now = start
    let flying = 0
    let most = 0
    const counted = async (...args) => {
      most = Math.max(most, ++flying)
      try {
        return await outbound.download(...args)
      } finally {
        flying--
      }
    }
    const partners = await openPartners({
      ...{ store: storage.partners, now: () => now, self, download: counted },
    })
    const failures = []
    const refresher = openRefresher({
      partners: { ...partners, list: () => turn },
      clock: { now: () => now, at: () => () => undefined, every: () => () => undefined },
      policy: DEFAULT_REFRESH,
      onRefresh: (_, what) => failures.push(what),
    })
    let turn = []
    try {
      now = start + DAY / 2
      const rates = []
      const each = []
      const all = partners.list()
      for (let from = 0; from < PARTNERS; from += ROUND) {
        turn = all.slice(from, from + ROUND)
        const began = performance.now()
        const before = process.cpuUsage()
        await refresher.sweep()
        const { user, system } = process.cpuUsage(before)
        each.push((user + system) / 1e6 / ROUND)
        rates.push((ROUND / (performance.now() - began)) * 1000)
      }
      if (failures.length > 0) throw new Error(`${failures.length} refreshes failed: ${failures[0]}`)
      // What a sweep costs in which nobody's turn has come.
      turn = partners.list()
      const before = process.cpuUsage()
      await refresher.sweep()
      const { user, system } = process.cpuUsage(before)
      const next = partners.list().map(({ refresh }) => refresh.nextAt)
      const perDay = next.reduce((sum, at) => sum + DAY / (at - now), 0)
      const sweeps = ((user + system) / 1e6) * (DAY / MINUTE)
      const shares = each.map((seconds) => ((seconds * perDay + sweeps) / DAY) * 100)
      const { ours, peer, ...figures } = compareWithLimit(shares, LIMIT_PERCENT)
      return [
        {
          title: `reading the keys of ${PARTNERS.toLocaleString('en-US')} partners again, all day long`,
          ours: { what: 'of one core', value: ours, unit: '%' },
          peer: { what: 'of one core', value: peer, unit: '%' },
          ...figures,
          notes: [
            `${formatNumber(median(each) * 1000)} ms of the processor for each, ${formatNumber(perDay)} a day`,
            `${formatNumber(median(rates))} in a second when all are due at once, ${most} at a time at the most`,
            `afterwards jitter has spread them over ${formatNumber((Math.max(...next) - Math.min(...next)) / MINUTE)} minutes, at most ${mostInAMinute(next)} in one`,
            `a sweep in which nobody's turn has come takes ${formatNumber((user + system) / 1e3)} ms`,
          ],
        },
      ]
    } finally {
      refresher.close()
      await outbound.close()
      await storage.close()
      await endChildren()
    }
  }),
)

function documentOf(keys, number, now) {
  const { application, source } = registrationOf(number, [], now)
  const certificates = [certificateOf(keys.certificate(number).der)]
  const published = {
    name: `partner-${number}`,
    application,
    documentId: String(number),
    location: source.url,
  }
  return [hostOf(number), JSON.stringify(writeFullDocument({ ...published, certificates }))]
}

function mostInAMinute(moments) {
  const counts = new Map()
  for (const at of moments) {
    const minute = Math.floor(at / MINUTE)
    counts.set(minute, (counts.get(minute) ?? 0) + 1)
  }
  return Math.max(...counts.values())
}
