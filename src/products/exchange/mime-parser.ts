/** The parser of MIME, in a thread of its own for long messages: it does not let go of its thread before it is done. */
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { Email } from 'postal-mime'

export type { Email }

// Parsing this much takes a few milliseconds.
const PARSED_HERE = 32 * 1024
const PATIENCE_MS = 20_000
const MOST_MEGABYTES = 512
const OPTIONS = { attachmentEncoding: 'arraybuffer', forceRfc822Attachments: true } as const

// The parser's place is handed over, so that the thread needs no file of ours, compiled or not.
const IN_THREAD = `
const { parentPort, workerData } = require('node:worker_threads')
const PostalMime = require(workerData.parser)
PostalMime.parse(workerData.bytes, workerData.options).then((email) => parentPort.postMessage(email))
`

// One at a time: each takes several times the memory of its message.
let before: Promise<unknown> = Promise.resolve()

/** The parts of a message; undefined if it cannot be parsed, or not in a sensible time and space. */
export async function parseMime(bytes: Buffer): Promise<Email | undefined> {
  if (bytes.length <= PARSED_HERE) {
    const { default: parser } = await import('postal-mime') // few servers are ever sent any
    return parser.parse(bytes, OPTIONS).catch(() => undefined)
  }
  const turn = before.then(() => parseInThread(bytes))
  before = turn
  return turn
}

function parseInThread(bytes: Buffer): Promise<Email | undefined> {
  const parser = createRequire(import.meta.url).resolve('postal-mime')
  return new Promise((resolve) => {
    const worker = new Worker(IN_THREAD, {
      eval: true,
      workerData: { parser, options: OPTIONS, bytes: new Uint8Array(bytes) },
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
    })
    const patience = setTimeout(end, PATIENCE_MS)
    function end(email?: Email): void {
      clearTimeout(patience)
      resolve(email)
      void worker.terminate()
    }
    worker.once('message', end)
    worker.once('error', () => end())
    worker.once('exit', () => end())
  })
}
