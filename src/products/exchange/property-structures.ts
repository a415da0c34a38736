/** Properties that are made of elements: recipients, attendees, the dictionaries of a contact, recurrences. */
import { all, anyOf, attribute, type Check, each, oneOf, sequence, someOf, text } from './ews-schema.ts'

const MAILBOX_TYPES =
  'Unknown OneOff Mailbox PublicDL PrivateDL Contact PublicFolder GroupMailbox ImplicitContact'.split(' ')
const NOT_EMPTY = text(/./s, 'a text that is not empty')
const MAILBOX = all(
  sequence(['Name', 'EmailAddress', 'RoutingType', 'MailboxType', 'ItemId', 'OriginalDisplayName']),
  each('Name', text()),
  each('EmailAddress', NOT_EMPTY),
  each('RoutingType', NOT_EMPTY),
  each('MailboxType', oneOf(MAILBOX_TYPES)),
  each('ItemId', all(text(), attribute('Id', /^/, 'required'))),
  each('OriginalDisplayName', text()),
)

export const RECIPIENTS = all(anyOf(['Mailbox']), each('Mailbox', MAILBOX))
export const RECIPIENT = all(sequence(['Mailbox'], { required: ['Mailbox'] }), each('Mailbox', MAILBOX))

/** What an attendee may answer, or has not. */
export const RESPONSE_TYPES = [
  'Unknown',
  'Organizer',
  'Tentative',
  'Accept',
  'Decline',
  'NoResponseReceived',
] as const

export const ATTENDEES = all(
  someOf(['Attendee']),
  each(
    'Attendee',
    all(
      sequence(['Mailbox', 'ResponseType', 'LastResponseTime', 'ProposedStart', 'ProposedEnd'], {
        required: ['Mailbox'],
      }),
      each('Mailbox', MAILBOX),
      each('ResponseType', oneOf(RESPONSE_TYPES)),
    ),
  ),
)

// A dictionary holds one entry for each key it has.
function dictionary(keys: string, entry: Check): Check {
  const known = keys.split(' ')
  return all(
    someOf(['Entry']),
    each('Entry', all(attribute('Key', new RegExp(`^(${known.join('|')})$`), 'required'), entry)),
    (element) => {
      const seen = element.children.map(({ attributes }) => attributes.get('Key'))
      return new Set(seen).size === seen.length ? undefined : `${element.name} may hold each Key only once`
    },
  )
}

const ADDRESS_PARTS = ['Street', 'City', 'State', 'CountryOrRegion', 'PostalCode']

export const EMAIL_ENTRIES = dictionary('EmailAddress1 EmailAddress2 EmailAddress3', text())
export const IM_ENTRIES = dictionary('ImAddress1 ImAddress2 ImAddress3', text())
export const PHYSICAL_ENTRIES = dictionary(
  'Home Business Other',
  all(sequence(ADDRESS_PARTS), ...ADDRESS_PARTS.map((part) => each(part, text()))),
)
export const PHONE_ENTRIES = dictionary(
  'AssistantPhone BusinessFax BusinessPhone BusinessPhone2 Callback CarPhone CompanyMainPhone HomeFax HomePhone HomePhone2 Isdn MobilePhone OtherFax OtherTelephone Pager PrimaryPhone RadioPhone Telex TtyTddPhone BusinessMobile IPPhone Mms Msn',
  text(),
)

// [types.xsd] has it as xs:int; a series goes on by at least one day, week or month ([MS-OXOCAL] 2.2.1.44).
const INTERVAL = text(/^0{0,2}[1-9][0-9]{0,2}$/, 'a number from 1 to 999')
const WEEKDAYS = 'Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday'
const DAYS = text(
  new RegExp(`^(${WEEKDAYS}|Day|Weekday|WeekendDay)( (${WEEKDAYS}|Day|Weekday|WeekendDay)){0,6}$`),
  'days of the week',
)
const DATE = all(text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?$/, 'a date'), (element) => {
  const day = element.text.slice(0, 10)
  const date = new Date(`${day}T00:00:00Z`)
  const isDay = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
  return isDay ? undefined : `${element.name} is no day that was`
})
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)

const PARTS: Readonly<Record<string, Check>> = {
  Interval: INTERVAL,
  DaysOfWeek: DAYS,
  DayOfWeekIndex: oneOf(['First', 'Second', 'Third', 'Fourth', 'Last']),
  Month: oneOf(MONTHS),
  DayOfMonth: text(/^([1-9]|[12][0-9]|3[01])$/, 'a day of the month'),
  FirstDayOfWeek: text(new RegExp(`^(${WEEKDAYS})$`), 'a day of the week'),
  StartDate: DATE,
  EndDate: DATE,
  NumberOfOccurrences: text(/^[1-9][0-9]{0,2}$/, 'a number from 1 to 999'),
}

// Each pattern and range with its parts in order; one that ends with ? may be left out.
const PATTERNS = {
  RelativeYearlyRecurrence: 'DaysOfWeek DayOfWeekIndex Month',
  AbsoluteYearlyRecurrence: 'DayOfMonth Month',
  RelativeMonthlyRecurrence: 'Interval DaysOfWeek DayOfWeekIndex',
  AbsoluteMonthlyRecurrence: 'Interval DayOfMonth',
  WeeklyRecurrence: 'Interval DaysOfWeek FirstDayOfWeek?',
  DailyRecurrence: 'Interval',
}
const REGENERATIONS = {
  DailyRegeneration: 'Interval',
  WeeklyRegeneration: 'Interval',
  MonthlyRegeneration: 'Interval',
  YearlyRegeneration: 'Interval',
}
const RANGES = {
  NoEndRecurrence: 'StartDate',
  EndDateRecurrence: 'StartDate EndDate',
  NumberedRecurrence: 'StartDate NumberOfOccurrences',
}

function oneWithParts(table: Readonly<Record<string, string>>): Check {
  return (element) => {
    const parts = (table[element.name] ?? '').split(' ')
    const names = parts.map((part) => part.replace('?', ''))
    return all(
      sequence(names, { required: parts.filter((part) => !part.endsWith('?')) }),
      ...names.map((name) => each(name, PARTS[name] ?? text())),
    )(element)
  }
}

function recurrence(patterns: Readonly<Record<string, string>>): Check {
  return (element) => {
    const [pattern, range, ...more] = element.children
    if (pattern === undefined || range === undefined || more.length > 0)
      return 'Recurrence must hold a pattern and a range'
    const strangers =
      anyOf([...Object.keys(patterns), ...Object.keys(RANGES)])(element) ??
      (Object.hasOwn(patterns, pattern.name) ? undefined : `${pattern.name} is no pattern`) ??
      (Object.hasOwn(RANGES, range.name) ? undefined : `${range.name} is no range`)
    return strangers ?? oneWithParts(patterns)(pattern) ?? oneWithParts(RANGES)(range)
  }
}

export const RECURRENCE = recurrence(PATTERNS)
export const TASK_RECURRENCE = recurrence({ ...PATTERNS, ...REGENERATIONS })
