/** What every answer says about how it may be used. */
import type { Response } from 'express'

// No Strict-Transport-Security: browsers keep it for a host name on all its ports, so that of localhost would turn away
// everything else a developer runs there over http. Nothing here listens without TLS that a browser could be led to.
export function secureAnswer(res: Response): void {
  res.set('X-Content-Type-Options', 'nosniff')
}

/** The admin side is for programs: no page may be made of its answers, and no copy of them kept. */
export function secureAdminAnswer(res: Response): void {
  res.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
  })
}
