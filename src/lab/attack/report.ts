/** What an attack found, as JSON, JUnit XML and SARIF. Tokens appear in none of them: ids and hashes do. */
import { el, xmlDocument } from '../../products/xml.ts'
import { tokenHash } from '../../protocol/token-hash.ts'
import { isRefusal, type Result, type Salvo, type Shot } from './fire.ts'

export interface Attack extends Salvo {
  readonly url: string
  readonly method: string
  readonly audience: string
  readonly issuer: string
}

export type Counts = Readonly<Record<Result, number>>

export function countsOf(shots: readonly Shot[]): Counts {
  const counts = {
    refused: 0,
    accepted: 0,
    'got in': 0,
    'wrongly refused': 0,
    unanswered: 0,
    'left out': 0,
  } satisfies Counts
  for (const { result } of shots) counts[result]++
  return counts
}

/** What went wrong, in words that hold no token. */
export function findingsOf(shots: readonly Shot[]): Shot[] {
  return shots.filter(({ result }) => ['got in', 'wrongly refused', 'unanswered'].includes(result))
}

/** Refused, but for another reason than the vector is about: of endpoints that say theirs. */
export function otherReasonsOf(shots: readonly Shot[]): Shot[] {
  return shots.filter(
    ({ result, code, vector }) => result === 'refused' && code !== undefined && code !== vector.expect,
  )
}

/** What to know before believing the figures. */
export function remarksOn({ unprovoked, shots }: Attack): string[] {
  const open = unprovoked !== undefined && !isRefusal(unprovoked.status)
  const fired = shots.filter(({ result }) => result !== 'left out')
  return [
    ...(open
      ? [
          `without any token the endpoint answers ${unprovoked.status}: it is not guarded, or this is not its path`,
        ]
      : []),
    ...(fired.some(({ vector }) => vector.expect === 'accepted')
      ? []
      : ['no token that should be taken was presented: an endpoint that refuses everything passes too']),
    ...(countsOf(shots)['left out'] > 0
      ? [`${countsOf(shots)['left out']} vectors cannot stand in an HTTP header and were left out`]
      : []),
  ]
}

export function jsonReport(attack: Attack): string {
  const { url, method, audience, issuer, unprovoked, shots } = attack
  const report = {
    ...{ url, method, audience, issuer },
    withoutToken: unprovoked?.status,
    summary: countsOf(shots),
    remarks: remarksOn(attack),
    results: shots.map(({ vector: { id, what, from, expect, token }, ...shot }) => ({
      ...{ id, what, from, expect },
      ...shot,
      tokenSha256: tokenHash(token),
    })),
  }
  return JSON.stringify(report, undefined, 2)
}

/** What was seen, for a person. */
export function seenIn({ result, status, code, why }: Shot): string {
  const answer =
    status === undefined ? (why ?? 'no answer') : `HTTP ${status}${code === undefined ? '' : ` ${code}`}`
  return `${result}: ${answer}`
}

export function junitReport({ url, shots }: Attack): string {
  const counts = countsOf(shots)
  const totals = {
    tests: String(shots.length),
    failures: String(counts['got in'] + counts['wrongly refused']),
    errors: String(counts.unanswered),
    skipped: String(counts['left out']),
    time: seconds(shots.reduce((sum, { milliseconds }) => sum + milliseconds, 0)),
  }
  const cases = shots.map((shot) => {
    const { vector, result, milliseconds } = shot
    const attributes = {
      classname: `entente.attack.${groupOf(shot)}`,
      name: vector.id,
      time: seconds(milliseconds),
    }
    return el('testcase', attributes, problem(result, shot))
  })
  const name = `entente attack ${url}`
  const suite = el('testsuite', { name, ...totals }, ...cases)
  return xmlDocument(el('testsuites', { name, ...totals }, suite))
}

function problem(result: Result, shot: Shot) {
  const { what, from, expect, token } = shot.vector
  const message = seenIn(shot)
  const body = `${what} (${from}); expected ${expect}; token SHA-256 ${tokenHash(token)}`
  switch (result) {
    case 'got in':
    case 'wrongly refused':
      return el('failure', { message, type: result }, body)
    case 'unanswered':
      return el('error', { message, type: result }, body)
    case 'left out':
      return el('skipped', { message: 'no HTTP header can carry this token' })
    case 'refused':
    case 'accepted':
      return undefined
  }
}

function levelOf({ result, vector }: Shot): 'error' | 'warning' | 'note' {
  if (vector.isHouseRule) return 'note'
  return result === 'got in' ? 'error' : 'warning'
}

/** The part of an id before the slash. */
export function groupOf({ vector: { id } }: Shot): string {
  return id.split('/')[0] ?? id
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}

const SARIF_SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json'

/** SARIF 2.1.0: a rule for each vector that was found wanting, and a result for it. */
export function sarifReport({ url, shots }: Attack, version: string): string {
  const found = findingsOf(shots)
  const rules = found.map(({ vector: { id, what, from } }) => ({
    id,
    shortDescription: { text: what },
    fullDescription: { text: `${what} (${from})` },
  }))
  const results = found.map((shot, ruleIndex) => ({
    ruleId: shot.vector.id,
    ruleIndex,
    level: levelOf(shot),
    message: { text: `${seenIn(shot)}; expected ${shot.vector.expect}: ${shot.vector.what}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: url } } }],
    partialFingerprints: { 'vectorId/v1': shot.vector.id },
    properties: { tokenSha256: tokenHash(shot.vector.token), from: shot.vector.from },
  }))
  const tool = { driver: { name: 'entente attack', version, rules } }
  const executionSuccessful = countsOf(shots).unanswered === 0
  const run = { tool, invocations: [{ executionSuccessful }], results, columnKind: 'utf16CodeUnits' }
  return JSON.stringify({ $schema: SARIF_SCHEMA, version: '2.1.0', runs: [run] }, undefined, 2)
}
