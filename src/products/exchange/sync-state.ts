/** States that clients keep and bring back: how far a copy has come, watermarks of events. Opaque to them, checked by us. */
import { createHash } from 'node:crypto'

const LONGEST = 1024
const CHECK_LENGTH = 8

/** Writes the parts, which may be any text, with a check sum: a state that was cut or changed is seen as such. */
export function writeState(kind: string, parts: readonly (string | number)[]): string {
  const text = JSON.stringify([kind, ...parts.map(String)])
  return Buffer.from(`${checkOf(text)}${text}`, 'utf8').toString('base64')
}

/** The parts of a state of this kind; undefined for anything that `writeState` did not write for it. */
export function readState(kind: string, state: string): readonly string[] | undefined {
  if (state.length > LONGEST) return undefined
  const decoded = Buffer.from(state, 'base64').toString('utf8')
  const text = decoded.slice(CHECK_LENGTH)
  if (decoded.slice(0, CHECK_LENGTH) !== checkOf(text)) return undefined
  // The check sum is right, so nothing else wrote it.
  const [seen, ...parts] = JSON.parse(text) as string[]
  return seen === kind ? parts : undefined
}

/** A number of a state; undefined when it is none. */
export function numberIn(part: string | undefined): number | undefined {
  return part !== undefined && /^[0-9]{1,15}$/.test(part) ? Number(part) : undefined
}

// It keeps mistakes out, not people: a state says nothing that its holder may not ask for anyway.
function checkOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, CHECK_LENGTH)
}
