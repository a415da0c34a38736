/** Reading files that a person named: what is wrong with one is said in a line with its name. */
import { readFileSync } from 'node:fs'
import { errorCode } from '../protocol/error-code.ts'
import { ConfigError } from './config-error.ts'

export function readBytes(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    throw new ConfigError(code === 'ENOENT' ? `${file} is missing` : `${file} cannot be read: ${code}`)
  }
}

export function readText(file: string): string {
  return readBytes(file).toString('utf8')
}

export function readJson(file: string): unknown {
  const text = readText(file)
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new ConfigError(`${file} is not JSON: ${error.message}`)
    throw error
  }
}
