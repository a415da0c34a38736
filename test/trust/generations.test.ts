/** A memory of bounded size: what it gives back was put there under this name, and it never holds more than it may. */
import * as fc from 'fast-check'
import { openGenerations } from '../../src/trust/generations.ts'

const BOUNDS = { entries: 6, bytes: 100 }
const call = fc.record({
  name: fc.constantFrom(...'abcdefghij'),
  bytes: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
})

test('it answers with what was put last under a name, or with nothing, and keeps to its bounds', () => {
  void fc.assert(
    fc.property(fc.array(call, { maxLength: 80 }), (calls) => {
      const memory = openGenerations<string, number>(BOUNDS)
      const last = new Map<string, number>()
      calls.forEach(({ name, bytes }, at) => {
        if (bytes === undefined) expect([undefined, last.get(name)]).toContain(memory.get(name))
        else {
          memory.set(name, at, bytes)
          if (bytes <= BOUNDS.bytes / 2) {
            last.set(name, at)
            expect(memory.get(name)).toBe(at)
          }
        }
        const size = memory.size()
        expect(size.entries).toBeLessThanOrEqual(BOUNDS.entries)
        expect(size.bytes).toBeLessThanOrEqual(BOUNDS.bytes)
      })
    }),
    { numRuns: 400, seed: 20_261_121 },
  )
})

test('what is asked for again and again stays, while what is not goes', () => {
  const memory = openGenerations<string, number>(BOUNDS)
  memory.set('asked for', 1, 1)
  memory.set('left alone', 1, 1)
  for (let n = 0; n < 20; n++) {
    memory.set(`other ${n}`, n, 1)
    expect(memory.get('asked for')).toBe(1)
  }
  expect(memory.get('left alone')).toBeUndefined()
})

test('what is larger than half of all is not kept, and what was there under its name is', () => {
  const memory = openGenerations<string, string>(BOUNDS)
  memory.set('a', 'small', 50)
  memory.set('a', 'large', 51)
  expect(memory.get('a')).toBe('small')
  expect(memory.size()).toEqual({ entries: 1, bytes: 50 })
})

test('a value in the place of another takes its place in the count as well', () => {
  const memory = openGenerations<string, number>(BOUNDS)
  for (const bytes of [10, 30, 20]) memory.set('a', bytes, bytes)
  expect(memory.size()).toEqual({ entries: 1, bytes: 20 })
  for (const name of ['b', 'c', 'd']) memory.set(name, 1, 5)
  expect(memory.size()).toEqual({ entries: 4, bytes: 35 })
})

test('each generation takes half of the entries, and half of the bytes, to the last', () => {
  const sizesOf = (...bytes: number[]) => {
    const memory = openGenerations<string, number>(BOUNDS)
    return bytes.map((size, at) => {
      memory.set(`${at}`, at, size)
      return memory.size()
    })
  }
  expect(sizesOf(1, 1, 1, 1, 1, 1, 1).map(({ entries }) => entries)).toEqual([1, 2, 3, 4, 5, 6, 4])
  expect(sizesOf(25, 25, 1, 25, 25, 25).map(({ bytes }) => bytes)).toEqual([25, 50, 51, 76, 51, 76])
})
