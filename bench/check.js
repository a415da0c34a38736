/**
 * Holds the ratios that have a bound to it, and ends with exit code 1 where one is beyond. Only ratios of two sides that were
 * measured in turns have one, and it lies well away from what is usual. What is beyond is measured again, up to three times
 * in all: what is slower stays slower, what the machine did to it does not.
 */
import { describeRow } from './harness/figure.js'
import { runScript, scriptsWanted } from './harness/scripts.js'

const TRIES = 3
/** Those that have bounds. The others measure times by the clock, or what a machine has to spare. */
export const GATED = [
  'admit-again',
  'admit-many-partners',
  'admit-new',
  'call-out',
  'ews-create-item',
  'find-item',
  'guarded-route',
  'mint',
  'partner-memory',
  'token-endpoint',
]

const isBeyond = ({ ratio, floor, ceiling }) =>
  (floor !== undefined && ratio < floor) || (ceiling !== undefined && ratio > ceiling)
const named = process.argv.slice(2)
const wanted = named.length > 0 ? scriptsWanted(named) : GATED
for (const name of wanted) {
  let beyond = []
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const { rows, leftOut } = await runScript(name)
    if (leftOut !== undefined) process.stdout.write(`${name}: left out: ${leftOut}\n`)
    beyond = rows.filter(isBeyond)
    if (beyond.length === 0) break
  }
  for (const row of beyond) {
    const { floor, ceiling } = row
    const bound = floor === undefined ? `at most ${ceiling}` : `at least ${floor}`
    process.stdout.write(`${describeRow(row)}\n    BEYOND its bound: ${bound}, ${TRIES} times in a row\n`)
    process.exitCode = 1
  }
  if (beyond.length === 0) process.stdout.write(`${name}: within its bounds\n`)
}
