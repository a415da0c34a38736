/**
 * Alert rules as they stand in docs/operations/alerts.yml, evaluated in the small part of Prometheus' language that they use:
 * a selector, `increase` of one over a range, a comparison with a number, and `for`.
 */
import { readFileSync } from 'node:fs'

export interface Rule {
  readonly alert: string
  readonly expr: string
  /** Seconds. */
  readonly for: number
}

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What was scraped at one moment. */
export interface Scrape {
  readonly at: number
  readonly samples: readonly Sample[]
}

export function readRules(file: string): Rule[] {
  const rules = readFileSync(file, 'utf8')
    .split(/^ {6}- alert: /m)
    .slice(1)
  return rules.map((text) => {
    const [alert = ''] = text.split('\n')
    const [, expr] = /^ {8}expr: (.+)$/m.exec(text) ?? []
    const [, wait] = /^ {8}for: (\S+)$/m.exec(text) ?? []
    if (expr === undefined) throw new Error(`${alert} has no expr`)
    return { alert, expr, for: wait === undefined ? 0 : secondsOf(wait) }
  })
}

/** The text format of Prometheus; every line must be one that it has. */
export function readSamples(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      if (name === undefined || Number.isNaN(Number(value))) throw new Error(`no sample: ${line}`)
      const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)]
      return { name, labels: Object.fromEntries(pairs.map(([, key, to]) => [key, to])), value: Number(value) }
    })
}

const EXPRESSION =
  /^(?:(increase)\()?([a-z_]+)(?:\{([^}]*)\})?(?:\[([0-9]+[smhd])\]\))? (==|!=|<=|>=|<|>) (-?[0-9.]+)$/

/** The series for which a rule fires at the last scrape. */
export function firing(rule: Rule, scrapes: readonly Scrape[]): Sample[] {
  const last = scrapes.at(-1)
  if (last === undefined) return []
  return holding(rule, scrapes).filter((sample) => {
    if (rule.for === 0) return true
    // It has to have held in every scrape since so long ago, and there has to be one from then.
    const since = scrapes.filter(({ at }) => at >= last.at - rule.for)
    const first = scrapes.findLastIndex(({ at }) => at <= last.at - rule.for)
    if (first === -1) return false
    return [scrapes[first]!, ...since].every((scrape) =>
      holding(rule, scrapes.slice(0, scrapes.indexOf(scrape) + 1)).some(
        (one) => keyOf(one) === keyOf(sample),
      ),
    )
  })
}

function holding({ alert, expr }: Rule, scrapes: readonly Scrape[]): Sample[] {
  const [, increase, name, matchers = '', range, operator = '', limit] = EXPRESSION.exec(expr) ?? []
  const last = scrapes.at(-1)
  if (name === undefined || last === undefined) throw new Error(`${alert} is not understood here: ${expr}`)
  const select = ({ samples }: Scrape) => samples.filter((one) => one.name === name && matches(matchers, one))
  const values =
    increase === undefined ? select(last) : increases(scrapes, last.at - secondsOf(range ?? ''), select)
  return values.filter(({ value }) => COMPARE[operator]!(value, Number(limit)))
}

function increases(scrapes: readonly Scrape[], from: number, select: (scrape: Scrape) => Sample[]): Sample[] {
  const within = scrapes.filter(({ at }) => at >= from)
  return select(within.at(-1)!).map((sample) => {
    // As Prometheus has it: what a series began with is no rise, so a counter has to be there before it counts.
    const first = within.flatMap(select).find((one) => keyOf(one) === keyOf(sample))
    return { ...sample, value: sample.value - (first?.value ?? sample.value) }
  })
}

const COMPARE: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  '==': (one, other) => one === other,
  '!=': (one, other) => one !== other,
  '<': (one, other) => one < other,
  '>': (one, other) => one > other,
  '<=': (one, other) => one <= other,
  '>=': (one, other) => one >= other,
}

function matches(matchers: string, { labels }: Sample): boolean {
  return [...matchers.matchAll(/([a-z_]+)(=|!=)"([^"]*)"/g)].every(
    ([, name = '', operator, value]) => (labels[name] === value) === (operator === '='),
  )
}

function keyOf({ name, labels }: Sample): string {
  return `${name} ${JSON.stringify(Object.entries(labels).sort())}`
}

function secondsOf(text: string): number {
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }
  const [, count, unit = 's'] = /^([0-9]+)([smhd])$/.exec(text) ?? []
  if (count === undefined) throw new Error(`no duration: ${text}`)
  return Number(count) * units[unit]!
}
