/** The part of docs/scale.md that is calculated from the figures. It stands between two marks there. */
import { formatNumber } from './figure.js'

const START = '<!-- from the figures -->'
const END = '<!-- end of the figures -->'
const MILLION = 1_000_000

/**
 * Each: a figure's script and the start of a row's title, and what follows from such a row: a line for each that there is.
 */
const LINES = [
  [
    'guarded-route',
    'Express route, HTTPS',
    ({ ours }) => [
      `requests a second on one core, HTTPS, each connection with its token: ${ours.what}`,
      formatNumber(ours.value),
    ],
  ],
  [
    'guarded-route',
    'Express route, plain, 500 tokens',
    ({ ours }) => [`the same in plain HTTP, tokens in rotation: ${ours.what}`, formatNumber(ours.value)],
  ],
  [
    'admit-new',
    'admit a nested user token',
    ({ ours }) => ['tokens never seen before, judged in a second of one core', formatNumber(ours.value)],
  ],
  [
    'mint',
    'mint a fresh actor token',
    ({ ours }) => ['actor tokens made in a second, one after the other', formatNumber(ours.value)],
  ],
  [
    'call-out',
    'user call out',
    ({ ours }) => ['calls for users, whose actor token is kept, made in a second', formatNumber(ours.value)],
  ],
  [
    'ews-create-item',
    'EWS CreateItem',
    ({ ours }) => ['items made in a second, each on disk before its answer', formatNumber(ours.value)],
  ],
  [
    'partner-memory',
    'memory per registered partner',
    ({ ours }) => [
      'memory for a million partners',
      `${formatNumber((ours.value * MILLION) / 1024 ** 3)} GiB`,
    ],
  ],
  [
    'admit-many-partners',
    'admit at 100,000',
    ({ ratio }) => ['speed of judging at 100,000 partners, of that at 10', ratio.toFixed(2)],
  ],
  [
    'refresh',
    'reading the keys',
    ({ ours }) => [
      'of one core for reading the keys of a million partners again, all day long',
      `${formatNumber(ours.value * 100)} %`,
    ],
  ],
]

/** `page` with the lines of this run. Throws where the marks are missing. */
export function withScaleLines(page, rows) {
  const [from, to] = [page.indexOf(START), page.indexOf(END)]
  if (from === -1 || to < from) throw new Error(`docs/scale.md has no ${START} … ${END}`)
  const lines = LINES.flatMap(([figure, title, say]) =>
    rows
      .filter((one) => one.figure === figure && one.title.startsWith(title))
      .map((row) => `| ${say(row).join(' | ')} | \`${figure}\` |`),
  )
  const table = ['| what follows | | figure |', '|---|---|---|', ...lines].join('\n')
  return `${page.slice(0, from + START.length)}\n${table}\n${page.slice(to)}`
}
