/** A rehearsal as a program of its own, ended by a signal: it leaves nothing behind. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'entente-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const OWN = /^entente-rehearsal-/

test.each(['SIGINT', 'SIGTERM'] as const)(
  'a rehearsal that is ended by %s takes its copy with it',
  async (signal) => {
    const words = ['rollover', 'rehearse', 'lync', '--data', join(dir, 'data')]
    const child = spawn(process.execPath, ['dist/cli/main.js', ...words], {
      env: { PATH: process.env['PATH'], TMPDIR: dir },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    try {
      // Once while its servers start, once in the middle of the play.
      const isReady = () =>
        signal === 'SIGTERM'
          ? output.includes('a key is staged')
          : readdirSync(dir).some((name) => OWN.test(name))
      for (let waited = 0; !isReady(); waited += 20) {
        if (waited > 40_000 || child.exitCode !== null) throw new Error(`it never came so far:\n${output}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      child.kill(signal)
      expect([await ended, readdirSync(dir), output.includes('calls refused')]).toEqual([1, [], false])
    } finally {
      child.kill('SIGKILL')
    }
  },
  60_000,
)
