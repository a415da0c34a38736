/**
 * The project as Stryker sees it: JavaScript, with types blanked out and every other character in its place. It would skip
 * whatever stands under `as` (`as const` tables among it), and the tests can be loaded without building anything.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { transformSync } from 'amaro'

/** Where it lies: within the project, so that packages are found as ever. */
export const STAGE = 'coverage/mutation'

const LEFT_OUT = ['test/mutation', 'test/scenarios', 'test/interop']
// What a change of the tests beside their own text would not tell Stryker.
const SHARED = /^test\/(support|vectors|mutation)\/|^src\/lab\//

/** Writes it anew. Results of an earlier run are kept as long as what all tests share is the same. */
export function stage() {
  for (const folder of ['src', 'test']) rmSync(join(STAGE, folder), { recursive: true, force: true })
  const shared = createHash('sha256')
  for (const file of [...filesIn('src'), ...filesIn('test')].sort()) {
    const bytes = readFileSync(file)
    if (SHARED.test(file) && !file.includes('/node_modules/')) shared.update(file).update(bytes)
    if (!LEFT_OUT.some((folder) => file.startsWith(`${folder}/`))) put(file, bytes)
  }
  writeFileSync(join(STAGE, 'package.json'), '{"type":"module"}')
  const now = shared.digest('hex')
  const kept = join(STAGE, 'shared.txt')
  const results = join(STAGE, 'incremental.json')
  if (!existsSync(kept) || readFileSync(kept, 'utf8') !== now) rmSync(results, { force: true })
  else if (existsSync(results)) writeFileSync(results, withoutSurvivors(readFileSync(results, 'utf8')))
  writeFileSync(kept, now)
}

// Whatever survived is tried again: a test that is new may notice it, and of tables Stryker does not see that.
function withoutSurvivors(results) {
  const report = JSON.parse(results)
  for (const file of Object.values(report.files))
    file.mutants = file.mutants.filter(({ status }) => ['Killed', 'Timeout', 'Ignored'].includes(status))
  return JSON.stringify(report)
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function put(file, bytes) {
  const isCode = file.endsWith('.ts')
  const place = join(STAGE, isCode ? file.replace(/ts$/, 'js') : file)
  mkdirSync(dirname(place), { recursive: true })
  writeFileSync(place, isCode ? withoutTypes(bytes.toString()) : bytes)
}

function withoutTypes(text) {
  const { code } = transformSync(text, { mode: 'strip-only' })
  return code.replace(/(\bfrom |\bimport\()'(\.[^']*)\.ts'/g, "$1'$2.js'")
}
