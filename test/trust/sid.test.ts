/** The form of a SID: one spelling of each, and nothing that is none. */
import fc from 'fast-check'
import { readSid } from '../../src/trust/sid.ts'

const parts = fc.tuple(
  fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 15 }),
)

test('every spelling of a SID is read as the same one, which is read as itself', () => {
  fc.assert(
    fc.property(parts, fc.nat(5), fc.boolean(), ([authority, rest], zeros, small) => {
      const sid = `S-1-${authority}-${rest.join('-')}`
      expect(readSid(sid)).toBe(sid)
      const padded = rest.map((one) => `${'0'.repeat(zeros)}${one}`).join('-')
      expect(readSid(`${small ? 's' : 'S'}-1-${authority}-${padded}`)).toBe(sid)
    }),
  )
})

test.each([
  ['', 'S-1-5', 'S-1-5-', 'S-1--5', 'S-2-5-21-1', 'S-1-5-21-x', 'S-1-5-21-1 ', ' S-1-5-21-1', 'S-1-5-0x15'],
  [`S-1-${2 ** 48}-1`, `S-1-5-21-${2 ** 32}`, `S-1-5${'-1'.repeat(16)}`, `S-1-5-${'9'.repeat(10_000)}`],
])('%s and its like are none', (...texts) => {
  for (const text of texts) expect(readSid(text)).toBeUndefined()
})
