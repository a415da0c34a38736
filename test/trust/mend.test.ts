/** What is to be done about a refusal, as lines that a shell takes as they stand. */
import { isRefusalCode, REFUSALS } from '../../src/protocol/refusal.ts'
import { commandLine, wordsOf } from '../../src/trust/command-line.ts'
import { mendFor } from '../../src/trust/mend.ts'

const codes = Object.keys(REFUSALS).filter(isRefusalCode)

test('no mend names a partner with a blank without quotes', () => {
  let named = 0
  for (const code of codes) {
    for (const isPasted of [true, false]) {
      const mend = mendFor(code, { server: 'exchange', partner: 'My SP', caller: 'sharepoint', isPasted })
      const places = [...mend.matchAll(/.?My SP.?/g)].map(([place]) => place)
      expect([code, places.filter((place) => place !== "'My SP'")]).toEqual([code, []])
      named += places.length
    }
  }
  expect(named).toBeGreaterThan(10)
})

test('a mend that is a command has its words', () => {
  const mend = mendFor('partner_disabled', { server: 'exchange', partner: 'My SP' })
  expect(wordsOf(mend)).toEqual(
    ['entente', 'partner', 'set', 'My SP', '--server', 'exchange'].concat('--enabled', 'true'),
  )
  expect(mendFor('key_unknown', { server: 'exchange', isPasted: true })).toBe(
    'entente partner set <identity> --server exchange --certificate <file>',
  )
})

test.each([
  [['a', "Ken's", '', '$null', 'a b', '\\', "'", '`id`', '<file>', '<a>;<b>']],
  [['<two words>', '--x=<y>', '>', '"', '*']],
])('a line has the words that it was made of: %j', (words) => {
  const line = commandLine(words)
  // What is to be filled in stands bare; it is not for a shell.
  const inShell = line.replaceAll(/(^| )<[^<>' ]+(?: [^<>']+)?>(?= |$)/g, '')
  expect(inShell.replaceAll(/'[^']*'|\\'/g, '')).not.toMatch(/[$`"*<>;\\]/)
  const plain = words.filter((word) => !/^<[^<>']+>$/.test(word) && word !== '')
  expect(wordsOf(commandLine(plain))).toEqual(plain)
})
