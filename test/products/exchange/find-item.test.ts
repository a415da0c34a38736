/** FindItem: pages, orders, restrictions, views. */
import { FIELD_URIS } from '../../../src/products/exchange/field-uris.ts'
import type { KeptProperty } from '../../../src/products/exchange/kept-property.ts'
import type { Item } from '../../../src/products/exchange/mailbox.ts'
import {
  codes,
  createItem,
  faultCode,
  find,
  ken,
  message,
  messages,
  NOW,
  named,
  names,
  pilar,
  root,
  startExchange,
  wrap,
} from './harness.ts'
import {
  compare,
  contains,
  field,
  findItem,
  folderOf,
  indexed,
  paging,
  put,
  restriction,
  sortBy,
  subjects,
} from './mail.ts'

const INBOX = named('inbox')

async function inboxOf(items: readonly (Partial<Item> & { properties?: readonly KeptProperty[] })[]) {
  const exchange = startExchange()
  const inbox = await folderOf(exchange, 'inbox')
  for (const { properties, ...columns } of items) await put(exchange.kit, inbox, columns, properties)
  return exchange
}
const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ subject: `S${i}`, receivedAt: NOW + i }))

describe('pages', () => {
  test('all items, newest first, when no view is asked for', async () => {
    const { ews } = await inboxOf(numbered(3))
    const reply = await ews(findItem(INBOX))
    expect(subjects(reply)).toEqual(['S2', 'S1', 'S0'])
    expect(paging(reply)).toEqual({
      IndexedPagingOffset: '3',
      TotalItemsInView: '3',
      IncludesLastItemInRange: 'true',
    })
  })

  test.each<[string, number, number, string, string[], string, string]>([
    ['the first page', 0, 2, 'Beginning', ['S4', 'S3'], '2', 'false'],
    ['a page in the middle', 2, 2, 'Beginning', ['S2', 'S1'], '4', 'false'],
    ['the last page', 4, 2, 'Beginning', ['S0'], '5', 'true'],
    ['a page after the last', 9, 2, 'Beginning', [], '9', 'true'],
    ['the last items, from the end', 0, 2, 'End', ['S1', 'S0'], '2', 'false'],
    ['those before them, from the end', 4, 2, 'End', ['S4'], '5', 'true'],
  ])('%s', async (_, offset, most, basePoint, expected, next, isLast) => {
    const { ews } = await inboxOf(numbered(5))
    const reply = await ews(findItem(INBOX, { view: indexed('Item', offset, most, basePoint) }))
    expect(subjects(reply)).toEqual(expected)
    expect(paging(reply)).toEqual({
      IndexedPagingOffset: next,
      TotalItemsInView: '5',
      IncludesLastItemInRange: isLast,
    })
  })

  test('a page from a fraction of all', async () => {
    const { ews } = await inboxOf(numbered(5))
    const view = '<m:FractionalPageItemView MaxEntriesReturned="2" Numerator="1" Denominator="2"/>'
    const reply = await ews(findItem(INBOX, { view }))
    expect(subjects(reply)).toEqual(['S2', 'S1'])
    expect(paging(reply)).toMatchObject({ NumeratorOffset: '4', AbsoluteDenominator: '5' })
  })

  test.each([
    [indexed('Item', -1, 5), 'ErrorInvalidIndexedPagingParameters'],
    [indexed('Item', 0, 0), 'ErrorInvalidPagingMaxRows'],
    ['<m:FractionalPageItemView Numerator="2" Denominator="1"/>', 'ErrorInvalidFractionalPagingParameters'],
    ['<m:FractionalPageItemView Numerator="0" Denominator="0"/>', 'ErrorInvalidFractionalPagingParameters'],
    [
      '<m:CalendarView StartDate="2026-01-01T00:00:00Z" EndDate="2029-01-01T00:00:00Z"/>',
      'ErrorCalendarViewRangeTooBig',
    ],
    [
      '<m:CalendarView StartDate="2026-01-01T00:00:00Z" EndDate="2026-02-01T00:00:00Z"/>',
      'ErrorCalendarFolderIsInvalidForCalendarView',
    ],
    ['<m:GroupBy Order="Ascending"/>', 'ErrorInvalidOperation'],
  ])('the view %s is answered with %s', async (view, code) => {
    expect(codes(await startExchange().ews(findItem(INBOX + INBOX, { view })))).toEqual([code, code])
  })

  test('each of several folders has its own answer', async () => {
    const exchange = await inboxOf(numbered(1))
    const reply = await exchange.ews(findItem(INBOX + named('voicemail') + named('drafts')))
    expect(codes(reply)).toEqual(['NoError', 'ErrorFolderNotFound', 'NoError'])
    const [found, missing, empty] = messages(reply)
    expect(names(found?.element)).toEqual(['ResponseCode', 'RootFolder'])
    expect(names(missing?.element)).toEqual(['MessageText', 'ResponseCode', 'DescriptiveLinkKey'])
    expect(names(find(empty!.element, 'RootFolder'))).toEqual(['Items'])
  })

  test('bodies and recipients are not in lists', async () => {
    const properties = [{ name: 'Body', attributes: { BodyType: 'Text' }, text: 'long' }]
    const { ews } = await inboxOf([{ subject: 'S', properties }])
    const shown = find(root(await ews(findItem(INBOX))), 'Message')
    expect(names(shown)).toContain('Subject')
    expect(names(shown)).not.toContain('Body')
  })

  test('another user’s folder is not found', async () => {
    const theirs = `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${ken.smtp}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
    const { ews } = await inboxOf(numbered(1))
    expect(codes(await ews(findItem(theirs), pilar))).toEqual(['ErrorFolderNotFound'])
  })

  test.each(['SoftDeleted', 'Associated'])('a traversal of the kind %s finds nothing', async (traversal) => {
    const { ews } = await inboxOf(numbered(2))
    const reply = await ews(findItem(INBOX).replace('"Shallow"', `"${traversal}"`))
    expect(paging(reply)).toEqual({ TotalItemsInView: '0', IncludesLastItemInRange: 'true' })
  })
})

describe('orders', () => {
  test('by one property, and by another among equals', async () => {
    const { ews } = await inboxOf([
      { subject: 'b', size: 1 },
      { subject: 'A', size: 2 },
      { subject: 'a', size: 1 },
    ])
    const more = sortBy(['item:Subject', 'Ascending'], ['item:Size', 'Ascending'])
    expect(subjects(await ews(findItem(INBOX, { more })))).toEqual(['a', 'A', 'b'])
    const other = sortBy(['item:Subject', 'Descending'])
    expect(subjects(await ews(findItem(INBOX, { more: other })))[0]).toBe('b')
  })

  test('a property that the store does not sort by', async () => {
    const { ews } = startExchange()
    const more = sortBy(['item:Categories', 'Ascending'])
    expect(codes(await ews(findItem(INBOX, { more })))).toEqual(['ErrorUnsupportedPathForSortGroup'])
  })
})

const MARCH = Date.UTC(2026, 2, 1) / 1000
const TAG = { PropertyTag: '0x3a4d', PropertyType: 'Integer' }
const extendedProperty: KeptProperty = {
  name: 'ExtendedProperty',
  children: [
    { name: 'ExtendedFieldURI', attributes: TAG },
    { name: 'Value', text: '6' },
  ],
}
const extendedUri = '<t:ExtendedFieldURI PropertyTag="14925" PropertyType="Integer"/>'

const CORPUS = [
  { subject: 'Alpha report', receivedAt: MARCH, isRead: true, importance: 2 },
  {
    subject: 'beta Report',
    receivedAt: MARCH + 86_400,
    fromName: 'Pilar',
    properties: [{ name: 'Categories', children: [{ name: 'String', text: 'Red' }] }, extendedProperty],
  },
  {
    subject: 'Ärger',
    receivedAt: MARCH + 2 * 86_400,
    properties: [{ name: 'InternetMessageId', text: '<1@x>' }],
  },
]

const ALL = ['Ärger', 'beta Report', 'Alpha report']

describe('restrictions', () => {
  test.each<[string, string, string[]]>([
    ['equal, of text in any case', compare('IsEqualTo', 'item:Subject', 'ALPHA REPORT'), ['Alpha report']],
    ['not equal', compare('IsNotEqualTo', 'message:IsRead', 'true'), ['Ärger', 'beta Report']],
    ['equal, of a truth as 1', compare('IsEqualTo', 'message:IsRead', '1'), ['Alpha report']],
    ['equal, of a word', compare('IsEqualTo', 'item:Importance', 'High'), ['Alpha report']],
    [
      'greater, of a time with an offset',
      compare('IsGreaterThan', 'item:DateTimeReceived', '2026-03-02T01:00:00+01:00'),
      ['Ärger'],
    ],
    [
      'greater or equal, of a time',
      compare('IsGreaterThanOrEqualTo', 'item:DateTimeReceived', '2026-03-02T00:00:00Z'),
      ['Ärger', 'beta Report'],
    ],
    ['less, of a day', compare('IsLessThan', 'item:DateTimeReceived', '2026-03-02'), ['Alpha report']],
    ['less or equal, of a number', compare('IsLessThanOrEqualTo', 'item:Size', '0'), []],
    ['a part of a text', contains('item:Subject', 'report'), ['beta Report', 'Alpha report']],
    [
      'a part of a text, in its case',
      contains('item:Subject', 'report', 'Substring', 'Exact'),
      ['Alpha report'],
    ],
    ['a beginning', contains('item:Subject', 'ALPHA', 'Prefixed'), ['Alpha report']],
    ['a whole text', contains('item:Subject', 'alpha', 'FullString'), []],
    [
      'the beginning of a word',
      contains('item:Subject', 'rep', 'PrefixOnWords'),
      ['beta Report', 'Alpha report'],
    ],
    ['a phrase of whole words', contains('item:Subject', 'repor', 'ExactPhrase'), []],
    ['a letter outside of ASCII in any case', contains('item:Subject', 'äRG'), ['Ärger']],
    [
      'a letter without its mark',
      contains('item:Subject', 'arger', 'FullString', 'IgnoreCaseAndNonSpacingCharacters'),
      ['Ärger'],
    ],
    ['characters that are wildcards elsewhere', contains('item:Subject', '%'), []],
    ['a list of texts', contains('item:Categories', 'red', 'FullString'), ['beta Report']],
    ['a property that is there', `<t:Exists>${field('message:InternetMessageId')}</t:Exists>`, ['Ärger']],
    [
      'a property that is not',
      `<t:Not><t:Exists>${field('item:Categories')}</t:Exists></t:Not>`,
      ['Ärger', 'Alpha report'],
    ],
    [
      'an extended property',
      `<t:IsEqualTo>${extendedUri}<t:FieldURIOrConstant><t:Constant Value="6"/></t:FieldURIOrConstant></t:IsEqualTo>`,
      ['beta Report'],
    ],
    [
      'bits that are set',
      `<t:Not><t:Excludes>${extendedUri}<t:Bitmask Value="0x2"/></t:Excludes></t:Not>`,
      ['Ärger', 'beta Report', 'Alpha report'],
    ],
    [
      'bits that are not set',
      `<t:Excludes>${extendedUri}<t:Bitmask Value="0x9"/></t:Excludes>`,
      ['beta Report'],
    ],
    [
      'another property',
      `<t:IsEqualTo>${field('item:DateTimeReceived')}<t:FieldURIOrConstant>${field('item:DateTimeSent')}</t:FieldURIOrConstant></t:IsEqualTo>`,
      [],
    ],
    [
      'and',
      `<t:And>${contains('item:Subject', 'report')}${compare('IsEqualTo', 'message:IsRead', 'false')}</t:And>`,
      ['beta Report'],
    ],
    [
      'and, decided in two places',
      `<t:And>${contains('item:Subject', 'report')}${contains('item:Categories', 'Red')}</t:And>`,
      ['beta Report'],
    ],
    [
      'or',
      `<t:Or>${compare('IsEqualTo', 'item:Subject', 'Ärger')}${contains('item:Categories', 'Red')}</t:Or>`,
      ['Ärger', 'beta Report'],
    ],
    ['who it is from', contains('message:From', 'pilar'), ['beta Report']],
    ...(
      [
        ['item:IsAssociated', 'false'],
        ['item:IsFromMe', 'false'],
        ['item:ReminderIsSet', '0'],
        ['message:IsReadReceiptRequested', 'false'],
        ['item:Sensitivity', 'Normal'],
      ] as const
    ).map(
      ([uri, value]) =>
        [`${uri}, which the server says by itself`, compare('IsEqualTo', uri, value), ALL] as [
          string,
          string,
          string[],
        ],
    ),
    ['a topic', compare('IsEqualTo', 'message:ConversationTopic', 'alpha report'), ['Alpha report']],
    ['no draft', `<t:Not>${compare('IsEqualTo', 'item:IsDraft', 'true')}</t:Not>`, []],
    ['minutes', compare('IsLessThan', 'item:ReminderMinutesBeforeStart', '5'), ALL],
    ['a property of another kind of item', `<t:Exists>${field('calendar:IsMeeting')}</t:Exists>`, []],
  ])('%s', async (_, condition, expected) => {
    const { ews } = await inboxOf(CORPUS)
    const reply = await ews(findItem(INBOX, { more: restriction(condition) }))
    expect(subjects(reply)).toEqual(expected)
    expect(paging(reply)).toMatchObject({ TotalItemsInView: String(expected.length) })
  })

  const escaped = (text: string) => text.replace(/[<>&]/g, (one) => `&#${one.charCodeAt(0)};`)
  test('whatever a reply shows of a message, the same text finds it', async () => {
    const { ews } = startExchange()
    const content =
      '<t:Subject>Re: a</t:Subject><t:Sensitivity>Personal</t:Sensitivity><t:Body BodyType="Text">b</t:Body>'
    await ews(createItem(message(`${content}<t:Importance>High</t:Importance>`), INBOX))
    const shape = '<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
    const [id] = /<t:ItemId [^>]*>/.exec(String((await ews(findItem(INBOX))).body)) ?? []
    const item = find(
      root(await ews(wrap(`<m:GetItem>${shape}<m:ItemIds>${id}</m:ItemIds></m:GetItem>`))),
      'Message',
    )
    const plain = (item?.children ?? []).filter(({ children, text }) => children.length === 0 && text !== '')
    expect(plain.length).toBeGreaterThan(20)
    for (const { name, text } of plain) {
      const uri = ['item', 'message'].map((scope) => `${scope}:${name}`).find((one) => FIELD_URIS.has(one))
      const reply = await ews(
        findItem(INBOX, { more: restriction(compare('IsEqualTo', uri ?? '', escaped(text))) }),
      )
      expect([uri, codes(reply), subjects(reply).length]).toEqual([uri, ['NoError'], 1])
    }
  })

  test('whom a meeting is with finds it', async () => {
    const exchange = startExchange()
    const calendar = await folderOf(exchange, 'calendar')
    const person = { name: 'Mailbox', children: [{ name: 'Name', text: 'Pilar' }] }
    const attendees = { name: 'RequiredAttendees', children: [{ name: 'Attendee', children: [person] }] }
    await put(exchange.kit, calendar, { kind: 'CalendarItem', subject: 'meeting' }, [attendees])
    const reply = await exchange.ews(
      findItem(named('calendar'), { more: restriction(contains('item:DisplayTo', 'pilar')) }),
    )
    expect(subjects(reply)).toEqual(['meeting'])
  })

  test.each([
    ['item:DateTimeReceived', 'garbage'],
    ['item:DateTimeReceived', '2026-13-01T00:00:00Z'],
    ['item:Size', 'ten'],
    ['message:IsRead', 'maybe'],
    ['item:IsDraft', 'maybe'],
    ['item:Importance', 'Huge'],
    ['item:ReminderMinutesBeforeStart', 'soon'],
    ['calendar:Start', 'today'],
  ])('a constant beside %s that is %s is refused', async (uri, value) => {
    const { ews } = startExchange()
    for (const condition of [
      compare('IsLessThan', uri, value),
      `<t:Not><t:Or>${compare('IsEqualTo', uri, value)}${contains('item:Subject', 'a')}</t:Or></t:Not>`,
    ])
      expect(codes(await ews(findItem(INBOX, { more: restriction(condition) })))).toEqual([
        'ErrorInvalidValueForProperty',
      ])
  })

  test.each(['item:MimeContent', 'item:Attachments', 'item:EffectiveRights'])(
    '%s, which stands beside an item, is refused',
    async (uri) => {
      const more = restriction(`<t:Exists>${field(uri)}</t:Exists>`)
      expect(codes(await startExchange().ews(findItem(INBOX, { more })))).toEqual([
        'ErrorUnsupportedPathForQuery',
      ])
    },
  )

  test.each(['item:Nope', 'item:subject', 'Subject', 'Item:Subject', ''])(
    'a property that the schema does not know is a fault: %j',
    async (uri) => {
      const more = restriction(`<t:Exists>${field(uri)}</t:Exists>`)
      expect(faultCode(await startExchange().ews(findItem(INBOX, { more })))).toBe('ErrorSchemaValidation')
    },
  )

  const nested = (depth: number): string =>
    depth === 0 ? compare('IsEqualTo', 'item:Size', '1') : `<t:Not>${nested(depth - 1)}</t:Not>`

  test.each([
    [nested(40), 'ErrorRestrictionTooComplex'],
    [`<t:Or>${compare('IsEqualTo', 'item:Size', '1').repeat(300)}</t:Or>`, 'ErrorRestrictionTooLong'],
    [
      `<t:Excludes>${field('item:Size')}<t:Bitmask Value="0"/></t:Excludes>`,
      'ErrorInvalidExcludesRestriction',
    ],
  ])('one that goes too far is refused', async (condition, code) => {
    const reply = await startExchange().ews(findItem(INBOX, { more: restriction(condition) }))
    expect(codes(reply)).toEqual([code])
  })

  test.each([
    ['', 'Restriction must hold one condition'],
    ['<t:Near/>', 'Restriction may not hold Near'],
    ['<t:IsEqualTo/>', 'IsEqualTo must hold a property and FieldURIOrConstant'],
    ['<t:Contains ContainmentMode="Suffix"/>', 'ContainmentMode'],
    ['<t:And/>', 'And must hold a condition'],
  ])('%j breaks the schema, and the fault says how', async (condition, why) => {
    const reply = await startExchange().ews(findItem(INBOX, { more: restriction(condition) }))
    expect(faultCode(reply)).toBe('ErrorSchemaValidation')
    expect(reply.body).toContain(why)
  })
})

describe('query strings', () => {
  const query = (text: string) => ({ after: `<m:QueryString>${text}</m:QueryString>` })

  test.each([
    ['report', ['beta Report', 'Alpha report']],
    ['subject:"alpha report"', ['Alpha report']],
    ['from:pil report', ['beta Report']],
    ['nothing', []],
  ])('%s', async (text, expected) => {
    const { ews } = await inboxOf(CORPUS)
    expect(subjects(await ews(findItem(INBOX, query(text))))).toEqual(expected)
  })

  test.each(['a OR b', 'kind:email', '(a)', 'received:today'])('%s is refused', async (text) => {
    const { ews } = startExchange()
    expect(codes(await ews(findItem(INBOX, query(text))))).toEqual(['ErrorUnsupportedQueryFilter'])
  })
})

describe('views', () => {
  const at = (text: string) => Date.parse(text) / 1000
  const appointment = (subject: string, start: string, end: string) => ({
    kind: 'CalendarItem' as const,
    subject,
    startAt: at(start),
    endAt: at(end),
  })
  const view = (start: string, end: string, most = '') =>
    `<m:CalendarView${most && ` MaxEntriesReturned="${most}"`} StartDate="${start}" EndDate="${end}"/>`

  test('a calendar view shows what overlaps its time, in the order in which it begins', async () => {
    const exchange = startExchange()
    const calendar = await folderOf(exchange, 'calendar')
    for (const one of [
      appointment('after', '2026-03-02T00:00:00Z', '2026-03-02T01:00:00Z'),
      appointment('inside', '2026-03-01T10:00:00Z', '2026-03-01T11:00:00Z'),
      appointment('before', '2026-02-28T10:00:00Z', '2026-03-01T00:00:00Z'),
      appointment('over the beginning', '2026-02-28T23:00:00Z', '2026-03-01T00:30:00Z'),
      appointment('no time at all', '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z'),
    ])
      await put(exchange.kit, calendar, one)
    const day = view('2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z')
    const reply = await exchange.ews(findItem(named('calendar'), { view: day }))
    expect(subjects(reply)).toEqual(['over the beginning', 'no time at all', 'inside'])
    const two = await exchange.ews(
      findItem(named('calendar'), { view: view('2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z', '2') }),
    )
    expect(paging(two)).toEqual({ TotalItemsInView: '2', IncludesLastItemInRange: 'false' })
  })

  test('a calendar view reads times without a zone in the zone of the request', async () => {
    const exchange = startExchange()
    const calendar = await folderOf(exchange, 'calendar')
    await put(exchange.kit, calendar, appointment('early', '2026-02-28T23:10:00Z', '2026-02-28T23:20:00Z'))
    const header =
      '<t:TimeZoneContext><t:TimeZoneDefinition Id="W. Europe Standard Time"/></t:TimeZoneContext>'
    const body = findItem(named('calendar'), { view: view('2026-03-01T00:00:00', '2026-03-02T00:00:00') })
    const [, inner = ''] = /<soap:Body>(.*)<\/soap:Body>/s.exec(body) ?? []
    expect(subjects(await exchange.ews(wrap(inner, header)))).toEqual(['early'])
    expect(subjects(await exchange.ews(body))).toEqual([])
  })

  test('a series is shown as its occurrences, at its own time of day on both sides of a change of clocks', async () => {
    const exchange = startExchange()
    const calendar = await folderOf(exchange, 'calendar')
    const recurrence: KeptProperty = {
      name: 'Recurrence',
      children: [
        {
          name: 'WeeklyRecurrence',
          children: [
            { name: 'Interval', text: '1' },
            { name: 'DaysOfWeek', text: 'Friday' },
          ],
        },
        { name: 'NoEndRecurrence', children: [{ name: 'StartDate', text: '2026-03-20' }] },
      ],
    }
    const zone = { name: 'StartTimeZone', attributes: { Id: 'W. Europe Standard Time' } }
    await put(exchange.kit, calendar, appointment('weekly', '2026-03-20T08:00:00Z', '2026-03-20T08:30:00Z'), [
      recurrence,
      zone,
    ])
    const found = await exchange.kit.mailboxes.appointments(
      calendar.id,
      at('2026-05-01T00:00:00Z'),
      at('2026-05-02T00:00:00Z'),
      9,
    )
    expect([found.single.length, found.series.length]).toEqual([0, 1])
    const reply = await exchange.ews(
      findItem(named('calendar'), { view: view('2026-03-24T00:00:00Z', '2026-04-10T09:00:00Z') }),
    )
    expect(subjects(reply)).toEqual(['weekly', 'weekly', 'weekly'])
  })

  test('a contacts view shows contacts by name, between two', async () => {
    const exchange = startExchange()
    const contacts = await folderOf(exchange, 'contacts')
    for (const displayName of ['Zoe', 'bert', 'Anna', 'Carl'])
      await put(exchange.kit, contacts, { kind: 'Contact', subject: displayName, displayName })
    const reply = await exchange.ews(
      findItem(named('contacts'), { view: '<m:ContactsView InitialName="B" FinalName="C"/>' }),
    )
    expect(subjects(reply)).toEqual(['bert', 'Carl'])
  })
})
