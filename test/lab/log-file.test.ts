/** A server's log is emptied before it fills the disk, while the server goes on writing to it. */
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { keepBounded } from '../../src/lab/log-file.ts'

test('what is over the limit moves into one older file, and the writer writes on', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'entente-log-'))
  const file = join(dir, 'server.log')
  const writer = openSync(file, 'a')
  const bounded = keepBounded(file, 10_000, 10)
  for (let n = 0; n < 30; n++) {
    writeSync(writer, `${'x'.repeat(999)}\n`)
    await setTimeout(5)
  }
  await setTimeout(40)
  bounded.stop()
  expect(statSync(file).size).toBeLessThanOrEqual(10_000)
  expect(statSync(`${file}.1`).size).toBeGreaterThan(10_000)
  expect(existsSync(`${file}.2`)).toBe(false)
  writeSync(writer, 'last\n')
  expect(readFileSync(file, 'utf8')).toMatch(/^(x{999}\n)*last\n$/)
  closeSync(writer)
  rmSync(dir, { recursive: true })
})
