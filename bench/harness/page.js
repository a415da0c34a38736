/** docs/performance.md: what all figures came to, as a table for people. */
import { formatNumber, isReached, wanted } from './figure.js'

const HEAD = `# Performance

Written by \`npm run bench\`, which measures everything anew on the machine it runs on: two sides of a ratio in turns, several
rounds, the median of the rounds. *Spread* is the lowest and the highest ratio of a round. Absolute numbers are of one machine
on one day; ratios travel. No figure decides a test; \`npm run bench:check\` holds some ratios to generous bounds.

A line's script is its name under [bench/figures](../bench/figures); \`npm run bench -- <name>\` runs it alone. The
peers are pinned in [bench/package.json](../bench/package.json), unmodified, with the best settings that they document.
What follows from these figures for larger installations is in [scale.md](scale.md).
`

export function performancePage({ machine, seconds, results }) {
  const rows = results.flatMap((result) => result.rows)
  const judged = rows.filter((row) => isReached(row) !== undefined)
  const others = rows.filter((row) => isReached(row) === undefined)
  const left = results.filter(({ leftOut }) => leftOut !== undefined)
  const notes = rows.filter((row) => (row.notes ?? []).length > 0)
  return [
    HEAD,
    `## The machine\n\n${machineLines(machine, seconds)}\n`,
    `## What was to be reached\n\n${table(judged)}\n`,
    ...(others.length > 0 ? [`## For comparison\n\n${table(others)}\n`] : []),
    ...(left.length > 0
      ? [
          `## Left out\n\n${left.map(({ script, leftOut }) => `- \`${script}\`: ${cell(leftOut)}`).join('\n')}\n`,
        ]
      : []),
    `## Notes\n\n${notes.map(noteLines).join('\n')}\n`,
  ].join('\n')
}

function machineLines(machine, seconds) {
  const { processor, cores, memory, system, node, openssl, v8, load, date } = machine
  return [
    `- ${processor}, ${cores} cores seen, ${memory}, ${system}`,
    `- Node ${node}, OpenSSL ${openssl}, V8 ${v8}`,
    `- ${date}; load before the start ${load.toFixed(1)}; all figures in ${(seconds / 60).toFixed(1)} min`,
  ].join('\n')
}

function table(rows) {
  const lines = rows.map((row) => {
    const { figure, title, ours, peer, ratio, lowest, highest } = row
    const verdict = { true: 'yes', false: '**no**', undefined: '' }[String(isReached(row))]
    const cells = [
      `${title} (\`${figure}\`)`,
      side(ours),
      side(peer),
      ratio.toFixed(2),
      wanted(row),
      verdict,
      `${lowest.toFixed(2)}–${highest.toFixed(2)}`,
    ]
    return `| ${cells.map(cell).join(' | ')} |`
  })
  return `| figure | ours | peer or limit | ratio | wanted | reached | spread |\n|---|---|---|---|---|---|---|\n${lines.join('\n')}`
}

function side({ what, value, unit }) {
  return `${what}: ${formatNumber(value)} ${unit}`
}

function noteLines({ figure, title, notes }) {
  return `- ${title} (\`${figure}\`): ${notes.map(cell).join('; ')}`
}

function cell(text) {
  return String(text).replaceAll('|', '\\|').replaceAll('\n', ' ')
}
