/** The words behind a cmdlet, read as PowerShell reads them: parameters with their values, then our own options. */
import { ConfigError } from '../server/config-error.ts'
import type { Cmdlet } from './cmdlets.ts'

/** What every cmdlet has: it says what would be called. */
export const EVERYWHERE = { WhatIf: '--what-if' }

/** A parameter with what was said of it. */
export interface Given {
  readonly parameter: Parameter
  /** Undefined for a switch. */
  readonly value?: string
  /** Whether it counts: a switch may be turned off. */
  readonly isOn: boolean
}

/** A parameter of a cmdlet, and what becomes of it here. */
export interface Parameter {
  readonly kind: 'value' | 'switch' | 'boolean' | 'quiet' | 'quiet value' | 'fixed' | 'absent'
  readonly name: string
  /** Our option; empty where it says the command, or names the object. Of `fixed` the word, of `absent` the reason. */
  readonly option: string
}

/**
 * The parameters of a cmdlet, which stand first, and what follows: our own options (--json, --data) and a pipe. Throws a
 * ConfigError for what no PowerShell would bind.
 */
export function readParameters(
  name: string,
  cmdlet: Cmdlet,
  words: readonly string[],
): { given: readonly Given[]; rest: readonly string[] } {
  const given: Given[] = []
  const waiting = [...words]
  for (
    let word = waiting[0];
    word !== undefined && !isOurs(cmdlet, word) && !isPipe(word);
    word = waiting[0]
  ) {
    waiting.shift()
    const last = given.at(-1)
    if (isTruth(word) && last !== undefined && isBareSwitch(last))
      throw new ConfigError(
        `${name}: -${last.parameter.name} is a switch, whose value follows a colon: '-${last.parameter.name}:${word}'; saw ${word} as a word of its own`,
      )
    const isBare = !word.startsWith('-')
    // The value of the positional parameter, then, whatever it is.
    if (isBare) waiting.unshift(word)
    const [written, inline] = isBare ? [positionalOf(name, cmdlet, word), undefined] : splitParameter(word)
    const parameter = findParameter(name, cmdlet, written)
    const one = isSwitch(parameter)
      ? readSwitch(name, parameter, inline, waiting)
      : { parameter, value: readValue(name, cmdlet, parameter, inline, waiting), isOn: true }
    refuseTwice(name, given, one, word)
    given.push(one)
  }
  return { given, rest: waiting }
}

function isOurs(cmdlet: Cmdlet, word: string): boolean {
  return word.startsWith('--') || isHelp(cmdlet, word)
}

/** Whether help is wanted, as we or PowerShell have it. Where a parameter begins so, `-h` is short for that. */
export function isHelp(cmdlet: Cmdlet, word: string): boolean {
  if (word === '-h') return !parametersOf(cmdlet).some(({ name }) => /^h/i.test(name))
  return word === '--help' || word === '-?'
}

/** Whether a word begins a pipe, where it is nobody's value. */
export function isPipe(word: string): boolean {
  return word.trimStart().startsWith('|')
}

function isSwitch({ kind }: Parameter): boolean {
  return kind === 'switch' || kind === 'quiet'
}

function isBareSwitch({ parameter, value }: Given): boolean {
  return isSwitch(parameter) && value === undefined
}

// As PowerShell writes them, and as it hands them to other programs.
function isTruth(word: string): boolean {
  return /^\$?(true|false)$/i.test(word)
}

function positionalOf(name: string, { positional }: Cmdlet, word: string): string {
  if (positional !== '') return positional
  throw new ConfigError(`${name}: expected a parameter, saw ${word}`)
}

// `-Name` or `-Name:value`.
function splitParameter(word: string): [string, string | undefined] {
  const colon = word.indexOf(':')
  return colon === -1 ? [word.slice(1), undefined] : [word.slice(1, colon), word.slice(colon + 1)]
}

// Its value is behind a colon, and may be the next word then. Where it has no effect, a shell may have eaten it.
function readSwitch(
  name: string,
  parameter: Parameter,
  inline: string | undefined,
  waiting: string[],
): Given {
  if (inline === undefined) return { parameter, isOn: true }
  const isNext = inline === '' && waiting[0] !== undefined && isTruth(waiting[0])
  const value = isNext ? (waiting.shift() ?? '') : inline
  if (value === '' && parameter.kind === 'quiet') return { parameter, value, isOn: false }
  return { parameter, value, isOn: truth(name, parameter.name, value) }
}

function readValue(
  name: string,
  cmdlet: Cmdlet,
  parameter: Parameter,
  inline: string | undefined,
  waiting: string[],
): string {
  const next = waiting[0]
  const isMissing = next === undefined || isOurs(cmdlet, next) || isParameterOf(cmdlet, next)
  if ((inline ?? '') === '' && isMissing)
    throw new ConfigError(
      `${name}: -${parameter.name} needs a value${next === undefined ? '' : `, saw ${next}`}`,
    )
  let value = (inline ?? '') === '' ? (waiting.shift() ?? '') : (inline ?? '')
  // A list with blanks behind its commas is several words to a shell.
  while (value.endsWith(',') && waiting[0] !== undefined && !isParameterOf(cmdlet, waiting[0]))
    value += waiting.shift()
  return checked(name, cmdlet, parameter, value)
}

function checked(name: string, cmdlet: Cmdlet, parameter: Parameter, value: string): string {
  if (parameter.kind === 'boolean') return String(truth(name, parameter.name, value))
  const known = parameter.kind === 'fixed' ? [parameter.option] : cmdlet.choices?.[parameter.name]
  if (known === undefined) return value
  const choose = (word: string) => {
    const wanted = word
      .trim()
      .replace(/^(["'])(.*)\1$/s, '$2')
      .toLowerCase()
    const found = known.find((one) => one.toLowerCase() === wanted)
    if (found !== undefined) return found
    throw new ConfigError(
      `${name}: -${parameter.name}: expected ${known.length === 1 ? '' : 'one of '}${known.join(', ')}, saw ${word}`,
    )
  }
  return value.split(',').map(choose).join(',')
}

function refuseTwice(name: string, given: readonly Given[], { parameter, value }: Given, word: string): void {
  const { kind, name: own, option } = parameter
  const before = given.find(
    (one) =>
      one.parameter.name === own || (kind === 'value' && option !== '' && one.parameter.option === option),
  )
  if (before === undefined) return
  const saw = word.startsWith('-') ? `-${own} ${value ?? ''}`.trim() : word
  const stood = `-${before.parameter.name}${before.value === undefined ? '' : ` ${before.value}`}`
  throw new ConfigError(`${name}: -${own} is there twice: saw ${saw} after ${stood}`)
}

// Names count without regard to case, and a beginning that only one parameter has is enough, as in PowerShell.
function findParameter(cmdletName: string, cmdlet: Cmdlet, given: string): Parameter {
  const all = parametersOf(cmdlet)
  const lower = given.toLowerCase()
  const exact = all.find(({ name }) => name.toLowerCase() === lower)
  const beginning = lower === '' ? [] : all.filter(({ name }) => name.toLowerCase().startsWith(lower))
  const [found, ...others] = exact === undefined ? beginning : [exact]
  if (found?.kind === 'absent' && others.length === 0)
    throw new ConfigError(`${cmdletName}: -${found.name} is not here: ${found.option}`)
  if (found !== undefined && others.length === 0) return found
  const names = all.filter(({ kind }) => kind !== 'absent').map(({ name }) => `-${name}`)
  throw new ConfigError(
    `${cmdletName}: -${given} is ${found === undefined ? 'not a parameter here' : 'ambiguous'}; expected one of ${names.join(', ')}`,
  )
}

/** All parameters that a cmdlet has, in the order in which messages name them. */
export function parametersOf(cmdlet: Cmdlet): Parameter[] {
  const { values, switches = {}, instead = {}, actions = {}, booleans = {}, fixed = {}, absent = {} } = cmdlet
  const commands = [...Object.keys(instead), ...Object.keys(actions).filter((name) => !(name in values))]
  return [
    ...rows('value', values),
    ...rows('switch', switches),
    ...commands.map((name) => ({ kind: 'switch' as const, name, option: '' })),
    ...rows('switch', EVERYWHERE),
    ...rows('boolean', booleans),
    ...rows('fixed', fixed),
    ...(cmdlet.quiet ?? []).map((name) => ({ kind: 'quiet' as const, name, option: '' })),
    ...(cmdlet.quietValues ?? []).map((name) => ({ kind: 'quiet value' as const, name, option: '' })),
    ...rows('absent', absent),
  ]
}

function isParameterOf(cmdlet: Cmdlet, word: string): boolean {
  const [named = ''] = word.split(':')
  return parametersOf(cmdlet).some(({ name }) => `-${name}`.toLowerCase() === named.toLowerCase())
}

function rows(kind: Parameter['kind'], table: Readonly<Record<string, string>>): Parameter[] {
  return Object.entries(table).map(([name, option]) => ({ kind, name, option }))
}

function truth(cmdlet: string, parameter: string, value: string): boolean {
  const lower = value.toLowerCase().replace(/^\$/, '')
  if (lower === 'true' || lower === '1') return true
  if (lower === 'false' || lower === '0') return false
  throw new ConfigError(
    `${cmdlet}: -${parameter}: expected $true or $false (quoted, so that the shell leaves it alone), saw "${value}"`,
  )
}
