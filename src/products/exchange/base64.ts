/** Base64 of any length, a piece at a time, so that nobody waits for all of it. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import { done, type EwsResult, invalid } from './ews-result.ts'

// Whole groups of four characters, and of three bytes.
const CHARACTERS = 256 * 1024
const BYTES = 192 * 1024

/** The bytes that a text of type xs:base64Binary stands for; white space may stand anywhere. `name` is the element's. */
export async function decodeBase64(text: string, name: string): Promise<EwsResult<Buffer>> {
  const pieces: Buffer[] = []
  let open = ''
  for (let start = 0; start < text.length; start += CHARACTERS) {
    if (start > 0) await othersTurn()
    open += text.slice(start, start + CHARACTERS).replace(/[\t\n\r ]+/g, '')
    // The last group stays open: the padding that belongs to it may stand in the next piece.
    const whole = Math.max(0, Math.floor((open.length - 1) / 4) * 4)
    const groups = open.slice(0, whole)
    if (!/^[A-Za-z0-9+/]*$/.test(groups)) return invalid(`${name} must be base64`)
    pieces.push(Buffer.from(groups, 'base64'))
    open = open.slice(whole)
  }
  if (!/^([A-Za-z0-9+/]{2}(==)?|[A-Za-z0-9+/]{3}=?|[A-Za-z0-9+/]{4})?$/.test(open))
    return invalid(`${name} must be base64`)
  pieces.push(Buffer.from(open, 'base64'))
  return done(Buffer.concat(pieces))
}

/** Base64 of these bytes. */
export async function encodeBase64(bytes: Buffer): Promise<string> {
  const pieces: string[] = []
  for (let start = 0; start < bytes.length; start += BYTES) {
    if (start > 0) await othersTurn()
    pieces.push(bytes.toString('base64', start, start + BYTES))
  }
  return pieces.join('')
}
