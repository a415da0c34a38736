/**
 * Form digests: `0x<HMAC in hex>,<when it was made>`, good for one caller and for half an hour. A browser that carries a cookie
 * shows one to prove that a page of the site made it write.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { EpochSeconds } from '../../protocol/ids.ts'
import { formatPrincipal } from '../../protocol/principal.ts'
import type { Caller } from '../product.ts'
import { applicationOf } from './access.ts'

/** In seconds: SharePoint's default. */
export const DIGEST_LIFETIME = 1800

/** A digest for this caller, from this moment on. */
export function makeDigest(secret: string, caller: Caller, now: EpochSeconds): string {
  const made = dateText(now)
  return `${macOf(secret, caller, made)},${made}`
}

/** What is wrong with a digest that this caller shows at this moment; undefined if nothing is. */
export function digestFault(
  text: string,
  secret: string,
  caller: Caller,
  now: EpochSeconds,
): 'digest_invalid' | 'digest_expired' | undefined {
  const comma = text.indexOf(',')
  const made = text.slice(comma + 1)
  const shown = Buffer.from(text.slice(0, Math.max(comma, 0)))
  const right = Buffer.from(macOf(secret, caller, made))
  if (shown.length !== right.length || !timingSafeEqual(shown, right)) return 'digest_invalid'
  const age = now - Date.parse(made) / 1000
  return age >= 0 && age <= DIGEST_LIFETIME ? undefined : 'digest_expired'
}

// The application and the user are both in it: what was made for one of them is of no use to another.
function macOf(secret: string, caller: Caller, made: string): string {
  const { user } = caller
  const application = formatPrincipal(applicationOf(caller))
  const mac = createHmac('sha512', secret).update(JSON.stringify([application, user?.sid ?? '', made]))
  return `0x${mac.digest('hex').toUpperCase()}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

// `21 Nov 2026 06:30:00 -0000`
function dateText(moment: EpochSeconds): string {
  const date = new Date(moment * 1000)
  const day = String(date.getUTCDate()).padStart(2, '0')
  const time = date.toISOString().slice(11, 19)
  return `${day} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time} -0000`
}
