/** Cmdlets as a person types them, read as PowerShell reads them and turned into our own commands. */
import { ConfigError } from '../server/config-error.ts'
import { takePipe } from './cmdlet-pipe.ts'
import { CMDLETS, type Cmdlet } from './cmdlets.ts'
import {
  EVERYWHERE,
  type Given,
  isHelp,
  type Parameter,
  parametersOf,
  readParameters,
} from './read-cmdlet.ts'

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
