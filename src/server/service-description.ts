/** The service description of Exchange Web Services, read from the folder that a person named. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { SERVICE_DESCRIPTION } from '../products/exchange/service-description.ts'
import { errorCode } from '../protocol/error-code.ts'
import { ConfigError } from './config-error.ts'
import { readText } from './files.ts'

/** The files that are there, by name in lower case; servers of the product call one of them `Services.wsdl`. */
export function readServiceDescription(folder: string): Record<string, string> {
  const names = list(folder).filter((name) => SERVICE_DESCRIPTION.some((file) => file === name.toLowerCase()))
  if (names.length === 0) {
    throw new ConfigError(
      `ewsSchemas: expected ${SERVICE_DESCRIPTION.join(', ')} in ${folder}, saw none of them`,
    )
  }
  return Object.fromEntries(names.map((name) => [name.toLowerCase(), readText(join(folder, name))]))
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    throw new ConfigError(`ewsSchemas: the folder ${folder} cannot be read: ${code}`)
  }
}
