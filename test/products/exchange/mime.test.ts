import fc from 'fast-check'
import { decodeBase64, encodeBase64 } from '../../../src/products/exchange/base64.ts'
import { htmlAppended, htmlOfText, textOfHtml } from '../../../src/products/exchange/body-conversion.ts'
import { codes, find, getItem, ken, message, root, startExchange, textOf } from './harness.ts'
import {
  all,
  appointment,
  attachmentIdsIn,
  base64,
  create,
  file,
  getAttachment,
  idIn,
  idOf,
  itemsIn,
  mailbox,
  textsOf,
  to,
} from './items-harness.ts'

const ASKED = '<t:IncludeMimeContent>true</t:IncludeMimeContent>'
const mimeContent = (mime: string | Buffer) => `<t:MimeContent>${base64(mime)}</t:MimeContent>`

const WHOLE = [
  'From: =?utf-8?Q?J=C3=B6?= <jo@litwareinc.com>',
  'To: Pilar Ackerman <pilar@litwareinc.com>, "b, c" <b@litwareinc.com>',
  'Cc: c@litwareinc.com',
  'Subject: =?utf-8?B?R3LDvMOfZQ==?=',
  'Date: Sat, 21 Nov 2026 04:45:00 +0100',
  'Message-ID: <one@litwareinc.com>',
  'In-Reply-To: <zero@litwareinc.com>',
  'Importance: high',
  'X-Odd:  two  blanks',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=q',
  '',
  '--q',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>Hi</p>',
  '--q',
  'Content-Type: application/octet-stream',
  'Content-Disposition: attachment; filename=plan.bin',
  'Content-Transfer-Encoding: base64',
  '',
  base64(Buffer.from([0, 1, 254, 255])),
  '--q--',
  '',
].join('\r\n')

describe('MIME content that is written', () => {
  test('says subject, people, date, body, headers and attachments, and comes back byte for byte', async () => {
    const { ews } = startExchange()
    const created = await ews(create(message(mimeContent(WHOLE))))
    const reply = await ews(getItem(idIn(created), 'AllProperties', ASKED))
    expect(textsOf(reply, 'Message')).toMatchObject({
      Subject: 'Grüße',
      Body: '<p>Hi</p>\n',
      DateTimeSent: '2026-11-21T03:45:00Z',
      DisplayTo: 'Pilar Ackerman; b, c',
      DisplayCc: 'c@litwareinc.com',
      InternetMessageId: '<one@litwareinc.com>',
      InReplyTo: '<zero@litwareinc.com>',
      Importance: 'High',
      HasAttachments: 'true',
      ConversationTopic: 'Grüße',
    })
    expect(find(find(root(reply), 'From')!, 'Name')?.text).toBe('Jö')
    const headers = all(root(reply), 'InternetMessageHeader')
    expect(headers.find(({ attributes }) => attributes.get('HeaderName') === 'X-Odd')?.text).toMatch(
      /two\s+blanks/,
    )
    expect(Buffer.from(textOf(reply, 'MimeContent') ?? '', 'base64').toString()).toBe(WHOLE)
    const attachment = await ews(getAttachment(attachmentIdsIn(created)[0]!))
    expect([...Buffer.from(textOf(attachment, 'Content') ?? '', 'base64')]).toEqual([0, 1, 254, 255])
    expect(textOf(attachment, 'Name')).toBe('plan.bin')
  })

  test('counts where no property says it', async () => {
    const { ews } = startExchange()
    const body = `${mimeContent(WHOLE)}<t:Subject>Mine</t:Subject><t:Attachments>${file('other.txt', 'x')}</t:Attachments>${to('d@litwareinc.com')}`
    const reply = await ews(getItem(idIn(await ews(create(message(body)))), 'AllProperties', ASKED))
    expect(textsOf(reply, 'Message')).toMatchObject({
      Subject: 'Mine',
      DisplayTo: 'd@litwareinc.com',
      DisplayCc: 'c@litwareinc.com',
    })
    expect(all(root(reply), 'Name').map(({ text }) => text)).toContain('other.txt')
    expect(all(root(reply), 'FileAttachment')).toHaveLength(1)
    expect(Buffer.from(textOf(reply, 'MimeContent') ?? '', 'base64').toString()).toBe(WHOLE)
  })

  test('that is long is read as well as what is short', async () => {
    const { ews } = startExchange()
    const long = `Subject: Long\r\nTo: a@b.c\r\n\r\n${'a line of text\r\n'.repeat(20_000)}`
    const texts = textsOf(await ews(getItem(idIn(await ews(create(message(mimeContent(long))))))), 'Message')
    expect(texts).toMatchObject({ Subject: 'Long', DisplayTo: 'a@b.c' })
    expect(texts['Body']).toMatch(/^(a line of text\r?\n)+/)
    expect(Number(texts['Size'])).toBeGreaterThan(long.length)
  })

  test('that is no base64 is the fault of its item alone', async () => {
    const { ews } = startExchange()
    const wrong = message('<t:MimeContent>###</t:MimeContent>')
    expect(codes(await ews(create(wrong + message(''))))).toEqual([
      'ErrorMimeContentInvalidBase64String',
      'NoError',
    ])
  })

  test.each([
    [''],
    ['\0\0\0'],
    ['no header at all'],
    ['Content-Type: multipart/mixed; boundary=\r\n\r\n--'],
    [`${'X: y\r\n'.repeat(5000)}\r\n`],
  ])('that is odd is kept all the same (%#)', async (mime) => {
    const { ews } = startExchange()
    const id = idIn(await ews(create(message(mimeContent(mime)))))
    const reply = await ews(getItem(id, 'AllProperties', ASKED))
    expect(Buffer.from(textOf(reply, 'MimeContent') ?? '', 'base64').toString()).toBe(mime)
  })
})

describe('MIME content that was not written', () => {
  const made = async (item: string, attributes?: string) => {
    const { ews } = startExchange()
    const id = idIn(await ews(create(item, attributes)))
    const read = async () =>
      Buffer.from(textOf(await ews(getItem(id, 'IdOnly', ASKED)), 'MimeContent') ?? '', 'base64').toString()
    return { mime: await read(), again: await read() }
  }

  test('is made of what the item says, the same each time', async () => {
    const { mime, again } = await made(
      message(
        `<t:Subject>Grüße</t:Subject><t:Sensitivity>Private</t:Sensitivity><t:Body BodyType="HTML">&lt;p&gt;Hi&lt;/p&gt;</t:Body><t:Attachments>${file('a.txt', 'hello')}</t:Attachments><t:Importance>High</t:Importance><t:InternetMessageHeaders><t:InternetMessageHeader HeaderName="X-One">1</t:InternetMessageHeader><t:InternetMessageHeader HeaderName="Subject">No</t:InternetMessageHeader></t:InternetMessageHeaders>${to('pilar@litwareinc.com')}<t:From>${mailbox('kenmyer@litwareinc.com', 'Ken Myer')}</t:From>`,
      ),
    )
    expect(mime).toBe(again)
    for (const line of [
      'From: Ken Myer <kenmyer@litwareinc.com>',
      'To: pilar@litwareinc.com',
      'X-One: 1',
      'Importance: High',
      'Sensitivity: Private',
      'MIME-Version: 1.0',
      base64('hello'),
    ])
      expect(mime.split('\r\n')).toContain(line)
    expect(mime.match(/^subject:/gim)).toHaveLength(1)
    const { ews } = startExchange()
    const read = textsOf(await ews(getItem(idIn(await ews(create(message(mimeContent(mime))))))), 'Message')
    expect(read).toMatchObject({ Subject: 'Grüße', HasAttachments: 'true', Importance: 'High' })
    expect(read['Body']).toContain('<p>Hi</p>')
  })

  test('lets no header in by way of a property', async () => {
    const { mime } = await made(
      message(
        `<t:Subject>a&#13;&#10;Bcc: x@y.z</t:Subject><t:InternetMessageHeaders><t:InternetMessageHeader HeaderName="X-A: b&#13;&#10;X-B">1&#13;&#10;X-C: d</t:InternetMessageHeader><t:InternetMessageHeader HeaderName="X-D">1&#13;&#10;X-E: d</t:InternetMessageHeader></t:InternetMessageHeaders>${to('a@b.c')}`,
      ),
    )
    expect(mime).not.toMatch(/^(bcc|x-b|x-c|x-e):/im)
  })

  test('of an appointment has its event', async () => {
    const { mime } = await made(
      appointment(
        `<t:Subject>A; b, c</t:Subject><t:Start>2026-12-01T09:00:00Z</t:Start><t:End>2026-12-01T10:00:00Z</t:End><t:Location>${'ü'.repeat(100)}</t:Location>`,
      ),
      'SendMeetingInvitations="SendToNone"',
    )
    expect(mime).toMatch(/Content-Type: text\/calendar; charset=utf-8; method=PUBLISH/)
    // The event is all there is, so it is the message's own body.
    const [head = '', body = ''] = mime.split(/\r\n\r\n([\s\S]*)/)
    const isBase64 = /^Content-Transfer-Encoding: base64\r?$/m.test(head)
    const event = isBase64 ? Buffer.from(body, 'base64').toString() : decodeQuoted(body)
    expect(event).toContain('DTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\nSUMMARY:A\\; b\\, c\r\n')
    expect(event.replaceAll('\r\n ', '')).toContain(`LOCATION:${'ü'.repeat(100)}`)
    for (const line of event.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
  })
})

function decodeQuoted(text: string): string {
  const joined = text.replaceAll('=\r\n', '')
  return Buffer.from(
    joined.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')
}

describe('base64', () => {
  test('is read as Buffer reads it, wherever white space stands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(600)), async (bytes, blanks) => {
        let text = Buffer.from(bytes).toString('base64')
        for (const place of blanks) text = `${text.slice(0, place)}\r\n${text.slice(place)}`
        const read = await decodeBase64(text, 'x')
        expect(read.ok && Buffer.compare(read.value, Buffer.from(bytes))).toBe(0)
      }),
      { numRuns: 300, seed: 7 },
    )
  })

  test('of more than one piece is the same as of one', async () => {
    for (const length of [262_143, 196_607, 196_608, 196_609, 600_001]) {
      const bytes = Buffer.alloc(length, 'entente')
      expect(await encodeBase64(bytes)).toBe(bytes.toString('base64'))
      const read = await decodeBase64(` ${bytes.toString('base64')}\n`, 'x')
      expect(read.ok && read.value.equals(bytes)).toBe(true)
    }
  })

  test.each(['a', 'a===', '=', 'ab=c', 'abc==', 'ab==cd', 'a*bc', 'abcd=', `${'a'.repeat(300_000)}=a`])(
    '%.10s is none',
    async (text) => {
      expect((await decodeBase64(text, 'Content')).ok).toBe(false)
    },
  )
})

describe('bodies', () => {
  test.each([
    ['<p>a</p><p>b</p>', 'a\r\n\r\nb'],
    ['a<br>b<br/>c', 'a\r\nb\r\nc'],
    ['<head><title>x</title></head><SCRIPT>alert(1)</SCRIPT ><style>p{}</style>y<!-- z -->', 'y'],
    ['1 &lt; 2 &amp; 3 &#8364; &#x20AC; &unknown; &nbsp;', '1 < 2 & 3 € € &unknown;'],
    ['a < b', 'a < b'],
    ['&lt;script&gt;', '<script>'],
    ['<style>', ''],
    ['x <', 'x <'],
    ['&#0;&#xD800;', '\uFFFD\uFFFD'],
  ])('%j as text is %j', (html, expected) => {
    expect(textOfHtml(html)).toBe(expected)
  })

  test('of hostile HTML take no longer than their length', () => {
    for (const html of [
      '<'.repeat(500_000),
      '<style>'.repeat(60_000),
      '<!--'.repeat(100_000),
      '&'.repeat(500_000),
      '</'.repeat(200_000),
    ]) {
      const started = process.hrtime.bigint()
      textOfHtml(html)
      expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(2000)
    }
  })

  test('of text are HTML that says the same', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z<>&;"]{0,40}$/), (text) => textOfHtml(htmlOfText(text)) === text),
      { seed: 7 },
    )
    expect(htmlAppended('<html><BODY>a</BODY></html>', '<b>', 'Text')).toBe(
      '<html><BODY>a<div>&lt;b&gt;</div></BODY></html>',
    )
    expect(htmlAppended('a', '<b>', 'HTML')).toBe('a<b>')
  })
})

test('a message is sent as it was written in MIME', async () => {
  const { ews, kit } = startExchange()
  const mime =
    'From: kenmyer@litwareinc.com\r\nTo: kenmyer@litwareinc.com\r\nSubject: Signed\r\nX-Odd:  two\r\n\r\nx\r\n'
  await ews(create(message(mimeContent(mime)), 'MessageDisposition="SendOnly"'))
  const [item] = await itemsIn(kit, ken, 'inbox')
  const reply = await ews(getItem(idOf(item!), 'IdOnly', ASKED))
  expect(Buffer.from(textOf(reply, 'MimeContent') ?? '', 'base64').toString()).toBe(mime)
})
