/** What reaches a terminal: strangers write names, paths and claims, and none of them may move a cursor or forge a line. */
import { formatExplanation } from '../../src/cli/inspect.ts'
import { formatMembers, formatTable, inOneLine, printable } from '../../src/cli/output.ts'

const EVIL = '\u001b[2J\u009b31m\u202egpj.exe\u2028\u0085\u200b\u0007\r\n2026-01-01 forged line\ud800'

test('of control and format characters, only line ends get to a terminal', () => {
  expect(printable(EVIL)).toBe(
    '\\u001b[2J\\u009b31m\\u202egpj.exe\\u2028\\u0085\\u200b\\u0007\\u000d\n2026-01-01 forged line\\ud800',
  )
  expect(printable('Ken Müller, 李, 😀, e\u0301')).toBe('Ken Müller, 李, 😀, e\u0301')
  expect(printable('\u{e0041}')).toBe('\\udb40\\udc41')
})

test('JSON is the same JSON afterwards', () => {
  const value = { seen: EVIL.slice(0, -1), more: ['\u2066', '\u{e0041}'] }
  const text = printable(JSON.stringify(value))
  expect(text).not.toMatch(/[^\x20-\x7e]/)
  expect(JSON.parse(text)).toEqual(value)
})

test('a cell, a member and a piece of advice stay in their line', () => {
  expect(inOneLine('a\nb')).toBe('a\\u000ab')
  expect(formatTable(['name'], [[EVIL], ['b']]).split('\n')).toHaveLength(3)
  expect(formatMembers({ a: EVIL, b: 'c' }).split('\n')).toHaveLength(2)
  const finding = { check: 'x', result: 'failed', basis: EVIL, mend: EVIL, seen: EVIL } as const
  const lines = formatExplanation({
    verdict: 'refused',
    code: 'issuer_unknown',
    title: 't',
    findings: [finding],
  })
  expect(lines.split('\n')).toHaveLength(7)
  expect(printable(lines)).toBe(lines)
})
