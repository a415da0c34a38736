/**
 * A mutant as docs/mutation.md names it: by the lines it stands on, before and after, and not by their number, so that it is
 * found again when the code around it changes.
 */
const LONGEST = 160

/** What a report of Stryker's says of the mutants of each file. `sourceOf` gives the source that they are shown in. */
export function readReport(report, sourceOf) {
  return Object.entries(report.files)
    .map(([staged, { mutants }]) => {
      const file = staged.replace(/js$/, 'ts')
      const lines = sourceOf(file).split('\n')
      const ofStatus = (...statuses) => mutants.filter(({ status }) => statuses.includes(status))
      return {
        file,
        noticed: ofStatus('Killed', 'Timeout').length,
        ignored: ofStatus('Ignored').length,
        failed: ofStatus('RuntimeError', 'CompileError', 'Pending').map((mutant) =>
          shown(file, lines, mutant),
        ),
        survivors: ofStatus('Survived', 'NoCoverage').map((mutant) => shown(file, lines, mutant)),
      }
    })
    .sort((a, b) => (a.file < b.file ? -1 : 1))
}

function shown(file, lines, { mutatorName, replacement, location: { start, end } }) {
  const touched = lines.slice(start.line - 1, end.line)
  const before = touched[0].slice(0, start.column - 1)
  const after = touched.at(-1).slice(end.column - 1)
  return [
    `@@ ${file} ${mutatorName} @@`,
    `-${brief(touched.join('\n'))}`,
    `+${brief(`${before}${replacement}${after}`)}`,
  ].join('\n')
}

function brief(code) {
  const line = code.replace(/\s+/g, ' ').trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST)} …` : line
}

/** The mutants in a page's blocks of kind `diff`. One that is there twice is listed twice. */
export function listedIn(page) {
  const blocks = [...page.matchAll(/^```diff\n([\s\S]*?)^```$/gm)].map((match) => match[1])
  return blocks.flatMap((block) => block.match(/^@@ .* @@\n-.*\n\+.*$/gm) ?? [])
}

/** What is in `some` and not in `others`, counting what is there several times. */
export function without(some, others) {
  const left = [...others]
  return some.filter((one) => {
    const at = left.indexOf(one)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

const [BEGIN, END] = ['<!-- written by npm run mutation -->', '<!-- as far as here -->']

/** The page with the table of scores as `files` have it. */
export function withScores(page, files) {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin)
    throw new Error(`docs/mutation.md has no place for the scores: ${BEGIN} … ${END}`)
  const sum = (of) => files.reduce((total, file) => total + of(file), 0)
  const row = (name, noticed, surviving) => {
    const all = noticed + surviving
    return `| ${name} | ${all} | ${noticed} | ${surviving} | ${all === 0 ? '' : `${((noticed / all) * 100).toFixed(1)} %`} |`
  }
  const rows = files
    .filter(({ noticed, survivors }) => noticed + survivors.length > 0)
    .map(({ file, noticed, survivors }) => row(`[${file}](../${file})`, noticed, survivors.length))
  const total = row(
    'all',
    sum(({ noticed }) => noticed),
    sum(({ survivors }) => survivors.length),
  )
  const table = [
    '| file | mutants | noticed | survive, explained below | score |',
    '|---|---|---|---|---|',
    ...rows,
    total,
  ]
  const ignored = `Left out as text for people: ${sum((file) => file.ignored)} titles of refusals.`
  return `${page.slice(0, begin)}${BEGIN}\n\n${table.join('\n')}\n\n${ignored}\n\n${page.slice(end)}`
}
