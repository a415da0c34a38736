/**
 * Runs the figures, prints them, and writes docs/performance.md and the figures of docs/scale.md when all were run.
 * `node bench/run.js admit-new mint` runs some, `--json` prints everything as JSON. A figure that failed is the exit code 1;
 * one that did not reach what was hoped for is not: no figure decides.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { describeRow } from './harness/figure.js'
import { describeMachine } from './harness/machine.js'
import { performancePage } from './harness/page.js'
import { withScaleLines } from './harness/scale.js'
import { runScript, scriptNames, scriptsWanted } from './harness/scripts.js'

const args = process.argv.slice(2)
const asJson = args.includes('--json')
const wanted = scriptsWanted(args)
const machine = describeMachine()
const started = performance.now()
const results = []
for (const name of wanted) {
  const began = performance.now()
  try {
    results.push(await runScript(name))
  } catch (error) {
    results.push({ script: name, rows: [], leftOut: error.message })
    process.exitCode = 1
  }
  const { rows, leftOut } = results.at(-1)
  if (asJson) continue
  process.stdout.write(`${name} (${((performance.now() - began) / 1000).toFixed(0)} s)\n`)
  for (const row of rows) process.stdout.write(`${describeRow(row)}\n`)
  if (leftOut !== undefined) process.stdout.write(`    left out: ${leftOut}\n`)
}
const seconds = (performance.now() - started) / 1000
if (asJson) process.stdout.write(`${JSON.stringify({ machine, seconds, results }, undefined, 2)}\n`)
if (wanted.length === scriptNames().length) {
  const docs = new URL('../docs/', import.meta.url)
  writeFileSync(new URL('performance.md', docs), performancePage({ machine, seconds, results }))
  const scale = new URL('scale.md', docs)
  const rows = results.flatMap((result) => result.rows)
  writeFileSync(scale, withScaleLines(readFileSync(scale, 'utf8'), rows))
  if (!asJson)
    process.stdout.write(
      `docs/performance.md and the figures in docs/scale.md written after ${(seconds / 60).toFixed(1)} min\n`,
    )
}
