/** Patterns with stars: what fits, and in how much time. */
import fc from 'fast-check'
import { matches } from '../../src/products/wildcard.ts'

test.each([
  ['*', 'Exchange', true],
  ['ex*', 'Exchange', true],
  ['*CHANGE', 'Exchange', true],
  ['e*ch*e', 'Exchange', true],
  ['exchange', 'Exchange', true],
  ['ex', 'Exchange', false],
  ['e*x*x*', 'Exchange', false],
  ['aba*ba', 'aba', false],
  ['*aab', 'aaab', true],
  ['a*a', 'a', false],
  ['', '', true],
  ['', 'x', false],
  ['[a-z]+', 'abc', false],
  ['.*', 'abc', false],
  ['*'.repeat(10_000), 'Exchange', true],
  [`${'*'.repeat(10_000)}x`, 'Exchange', false],
  // Folding the Kelvin sign would make it a k, and one name another.
  ['\u212aen', 'ken', false],
])('the pattern %.20s fits %s: %s', (pattern, text, fits) => {
  expect(matches(pattern, text)).toBe(fits)
})

test('fits as a plain search over all ways to cut the text does', () => {
  const short = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 8 }).map((parts) => parts.join(''))
  const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }).map((parts) => parts.join(''))
  const fits = (pattern: string, rest: string): boolean => {
    if (pattern === '') return rest === ''
    if (pattern[0] === '*')
      return fits(pattern.slice(1), rest) || (rest !== '' && fits(pattern, rest.slice(1)))
    return pattern[0] === rest[0] && fits(pattern.slice(1), rest.slice(1))
  }
  fc.assert(
    fc.property(short, text, (pattern, given) => {
      expect(matches(pattern, given)).toBe(fits(pattern, given))
    }),
    { numRuns: 2_000 },
  )
})

test('takes no longer for a pattern made to be slow', () => {
  const started = performance.now()
  expect(matches('a*'.repeat(15_000), `${'a'.repeat(10_000)}b`)).toBe(false)
  expect(matches(`*${'a*b'.repeat(10_000)}*`, 'ab'.repeat(5_000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(1_000)
})
