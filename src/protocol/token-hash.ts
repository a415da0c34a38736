/** The name of a token wherever one is remembered or recorded: nobody finds the token in it. */
import { hash } from 'node:crypto'

/** SHA-256 of a token's text, in hexadecimal. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'hex')
}
