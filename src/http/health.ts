/** Whether this server lives, and whether it is ready for callers: for whatever starts it, stops it, or sends it requests. */

/** What a server has to be able to do before callers are sent to it. */
export interface Readiness {
  /** False until it is started as a whole, and again as soon as it is to end. */
  isServing(): boolean
  /** Throws when the store does not answer. */
  askStore(): Promise<unknown>
}

export interface HealthReply {
  readonly status: 200 | 503
  readonly body: { readonly status: string; readonly missing?: readonly string[] }
}

export const HEALTH_PATHS = ['/health/live', '/health/ready'] as const

const STORE_LIMIT_MS = 2_000

/** Undefined where it is no question of health. */
export async function healthAt(path: string, readiness: Readiness): Promise<HealthReply | undefined> {
  if (path === '/health/live') return { status: 200, body: { status: 'live' } }
  if (path !== '/health/ready') return undefined
  const missing = [
    ...(readiness.isServing() ? [] : ['start']),
    ...((await answers(readiness.askStore)) ? [] : ['store']),
  ]
  return missing.length === 0
    ? { status: 200, body: { status: 'ready' } }
    : { status: 503, body: { status: 'not ready', missing } }
}

// Why is not said to strangers; whoever administers the server has its log.
async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), STORE_LIMIT_MS)
  })
  try {
    return await Promise.race([ask().then(() => true), tooLate])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
