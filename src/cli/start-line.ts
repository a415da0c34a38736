/** The line that starts a server of the lab again where it was: on its port, with its folders. */
import { dirname, join } from 'node:path'
import { type LabFile, type LabPlaces, readLabFile } from '../lab/lab-file.ts'
import { ConfigError } from '../server/config-error.ts'
import { readReachable } from '../server/state-files.ts'
import { commandLine } from '../trust/command-line.ts'
import { placeFlags, placesOf } from './places.ts'

/**
 * The line for a server of this data folder, and the URL at which it was if that is known. Undefined when the lab file at hand
 * does not have that server, or is none: then nobody here knows how it was started.
 */
export function startLine(
  dataDir: string,
  running: readonly string[],
): (name: string, url: string | undefined) => string | undefined {
  const usual = placesOf({})
  const lab = labAt(usual)
  const seen = running.map((name) => ({ name, reachable: readReachable(join(dataDir, name)) }))
  const ca = seen.find(({ reachable }) => reachable?.ca !== undefined)?.reachable?.ca
  return (name, url) => {
    if (lab === undefined || !lab.servers.some((server) => server.name === name)) return undefined
    const known =
      url === undefined ? seen.map((one) => [one.name, one.reachable?.url] as const) : [[name, url] as const]
    const base = known.map(([one, at]) => portBaseOf(lab, one, at)).find((found) => found !== undefined)
    const isMoved = base !== undefined && base !== firstPort(lab)
    const places: LabPlaces = {
      ...{ dataDir, certsDir: ca === undefined ? usual.certsDir : dirname(ca), labFile: usual.labFile },
      ...(isMoved && { portBase: base }),
    }
    const isExposed = url !== undefined && new URL(url).hostname !== 'localhost'
    const more = isExposed ? ['--expose', '--address', '<ip>'] : []
    return commandLine(['entente', 'serve', name, ...unusual(placeFlags(places), placeFlags(usual)), ...more])
  }
}

function labAt(places: LabPlaces): LabFile | undefined {
  try {
    return readLabFile(places)
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
}

const firstPort = ({ servers }: LabFile) => Math.min(...servers.map(({ port }) => port))

function portBaseOf(lab: LabFile, name: string, url: string | undefined): number | undefined {
  const server = lab.servers.find((one) => one.name === name)
  const port = url === undefined ? '' : new URL(url).port
  return server === undefined || port === '' ? undefined : Number(port) - server.port + firstPort(lab)
}

// Flags in pairs, without those that say what is so anyway.
function unusual(flags: readonly string[], usual: readonly string[]): string[] {
  return flags.filter((_, index) => {
    const [flag = '', value] = flags.slice(index - (index % 2))
    const at = usual.indexOf(flag)
    return at === -1 || usual[at + 1] !== value
  })
}
