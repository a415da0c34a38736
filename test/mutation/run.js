/**
 * `npm run mutation`: mutates the validator, writes the scores into docs/mutation.md, and fails unless that page lists just the
 * mutants that survive. With `--check-only` it looks at the last run again. Other arguments are Stryker's.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { STAGE, stage } from './stage.js'
import { listedIn, readReport, without, withScores } from './survivors.js'

const PAGE = 'docs/mutation.md'
const args = process.argv.slice(2)
const isCheck = args.includes('--check-only')
const here = (path) => fileURLToPath(new URL(path, import.meta.url))

if (!isCheck) {
  stage()
  const stryker = here('node_modules/@stryker-mutator/core/bin/stryker.js')
  // What is src/protocol/jws.ts to us is src/protocol/jws.js to Stryker.
  const theirs = args.map((arg) => arg.replaceAll('.ts', '.js'))
  const ran = spawnSync(process.execPath, [stryker, 'run', here('stryker.config.js'), ...theirs], {
    cwd: STAGE,
    stdio: 'inherit',
  })
  if (ran.status !== 0) process.exit(ran.status ?? 1)
}

const kept = join(STAGE, 'report.json')
if (!existsSync(kept)) {
  console.error(`There is no report to look at: npm run mutation writes ${kept}.`)
  process.exit(2)
}
const files = readReport(JSON.parse(readFileSync(kept, 'utf8')), (file) => readFileSync(file, 'utf8'))
const page = readFileSync(PAGE, 'utf8')
const survivors = files.flatMap((file) => file.survivors)
const problems = [
  ['survive, and are not explained', without(survivors, listedIn(page))],
  // Of some files only: what the others are about is not known.
  [
    'are explained, and do not survive',
    args.length > 0 && !isCheck ? [] : without(listedIn(page), survivors),
  ],
  ['could not be tried', files.flatMap((file) => file.failed)],
].filter(([, mutants]) => mutants.length > 0)

for (const [what, mutants] of problems)
  console.log(`\n${mutants.length} mutants ${what}:\n\n${mutants.join('\n')}`)
if (args.length === 0) writeFileSync(PAGE, withScores(page, files))
if (problems.length > 0) {
  console.log(`\n${PAGE} lists the mutants that survive, with the reason, in blocks of kind diff.`)
  process.exit(1)
}
console.log(`${PAGE} explains all ${survivors.length} mutants that survive.`)
