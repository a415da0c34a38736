/** Presents vectors to an endpoint, one paced request each, and judges the answers by their status. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'
import { errorCode } from '../../protocol/error-code.ts'
import { REFUSAL_HEADER } from '../../protocol/refusal.ts'
import type { Vector } from './target.ts'

export interface Aim {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  /** PEM of a certificate authority to believe beside those of the system. */
  readonly ca?: string
  /** Requests a second, at most. */
  readonly rate: number
  readonly stopwatch: () => number
}

/** `got in` and `wrongly refused` are what an attack looks for; `left out` is what no header can carry. */
export type Result = 'refused' | 'accepted' | 'got in' | 'wrongly refused' | 'unanswered' | 'left out'

export interface Answer {
  readonly status: number
  /** The code of an endpoint that is ours. */
  readonly code?: string
  readonly requestId?: string
}

export interface Shot extends Partial<Answer> {
  readonly vector: Vector
  readonly result: Result
  readonly milliseconds: number
  /** Of an unanswered one: why. */
  readonly why?: string
}

export interface Salvo {
  /** What the endpoint answers when no token is presented at all; undefined when it cannot be reached. */
  readonly unprovoked: Answer | undefined
  readonly why?: string
  readonly shots: readonly Shot[]
}

const IN_FLIGHT = 2
const ATTEMPTS = 3
const TIMEOUT_MS = 10_000
const BACK_OFF_MS = 500
const MOST_BODY_BYTES = 64 * 1024
/** After so many in a row the endpoint is taken for gone. */
const MOST_UNANSWERED = 5
/** A server may close the connection on a header this long without a word. */
const LONG_TOKEN = 8_192

/** What a stranger wrote into a header, and goes into a report. */
const LONGEST_WORD = 80

/** 401 and 400 as the products have them; 431 for what is longer than a header may be (RFC 6585, 5). */
const REFUSED: readonly number[] = [400, 401, 431]
/** Not an answer to the token (RFC 6585, 4; RFC 9110, 15.6.4). */
const BUSY: readonly number[] = [429, 503]

export function isRefusal(status: number): boolean {
  return REFUSED.includes(status)
}

/** What an answer means for a vector. */
export function judge({ expect }: Vector, { status, code }: Answer): Result {
  if (expect !== 'accepted') return isRefusal(status) ? 'refused' : 'got in'
  return isRefusal(status) || code !== undefined ? 'wrongly refused' : 'accepted'
}

// What HTTP trims or cannot carry (RFC 9110, 5.5) would not arrive as the token that it is.
export function canBeSent(token: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(token) && token.trim() === token
}

export async function fire(vectors: readonly Vector[], aim: Aim): Promise<Salvo> {
  const gun = load(aim)
  try {
    const first = await askOnce(gun, aim)
    if (typeof first === 'string') return { unprovoked: undefined, why: first, shots: [] }
    return { unprovoked: first, shots: await fireAll(vectors, aim, gun) }
  } finally {
    gun.agent.destroy()
  }
}

async function fireAll(vectors: readonly Vector[], aim: Aim, gun: Gun): Promise<Shot[]> {
  const shots: Shot[] = []
  const start = aim.stopwatch()
  let [next, turn, silent] = [0, 0, 0]
  const worker = async () => {
    for (let index = next++; index < vectors.length; index = next++) {
      const vector = vectors[index]
      if (vector === undefined) return
      if (!canBeSent(vector.token)) {
        shots[index] = { vector, result: 'left out', milliseconds: 0 }
      } else if (silent >= MOST_UNANSWERED) {
        shots[index] = {
          vector,
          result: 'unanswered',
          milliseconds: 0,
          why: 'not sent: the endpoint is gone',
        }
      } else {
        const wait = start + (turn++ * 1000) / aim.rate - aim.stopwatch()
        if (wait > 0) await pause(wait)
        const shot = await shoot(vector, aim, gun)
        silent = shot.result === 'unanswered' ? silent + 1 : 0
        shots[index] = shot
      }
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return shots
}

async function shoot(vector: Vector, aim: Aim, gun: Gun): Promise<Shot> {
  const from = aim.stopwatch()
  const answer = await ask(gun, aim, vector.token)
  const milliseconds = Math.round(aim.stopwatch() - from)
  if (typeof answer !== 'string') return { vector, result: judge(vector, answer), ...answer, milliseconds }
  const closed = vector.token.length > LONG_TOKEN && vector.expect !== 'accepted'
  return { vector, result: closed ? 'refused' : 'unanswered', milliseconds, why: answer }
}

interface Gun {
  readonly agent: HttpAgent
  readonly request: typeof httpRequest
}

function load({ url, ca }: Aim): Gun {
  const options = { keepAlive: true, maxSockets: IN_FLIGHT }
  if (url.protocol === 'http:') return { agent: new HttpAgent(options), request: httpRequest }
  const trust = ca === undefined ? {} : { ca: [...rootCertificates, ca] }
  return { agent: new HttpsAgent({ ...options, ...trust, rejectUnauthorized: true }), request: httpsRequest }
}

// The answer, or why there is none. A connection that was closed meanwhile, or a server that is busy, gets another try.
async function ask(gun: Gun, aim: Aim, token: string): Promise<Answer | string> {
  let last: Answer | string = 'no answer'
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await pause(BACK_OFF_MS * attempt)
    last = await askOnce(gun, aim, token)
    if (typeof last !== 'string' && !BUSY.includes(last.status)) return last
  }
  return typeof last === 'string' ? last : `HTTP ${last.status}, ${ATTEMPTS} times`
}

function askOnce({ agent, request }: Gun, { url, method }: Aim, token?: string): Promise<Answer | string> {
  return new Promise((resolve) => {
    const headers = {
      'user-agent': 'entente-attack',
      accept: '*/*',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(method === 'POST' && { 'content-length': '0' }),
    }
    const sent = request(url, { agent, method, headers }, (response) => {
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MOST_BODY_BYTES) response.destroy()
      })
      // By then the status is known, and nothing else counts.
      response.on('error', () => undefined)
      response.on('close', () => {
        clearTimeout(deadline)
        resolve(answerOf(response))
      })
    })
    const deadline = setTimeout(() => sent.destroy(), TIMEOUT_MS)
    sent.on('error', (error) => {
      clearTimeout(deadline)
      resolve(`${errorCode(error) ?? 'no answer'}: ${error.message}`)
    })
    sent.end()
  })
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): Answer {
  const [code, requestId] = [headers[REFUSAL_HEADER], headers['request-id']]
  return {
    status: statusCode,
    ...(typeof code === 'string' && { code: code.slice(0, LONGEST_WORD) }),
    ...(typeof requestId === 'string' && { requestId: requestId.slice(0, LONGEST_WORD) }),
  }
}
