/** A SIP address as administrators give it. */
import * as z from 'zod'

/** `sip:name@domain`; the scheme may be left out and is then added. */
export const SipUri = z
  .string()
  .max(320)
  .regex(/^(sip:)?[^\s@:\p{Cc}]+@[^\s@:\p{Cc}]+$/iu, 'expected sip:name@domain')
  .transform((sip) => (/^sip:/i.test(sip) ? sip : `sip:${sip}`))
