/**
 * One figure: a script that measures, prints what came out, and says it as JSON with `--json`. Its rows:
 *
 * `title`, what is measured; `ours` and `peer`, `{ what, value, unit }` each; `ratio` with `lowest` and `highest` over the
 * `rounds`; `atLeast` or `atMost`, what the ratio is to be, absent where it only informs; `floor` or `ceiling`, what
 * `npm run bench:check` holds it to; `notes`, a line each.
 */
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Thrown by a script that cannot measure here, with the reason. */
export class LeftOut extends Error {
  name = 'LeftOut'
}

/** Runs a script's measurement and prints its rows. `metaUrl` is the script's own `import.meta.url`. */
export async function figure(metaUrl, measure) {
  const script = basename(fileURLToPath(metaUrl), '.js')
  const asJson = process.argv.includes('--json')
  try {
    const rows = (await measure()).map((row) => ({ figure: script, ...row }))
    if (asJson) process.stdout.write(`${JSON.stringify({ script, rows })}\n`)
    else for (const row of rows) process.stdout.write(`${describeRow(row)}\n`)
  } catch (error) {
    if (!(error instanceof LeftOut)) throw error
    if (asJson) process.stdout.write(`${JSON.stringify({ script, rows: [], leftOut: error.message })}\n`)
    else process.stdout.write(`${script}: left out: ${error.message}\n`)
  }
}

/** Three digits that count, thousands set apart. */
export function formatNumber(value) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))
  return Number(value).toLocaleString('en-US', {
    maximumFractionDigits: Math.min(digits, 3),
    maximumSignificantDigits: value >= 100 ? Math.max(3, String(Math.round(value)).length - 2) : 3,
  })
}

/** What the ratio is to be, in words. */
export function wanted({ atLeast, atMost }) {
  if (atLeast !== undefined) return `at least ${atLeast}`
  return atMost === undefined ? '' : `at most ${atMost}`
}

/** Undefined where nothing is wanted. */
export function isReached({ ratio, atLeast, atMost }) {
  if (atLeast !== undefined) return ratio >= atLeast
  return atMost === undefined ? undefined : ratio <= atMost
}

/** A row for a person. */
export function describeRow(row) {
  const { title, ours, peer, ratio, lowest, highest, rounds, notes = [] } = row
  const side = ({ what, value, unit }) => `${what} ${formatNumber(value)} ${unit}`
  const verdict = { true: ', reached', false: ', NOT reached', undefined: '' }[String(isReached(row))]
  return [
    title,
    `    ${side(ours)} ÷ ${side(peer)}`,
    `    ratio ${ratio.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)} in ${rounds} rounds)  ${wanted(row)}${verdict}`,
    ...notes.map((note) => `    ${note}`),
  ].join('\n')
}
