/** Cmdlets as a person types them, read as PowerShell reads them and turned into our own commands. */
import { ConfigError } from '../server/config-error.ts'
import { CMDLETS, type Cmdlet } from './cmdlets.ts'

// Says what would be called.
const EVERYWHERE = { WhatIf: '--what-if' }

/** `Test-CsExStorageConnectivity -SipUri "sip:…" -DeleteItem` as our own words; anything else as it is. Throws a ConfigError. */
export function translateCmdlet(args: readonly string[]): string[] {
  const [typed = '', ...words] = args
  const first = typed.replace(/^\.[\\/]/, '').replace(/\.ps1$/i, '')
  const name = Object.keys(CMDLETS).find((cmdlet) => cmdlet.toLowerCase() === first.toLowerCase())
  const cmdlet = name === undefined ? undefined : CMDLETS[name]
  if (name === undefined || cmdlet === undefined) return [...args]
  const { given, rest } = readParameters(name, cmdlet, words)
  if (rest.some((word) => isHelp(cmdlet, word))) return [...cmdlet.command, '--help']
  const { ours, format } = takePipe(name, rest)
  const command = commandOf(name, cmdlet, given)
  const argument = argumentOf(name, cmdlet, given)
  // Only a date that is near wants to be confirmed.
  const counting = given.filter(({ parameter }) => parameter.name !== 'Force' || command[1] === 'stage')
  const options = counting.flatMap((one) => optionOf(cmdlet, one))
  if (cmdlet.all !== undefined) {
    if (argument === undefined) return [...cmdlet.all, ...options, ...ours, ...format]
    refuseNarrowing(name, cmdlet, given)
  }
  if (command[1] === 'set') refuseNoChange(name, cmdlet, [...options, ...ours])
  return [...command, ...(argument === undefined ? [] : [argument]), ...options, ...ours, ...format]
}

/** A parameter with what was said of it. */
interface Given {
  readonly parameter: Parameter
  /** Undefined for a switch. */
  readonly value?: string
  /** Whether it counts: a switch may be turned off. */
  readonly isOn: boolean
}

interface Parameter {
  readonly kind: 'value' | 'switch' | 'boolean' | 'quiet' | 'quiet value' | 'fixed' | 'absent'
  readonly name: string
  /** Our option; empty where it says the command, or names the object. */
  readonly option: string
}

// Parameters stand first; what follows are our own options (--json, --data) and a pipe.
function readParameters(
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

// Ours, and PowerShell's. Where a parameter begins so, `-h` is short for that.
function isHelp(cmdlet: Cmdlet, word: string): boolean {
  if (word === '-h') return !parametersOf(cmdlet).some(({ name }) => /^h/i.test(name))
  return word === '--help' || word === '-?'
}

function isPipe(word: string): boolean {
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

function commandOf(name: string, cmdlet: Cmdlet, given: readonly Given[]): readonly string[] {
  const on = given.filter(({ isOn }) => isOn).map(({ parameter }) => parameter.name)
  const { oneOf } = cmdlet
  if (oneOf !== undefined && !oneOf.some((parameter) => on.includes(parameter)))
    throw new ConfigError(`${name}: expected ${oneOf.map((parameter) => `-${parameter}`).join(' or ')}`)
  const acting = on.flatMap((parameter) => {
    const command = cmdlet.actions?.[parameter] ?? cmdlet.instead?.[parameter]
    return command === undefined ? [] : [{ parameter, command }]
  })
  if (acting.length > 1)
    throw new ConfigError(
      `${name}: expected one of ${acting.map(({ parameter }) => `-${parameter}`).join(', ')} at a time: each is a call of its own`,
    )
  for (const [parameter, needed] of Object.entries(cmdlet.needs ?? {}))
    if (on.includes(parameter) && !needed.some((one) => on.includes(one)))
      throw new ConfigError(`${name}: -${parameter} needs -${needed.join(' or -')}`)
  const [alone] = on.filter((parameter) => cmdlet.instead?.[parameter] !== undefined)
  const other = given.find((one) => optionOf(cmdlet, one).length > 0 && !(one.parameter.name in EVERYWHERE))
  if (alone !== undefined && other !== undefined)
    throw new ConfigError(`${name}: -${alone} is a call of its own; saw -${other.parameter.name} beside it`)
  return acting[0]?.command ?? cmdlet.command
}

function argumentOf(name: string, cmdlet: Cmdlet, given: readonly Given[]): string | undefined {
  const naming = given.filter(({ parameter }) => namesObject(cmdlet, parameter))
  const [one, other] = naming
  if (other !== undefined)
    throw new ConfigError(
      `${name}: expected one of ${naming.map(({ parameter }) => `-${parameter.name}`).join(', ')}, saw ${naming.length}`,
    )
  if (one?.value?.trim() === '')
    throw new ConfigError(`${name}: -${one.parameter.name}: expected a name, saw an empty one`)
  return one?.value
}

// What narrows a list has nothing to narrow where one is named.
function refuseNarrowing(name: string, cmdlet: Cmdlet, given: readonly Given[]): void {
  const [object] = given.filter(({ parameter }) => namesObject(cmdlet, parameter))
  const other = given.find(({ parameter }) => parameter.option !== '' && !(parameter.name in EVERYWHERE))
  if (other === undefined) return
  throw new ConfigError(
    `${name}: expected -${object?.parameter.name} or -${other.parameter.name}, saw both: one is for a single object, the other for a list`,
  )
}

function namesObject(cmdlet: Cmdlet, { kind, name, option }: Parameter): boolean {
  return kind === 'value' && (name === cmdlet.argument || option === '')
}

function optionOf(cmdlet: Cmdlet, { parameter, value, isOn }: Given): string[] {
  const { kind, name, option } = parameter
  if (kind === 'switch') {
    const said = isOn ? option : cmdlet.off?.[name]
    return said === undefined || said === '' ? [] : [said]
  }
  const isSaid = (kind === 'value' || kind === 'boolean') && !namesObject(cmdlet, parameter)
  return isSaid ? [option, value ?? ''] : []
}

// Options of ours that every command has: they change nothing.
const NO_CHANGE = new Set(['--what-if', '--data', '--admin-token-file', '--json', '--list', '--select'])

function refuseNoChange(name: string, cmdlet: Cmdlet, words: readonly string[]): void {
  const settable = parametersOf(cmdlet).filter(
    (parameter) => ['value', 'boolean', 'switch'].includes(parameter.kind) && !namesObject(cmdlet, parameter),
  )
  const names = settable.map((parameter) => parameter.name).filter((one) => !(one in EVERYWHERE))
  const changes = words.some((word) => word.startsWith('--') && !NO_CHANGE.has(word.split('=')[0] ?? ''))
  if (names.length === 0 || changes) return
  throw new ConfigError(
    `${name}: there is nothing to change; expected one of ${names.map((one) => `-${one}`).join(', ')}`,
  )
}

// `| fl Name,Role`, as one word or several, since a shell must not see the bar: how the result is to be shown.
function takePipe(name: string, words: readonly string[]): { ours: readonly string[]; format: string[] } {
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

function parametersOf(cmdlet: Cmdlet): Parameter[] {
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
