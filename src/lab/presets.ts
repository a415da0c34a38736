/** The labs that come with the program, each a lab file of its own in metadata/presets. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../server/config-error.ts'
import { readJson } from '../server/files.ts'

const FOLDER = fileURLToPath(new URL('../../metadata/presets/', import.meta.url))

/** Their names, in the order of the alphabet. */
export function presetNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
}

/** The lab file of a preset. */
export function presetFile(name: string): string {
  const names = presetNames()
  if (names.includes(name)) return join(FOLDER, `${name}.json`)
  throw new ConfigError(`--preset: expected one of ${names.join(', ')}, saw ${name.slice(0, 80)}`)
}

/** Each with what it is for, in a line. */
export function describePresets(): (readonly [string, string])[] {
  return presetNames().map((name) => {
    const { description = '' } = readJson(presetFile(name)) as { description?: string }
    return [name, description] as const
  })
}
