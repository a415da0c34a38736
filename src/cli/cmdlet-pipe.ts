/** What stands behind a cmdlet's bar: the format of the result, and no other cmdlet. */
import { ConfigError } from '../server/config-error.ts'
import { isPipe } from './read-cmdlet.ts'

/** `| fl Name,Role`, as one word or several, since a shell must not see the bar: how the result is to be shown. */
export function takePipe(
  name: string,
  words: readonly string[],
): { ours: readonly string[]; format: string[] } {
  // Among options of ours, whose values are anything, it is one only if it names a format.
  const bar = words.findIndex((word, i) => isPipe(word) && (i === 0 || FORMATS[filterOf(words.slice(i))]))
  if (bar === -1) return { ours: words, format: [] }
  const after = words.slice(bar)
  const next = after.findIndex((word) => word.startsWith('--')) // our own options may follow here too
  const piped = next === -1 ? after : after.slice(0, next)
  const [filter = '', ...select] = partsOf(piped)
  const option = FORMATS[filterOf(piped)]
  if (option === undefined)
    throw new ConfigError(`${name}: | ${filter}: expected one of ${Object.keys(FORMATS).join(', ')}`)
  const wanted = select.filter((word) => word !== '')
  return {
    ours: [...words.slice(0, bar), ...after.slice(piped.length)],
    format: [...option, ...(wanted.length === 0 ? [] : ['--select', wanted.join(',')])],
  }
}

function partsOf(piped: readonly string[]): string[] {
  return piped
    .join(' ')
    .replace('|', ' ')
    .trim()
    .split(/[\s,]+/)
}

function filterOf(piped: readonly string[]): string {
  return partsOf(piped)[0]?.toLowerCase() ?? ''
}

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  fl: ['--list'],
  'format-list': ['--list'],
  ft: [],
  'format-table': [],
  'convertto-json': ['--json'],
}
