/** What is remembered of users counts towards what a memory may hold: whoever signs tokens chooses how many of them there are. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { callerOf } from '../../src/trust/caller.ts'
import type { User } from '../../src/trust/directory.ts'
import { openTokenMemory } from '../../src/trust/token-memory.ts'
import { actor, forUser, KEN_MYER, situation } from '../support/tokens.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** An account as full as an administrator may make one, in the text that a row of the database holds. */
const FULL = JSON.stringify({
  ...KEN_MYER,
  proxyAddresses: Array.from({ length: 100 }, (_, n) => `${'x'.repeat(290)}${n}@litwareinc.com`),
  attributes: Object.fromEntries(
    Array.from({ length: 15 }, (_, n) => [`customAttribute${n + 1}`, 'y'.repeat(1_024)]),
  ),
} satisfies User)

function heap(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

test('many tokens for one full account hold no more than a few times what the memory may hold', async () => {
  const bounds = { entries: 20_000, bytes: 4 * 1024 * 1024 }
  const memory = openTokenMemory(bounds)
  const against = { ...situation(), memory }
  // A new record with each look, as from a database.
  const directory = { version: () => 1, find: async () => [JSON.parse(FULL) as User] }
  const inner = actor()
  const before = heap()
  for (let n = 0; n < 1_200; n++) {
    const token = forUser(inner, { n })
    for (let times = 0; times < 2; times++)
      expect((await callerOf(token, against, directory, memory.read(token))).ok).toBe(true)
  }
  const held = heap() - before
  expect(memory.size().tokens.entries).toBeGreaterThan(300)
  expect(held).toBeLessThan(4 * bounds.bytes)
}, 60_000)
