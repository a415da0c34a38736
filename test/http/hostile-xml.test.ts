/** XML that is sent to hurt: a fault, soon, and no more memory than its bytes deserve. At the reader, and over HTTPS. */
import { request as httpsRequest } from 'node:https'
import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { CA, type Farm, mintAs, startFarm } from '../support/farm.ts'

const MIB = 1024 * 1024
const LAUGHS = Array.from({ length: 20 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')
const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'
const wrap = (body: string) => `<s:Envelope xmlns:s="${SOAP}"><s:Body>${body}</s:Body></s:Envelope>`
const upTo = (size: number, start: string, filling: string, end = '') =>
  start + filling.repeat(Math.floor((size - start.length - end.length) / filling.length)) + end

const HOSTILE: readonly (readonly [string, string | Buffer])[] = [
  ['a document type', `<!DOCTYPE a>${wrap('<a/>')}`],
  ['an external entity', `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${wrap('<a>&x;</a>')}`],
  ['an external document type', `<!DOCTYPE a SYSTEM "https://localhost:1/x.dtd">${wrap('<a/>')}`],
  ['a parameter entity', `<!DOCTYPE a [<!ENTITY % x SYSTEM "https://localhost:1/x">%x;]>${wrap('<a/>')}`],
  ['a billion laughs', `<!DOCTYPE l [<!ENTITY l0 "lol">${LAUGHS}]>${wrap('<l>&l20;</l>')}`],
  [
    'one entity many times',
    `<!DOCTYPE l [<!ENTITY a "${'a'.repeat(50_000)}">]>${wrap(`<l>${'&a;'.repeat(50_000)}</l>`)}`,
  ],
  ['100,000 elements in each other', wrap('<a>'.repeat(100_000) + '</a>'.repeat(100_000))],
  ['100,000 elements in each other, never closed', `<s:Envelope xmlns:s="${SOAP}">${'<a>'.repeat(100_000)}`],
  ['100,000 elements beside each other', wrap('<a/>'.repeat(100_000))],
  ['an attribute of a mebibyte', upTo(MIB, `<s:Envelope xmlns:s="${SOAP}" a="`, 'x', '"/>')],
  [
    'an attribute of a mebibyte of references',
    upTo(MIB, `<s:Envelope xmlns:s="${SOAP}" a="`, '&#65;', '"/>'),
  ],
  ['an attribute that never ends', upTo(MIB, '<s:Envelope a="', 'x')],
  ['150,000 attributes', upTo(MIB, '<a', ' b="1"', '/>')],
  ['40,000 namespaces', `<a${Array.from({ length: 40_000 }, (_, i) => ` xmlns:n${i}="u:${i}"`).join('')}/>`],
  ['a name of a mebibyte', upTo(MIB, '<', 'a')],
  ['a comment of a mebibyte', upTo(MIB, '<a><!--', '- ', '--></a>')],
  ['a section of brackets', upTo(MIB, '<a><![CDATA[', ']]')],
  ['a mebibyte of text', upTo(MIB, '<a>', '&lt;', '</a>')],
  ['a mebibyte of angle brackets', '<'.repeat(MIB)],
  ['a processing instruction', `<?xml-stylesheet href="https://localhost:1/"?>${wrap('<a/>')}`],
  ['another encoding than declared', Buffer.from(`<?xml version="1.0" encoding="utf-16"?>${wrap('<a/>')}`)],
  [
    'UTF-16 that says it is UTF-8',
    Buffer.from(`<?xml version="1.0" encoding="utf-8"?>${wrap('<a/>')}`, 'utf16le'),
  ],
  ['UTF-7', Buffer.from(`<?xml version="1.0" encoding="utf-7"?>${wrap('+ADw-a/+AD4-')}`)],
  ['an encoding that nobody knows', `<?xml version="1.0" encoding="${'x'.repeat(100_000)}"?>${wrap('<a/>')}`],
  ['overlong UTF-8', Buffer.concat([Buffer.from('<a>'), Buffer.from([0xc0, 0xbc]), Buffer.from('</a>')])],
  ['a NUL', wrap('<a>\0</a>')],
  ['a NUL in a name', wrap('<a\0b/>')],
  ['a mebibyte of NULs', Buffer.alloc(MIB)],
  ['a NUL by reference', wrap('<a>&#0;</a>')],
  ['XML 1.1', `<?xml version="1.1"?>${wrap('<a>&#1;</a>')}`],
]

/** What is large but well-formed: the reader may take it, and it is no request. */
const READABLE = new Set(['a comment of a mebibyte', 'a mebibyte of text'])

describe('the reader', () => {
  // In a thread of its own with little heap, which a document that grows as it is read would end.
  test('refuses or reads each within 64 MiB of heap, and within two seconds', async () => {
    const source = `
      import { parentPort } from 'node:worker_threads'
      import { parseXml } from ${JSON.stringify(`file://${resolve('dist/products/xml.js')}`)}
      parentPort.on('message', (bytes) => {
        const started = performance.now()
        const { ok } = parseXml(Buffer.from(bytes))
        parentPort.postMessage({ ok, milliseconds: performance.now() - started })
      })`
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
    })
    const read = (bytes: Buffer) =>
      new Promise<{ ok: boolean; milliseconds: number }>((done, failed) => {
        worker.once('error', failed)
        worker.once('message', (message) => {
          worker.off('error', failed)
          done(message)
        })
        worker.postMessage(bytes)
      })
    try {
      for (let round = 0; round < 2; round++) {
        for (const [what, document] of HOSTILE) {
          const { ok, milliseconds } = await read(Buffer.from(document as string))
          expect([what, ok]).toEqual([what, READABLE.has(what)])
          expect([what, milliseconds < 2000]).toEqual([what, true])
        }
      }
    } finally {
      await worker.terminate()
    }
  })
})

describe('over HTTPS', () => {
  let farm: Farm
  let authorization: string

  beforeAll(async () => {
    farm = await startFarm()
    await farm.addUsers()
    await farm.register('exchange', 'lync')
    authorization = `Bearer ${await mintAs(farm, 'lync', 'exchange', farm.lab.users[0])}`
  })
  afterAll(async () => {
    expect(farm.surprises).toEqual([])
    await farm.close()
  })

  function post(path: string, body: Buffer): Promise<{ status: number; body: string; milliseconds: number }> {
    return new Promise((done, reject) => {
      const started = performance.now()
      const headers = { authorization, 'content-type': 'text/xml', 'content-length': body.length }
      const { port } = farm.servers.exchange
      const req = httpsRequest(
        { host: '127.0.0.1', port, method: 'POST', path, headers, ca: CA() },
        (res) => {
          const chunks: Buffer[] = []
          res.on('data', (chunk: Buffer) => chunks.push(chunk))
          res.on('end', () =>
            done({
              status: res.statusCode ?? 0,
              body: Buffer.concat(chunks).toString(),
              milliseconds: performance.now() - started,
            }),
          )
        },
      )
      req.on('error', reject)
      req.end(body)
    })
  }

  const answers: readonly (readonly [string, number, RegExp])[] = [
    ['/EWS/Exchange.asmx', 500, /<e:ResponseCode [^>]*>ErrorSchemaValidation</],
    ['/autodiscover/autodiscover.svc', 500, /<faultcode>s:Client</],
    ['/autodiscover/autodiscover.xml', 200, /<ErrorCode>600</],
  ]

  test.each(answers)('%s answers each with its own no, within five seconds', async (path, status, body) => {
    for (const [what, document] of HOSTILE) {
      const reply = await post(path, Buffer.from(document as string))
      expect([what, reply.status, reply.milliseconds < 5000]).toEqual([what, status, true])
      expect(reply.body).toMatch(body)
      // What was sent is not sent back, but for a few words of it.
      expect([what, reply.body.length < 2000]).toEqual([what, true])
      expect(reply.body).not.toMatch(/root:|lollol|\.[jt]s:\d/)
    }
  })

  // Of the size that EWS takes, which is more than the others do.
  const list = (count: number, one: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => one(i)).join(' ')
  test.each([
    ['a million attributes', () => `<p:a xmlns:p="u" ${list(1_000_000, (i) => `p:a${i}=''`)}/>`],
    ['700,000 namespaces', () => `<a ${list(700_000, (i) => `xmlns:a${i}='u'`)}/>`],
    [
      'attributes in a namespace of a mebibyte',
      () => `<a xmlns:p="${'u'.repeat(MIB)}">${`<p:a ${list(60, (i) => `p:a${i}=''`)}/>`.repeat(10_000)}</a>`,
    ],
  ])(
    '%s in one request of EWS are a fault, and another request waits for them less than three seconds',
    async (_, make) => {
      const long = post('/EWS/Exchange.asmx', Buffer.from(wrap(make())))
      let slowest = 0
      let isAnswered = false
      long.then(
        () => (isAnswered = true),
        () => (isAnswered = true),
      )
      while (!isAnswered)
        slowest = Math.max(slowest, (await post('/EWS/Exchange.asmx', Buffer.from('<a/>'))).milliseconds)
      const { status, body } = await long
      expect([status, slowest < 3000]).toEqual([500, true])
      expect(body).toMatch(/ErrorSchemaValidation/)
    },
  )

  // Peak memory of the whole process, client included: it does not climb with the number of attacks.
  test('memory stays flat: more attacks cost no more than the first', async () => {
    const heavy = HOSTILE.map(([, document]) => Buffer.from(document as string)).filter(
      ({ length }) => length > MIB / 4,
    )
    const round = async () => {
      for (const document of heavy) await post('/EWS/Exchange.asmx', document)
    }
    await round()
    const before = process.resourceUsage().maxRSS
    for (let n = 0; n < 2; n++) await round()
    const grownMiB = (process.resourceUsage().maxRSS - before) / 1024
    expect(heavy.length).toBeGreaterThan(7)
    expect(grownMiB).toBeLessThan(256)
  })
})
