import { child, childrenOf, el, parseXml, parseXmlInTurns, xmlDocument } from '../../../src/products/xml.ts'

const read = (text: string) => parseXml(Buffer.from(text))
const why = (text: string | Buffer) => {
  const xml = parseXml(Buffer.from(text))
  return xml.ok ? 'accepted' : xml.why
}

describe('reading XML', () => {
  test('names are resolved to namespaces, whatever the prefixes and quotes', () => {
    const xml = read(`<a:x xmlns:a='urn:a' xmlns="urn:d" one='"' a:two="2"><y>t</y><a:y/><y>u</y></a:x>`)
    if (!xml.ok) throw new Error(xml.why)
    expect(xml.root).toMatchObject({ ns: 'urn:a', name: 'x' })
    expect([...xml.root.attributes]).toEqual([['one', '"']])
    expect(childrenOf(xml.root, 'urn:d', 'y').map(({ text }) => text)).toEqual(['t', 'u'])
    expect(child(xml.root, 'urn:a', 'y')?.text).toBe('')
    expect(child(xml.root, 'urn:b', 'y')).toBeUndefined()
  })

  test('text is kept character for character, with CDATA and references resolved and comments left out', () => {
    const xml = read(
      '\uFEFF<?xml version="1.0" encoding="UTF-8"?><x> a&lt;&#x1F600;<!-- no --><![CDATA[<&]]>&#13;\r\nö </x>',
    )
    expect(xml.ok && xml.root.text).toBe(' a<😀<&\r\nö ')
  })

  test.each([
    ['nothing', '', /root element/],
    ['words', 'hello', /text data outside/],
    ['a truncated document', '<a><b>', /unclosed/],
    ['a tag that is not closed', '<a', /root element/],
    ['a DOCTYPE', '<!DOCTYPE a><a/>', /DOCTYPE/],
    ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', /DOCTYPE/],
    ['a parameter entity', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://peer/x">%x;]><a/>', /DOCTYPE/],
    ['an ampersand that was not escaped', '<a>R&D</a>', /written as &amp;$/],
    ['an entity of nobody', '<a>&x;</a>', /undefined entity/],
    ['an entity named like a property', '<a>&constructor;</a>', /undefined entity/],
    ['a prefix named like a property', '<constructor:a/>', /unbound/],
    ['a prefix that is bound to nothing', '<x:a/>', /unbound/],
    ['an attribute twice', '<a b="1" b="2"/>', /duplicate/],
    ['a processing instruction', '<?php x?><a/>', /processing instruction/],
    ['a stylesheet', '<a><?xml-stylesheet href="x"?></a>', /processing instruction/],
    ['another encoding', '<?xml version="1.0" encoding="utf-7"?><a/>', /utf-8/],
    ['a NUL', '<a>\0</a>', /disallowed/],
    ['a NUL by reference', '<a>&#0;</a>', /character entity/],
    ['a control character of XML 1.1', '<?xml version="1.1"?><a>&#1;</a>', /character entity/],
    ['two roots', '<a/><b/>', /one root/],
  ])('%s is refused', (_, text, reason) => {
    expect(why(text)).toMatch(reason)
  })

  const utf16 = (text: string) => Buffer.from(text, 'utf16le')
  const utf16be = (text: string) => utf16(text).swap16()
  const declared = (encoding: string) =>
    `<?xml version='1.0' encoding='${encoding}' standalone="yes"?><a>ö😀</a>`

  test.each([
    ['little-endian with a mark', utf16('\uFEFF<a>ö😀</a>')],
    ['big-endian with a mark', utf16be('\uFEFF<a>ö😀</a>')],
    ['little-endian without one', utf16('<a>ö😀</a>')],
    ['big-endian without one', utf16be('<a>ö😀</a>')],
    ['that says so', utf16(`\uFEFF${declared('UTF-16')}`)],
    ['that says so in full', utf16be(declared('utf-16BE'))],
  ])('UTF-16 is read: %s', (_, bytes) => {
    const xml = parseXml(bytes)
    expect(xml.ok && xml.root.text).toBe('ö😀')
  })

  test.each([
    ['bytes that are not UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c]), /^the document is not UTF-8$/],
    ['UTF-16 of an odd length', utf16('\uFEFF<a/>').subarray(0, 9), /^the document is not UTF-16$/],
    ['UTF-16 with half a character', utf16('<a>\uD800</a>'), /^the document is not UTF-16$/],
    ['UTF-8 that says it is UTF-16', Buffer.from(declared('utf-16')), /is UTF-8 and says that it is utf-16/],
    ['UTF-16 that says it is UTF-8', utf16(declared('utf-8')), /is UTF-16 and says that it is utf-8/],
    ['UTF-16 of the other order', utf16(declared('utf-16be')), /is UTF-16 and says that it is utf-16be/],
    ['Latin-1', Buffer.from(declared('iso-8859-1'), 'latin1'), /not UTF-8/],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0]), /./],
  ])('%s is refused', (_, bytes, reason) => {
    expect(why(bytes)).toMatch(reason)
  })

  test('depth and number of elements are bounded, up to the last one that is allowed', () => {
    const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)
    expect(why(nested(64))).toBe('accepted')
    expect(why(nested(65))).toMatch(/64 deep/)
    expect(why(`<r>${'<a/>'.repeat(19_999)}</r>`)).toBe('accepted')
    expect(why(`<r>${'<a/>'.repeat(20_000)}</r>`)).toMatch(/20000/)
  })

  const attributes = (count: number, name: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => ` ${name(i)}="u"`).join('')

  test.each<[string, (i: number) => string]>([
    ['attributes', (i) => `a${i}`],
    ['declarations of namespaces', (i) => `xmlns:a${i}`],
  ])('the number of %s is bounded, in one tag and in all, and nothing is read after the last', (_, name) => {
    const tag = (count: number) => `<a${attributes(count, name)}/>`
    expect(why(tag(64))).toBe('accepted')
    // Neither tag nor document is ever closed: who read on would complain of that.
    expect(why(`<a${attributes(65, name)}`)).toMatch(/^more than 64 attributes in one tag$/)
    expect(why(`<r>${tag(60).repeat(1000)}</r>`)).toBe('accepted')
    expect(why(`<r>${tag(60).repeat(1000)}${tag(1)}`)).toMatch(/^more than 60000 attributes$/)
  })

  test('a tag is refused while it is being read, whatever makes it long', async () => {
    const most = 128 * 1024
    const piece = 64 * 1024
    for (const [start, filling] of [
      ['<a b="', 'x'],
      ['<a b="', '&#10;'],
      ['<a', ' '],
      ['<a ', 'b'],
    ] as const) {
      const document = start + filling.repeat((most + piece) / filling.length + 1)
      expect(why(document)).toMatch(/^a tag of more than 131072 characters/)
      const inTurns = await parseXmlInTurns(Buffer.from(document))
      expect(inTurns.ok ? '' : inTurns.why).toMatch(/^a tag of more than 131072 characters/)
    }
    expect(why(`<a b="${'x'.repeat(most - 10)}"/>`)).toBe('accepted')
  })

  test.each([
    ['an XML declaration', '<?xml version="1.0" encoding="', 'x', '"?>'],
    ['a processing instruction', '<?p ', 'x', '?>'],
    ['a document type', '<!DOCTYPE a [', ' ', ']>'],
    ['a comment', '<!--', 'x', '-->'],
    ['white space', '', ' ', ''],
  ])('%s before the first element is refused while it is being read', (_, start, filling, end) => {
    expect(why(`${start}${filling.repeat(300_000)}${end}<a/>`)).toMatch(/^no element in the first 131072/)
  })

  test('the name of a namespace is bounded: names are compared together with it', () => {
    expect(why(`<p:a xmlns:p="${'u'.repeat(1024)}"/>`)).toBe('accepted')
    expect(why(`<p:a xmlns:p="${'u'.repeat(1025)}"/>`)).toMatch(/1024 characters/)
    expect(why(`<a xmlns="${'u'.repeat(1025)}"/>`)).toMatch(/1024 characters/)
  })

  test('ends of lines are read as line feeds wherever a piece ends', async () => {
    const around = (before: number) => `<a>${'x'.repeat(before)}\r\n\r\r\n&#13;</a>`
    for (const before of [65_530, 65_531, 65_532, 65_533, 65_534]) {
      const xml = await parseXmlInTurns(Buffer.from(around(before)))
      expect(xml.ok && xml.root.text.slice(before)).toBe('\n\n\n\r')
    }
  })

  test('what is large and hostile is refused at once', () => {
    const lol = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')
    const started = performance.now()
    expect(why(`<!DOCTYPE l [<!ENTITY l0 "lol">${lol}]><l>&l9;</l>`)).toMatch(/DOCTYPE/)
    expect(why('<a>'.repeat(100_000))).toMatch(/64 deep/)
    expect(why(`<a ${Array.from({ length: 50_000 }, (_, i) => `a${i}="x"`).join(' ')}`)).toMatch(
      /64 attributes/,
    )
    expect(why(`<a>&${'x'.repeat(1_000_000)}`)).toMatch(/unexpected|unclosed/)
    expect(why(`<a>${'&lt;'.repeat(250_000)}`)).toMatch(/unclosed/)
    expect(why(`<a>${']]'.repeat(500_000)}`)).toMatch(/unclosed/)
    expect(why(`<${'a'.repeat(1_000_000)}>`).length).toBeLessThanOrEqual(200)
    expect(performance.now() - started).toBeLessThan(3000)
  })
})

describe('writing XML', () => {
  test('text and attributes are escaped so that they are read back as they were', () => {
    const odd = `<b>&amp; "'\t\r\n]]> ö😀`
    const written = xmlDocument(el('x', { a: odd, left: undefined }, odd, undefined, el('y')))
    const xml = read(written)
    if (!xml.ok) throw new Error(xml.why)
    expect(xml.root.text).toBe(odd)
    expect([...xml.root.attributes]).toEqual([['a', odd]])
  })

  test('what XML 1.0 cannot say becomes U+FFFD', () => {
    expect(el('x', {}, 'a\0\u0001\uFFFE\uD800b').markup).toBe('<x>a\uFFFD\uFFFD\uFFFD\uFFFDb</x>')
  })
})
