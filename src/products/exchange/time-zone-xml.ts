/** Time zones as requests carry them: `TimeZoneContext` in the header, definitions in items, `t:TimeZone` in availability. */
import { child, childrenOf, NS, type XmlElement } from '../xml.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, type Check, each, oneOf, sequence, text } from './ews-schema.ts'
import {
  type Change,
  ruledZone,
  type TimeZone,
  UTC,
  windowsZone,
  type YearlyRules,
  zoneOf,
} from './time-zone.ts'

/** As the schema spells them; their places are the numbers of days. */
export const WEEKDAYS: readonly string[] = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
]

/** The zone that the header of a request names; UTC when it names none. */
export function readTimeZoneContext(header: XmlElement | undefined): EwsResult<TimeZone> {
  const context = child(header, NS.types, 'TimeZoneContext')
  if (context === undefined) return done(UTC)
  const wrong = CONTEXT(context)
  if (wrong !== undefined) return invalid(wrong)
  const definition = child(context, NS.types, 'TimeZoneDefinition')
  return definition === undefined ? done(UTC) : readTimeZoneDefinition(definition)
}

const CONTEXT = sequence(['TimeZoneDefinition'], { required: ['TimeZoneDefinition'] })

// How Outlook names UTC.
const OTHER_NAMES: Readonly<Record<string, string>> = { 'tzone://microsoft/utc': 'UTC' }

/**
 * A `t:TimeZoneDefinition`, `t:StartTimeZone` and the like: a zone of Windows by its `Id`, or one that brings its rules. Of
 * rules that differ by year the last ones count. A name that nobody knows, without rules, is `ErrorTimeZone`.
 */
export function readTimeZoneDefinition(element: XmlElement): EwsResult<TimeZone> {
  const id = element.attributes.get('Id') ?? ''
  const known = windowsZone(OTHER_NAMES[id.toLowerCase()] ?? id)
  if (known !== undefined) return done(zoneOf(known))
  if (element.children.length === 0) {
    return problem('ErrorTimeZone', `The time zone ${quoted(id)} is not one that this server knows.`)
  }
  const wrong = DEFINITION(element)
  if (wrong !== undefined) return invalid(wrong)
  const rules = rulesOf(element)
  return rules === undefined
    ? problem('ErrorTimeZone', `The rules of the time zone ${quoted(id)} do not fit together.`)
    : done(ruledZone(id, rules))
}

function quoted(name: string): string {
  return `'${name.slice(0, 60)}'`
}

const DURATION =
  /^(-)?P(?!$)(?:([0-9]{1,3})D)?(?:T(?!$)(?:([0-9]{1,4})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})(?:\.[0-9]+)?S)?)?$/
const NUMBER = /^-?[0-9]{1,9}$/

const TO = each('To', all(text(), attribute('Kind', /^(Period|Group)$/, 'required')))
const OFFSET_AND_MONTH = all(
  TO,
  each('TimeOffset', text(DURATION, 'a duration')),
  each('Month', text(/^\s*(1[0-2]|[1-9])\s*$/, 'a month from 1 to 12')),
)
const TRANSITION: Check = (element) => {
  switch (element.name) {
    case 'Transition':
      return all(sequence(['To'], { required: ['To'] }), TO)(element)
    case 'AbsoluteDateTransition':
      return all(sequence(['To', 'DateTime'], { required: ['To', 'DateTime'] }), TO)(element)
    case 'RecurringDateTransition': {
      const names = ['To', 'TimeOffset', 'Month', 'Day']
      const day = each('Day', text(/^\s*(3[01]|[12][0-9]|[1-9])\s*$/, 'a day of a month'))
      return all(sequence(names, { required: names }), OFFSET_AND_MONTH, day)(element)
    }
    case 'RecurringDayTransition': {
      const names = ['To', 'TimeOffset', 'Month', 'DayOfWeek', 'Occurrence']
      const occurrence = each('Occurrence', text(/^\s*(-1|[1-4])\s*$/, '1 to 4, or -1'))
      return all(
        sequence(names, { required: names }),
        OFFSET_AND_MONTH,
        each('DayOfWeek', oneOf(WEEKDAYS)),
        occurrence,
      )(element)
    }
    default:
      return `${element.name} is no transition of a time zone`
  }
}
const TRANSITIONS: Check = (element) => {
  for (const one of element.children) {
    const wrong = TRANSITION(one)
    if (wrong !== undefined) return wrong
  }
  return undefined
}
const PERIOD = all(
  attribute('Bias', DURATION, 'required'),
  attribute('Id', /./, 'required'),
  attribute('Name', /^/, 'optional'),
)
const DEFINITION = all(
  sequence(['Periods', 'TransitionsGroups', 'Transitions'], { required: ['Periods'] }),
  each(
    'Periods',
    all(sequence(['Period'], { required: ['Period'], repeated: ['Period'] }), each('Period', PERIOD)),
  ),
  each(
    'TransitionsGroups',
    all(
      sequence(['TransitionsGroup'], { repeated: ['TransitionsGroup'] }),
      each('TransitionsGroup', TRANSITIONS),
    ),
  ),
  each('Transitions', TRANSITIONS),
)

function rulesOf(definition: XmlElement): YearlyRules | undefined {
  const periods = new Map(
    list(definition, 'Periods').map((one) => [
      one.attributes.get('Id') ?? '',
      // A bias is what must be added to local time for UTC: the other way around than an offset.
      -seconds(one.attributes.get('Bias') ?? ''),
    ]),
  )
  const last = list(definition, 'Transitions').at(-1)
  const group = list(definition, 'TransitionsGroups').find(
    (one) => one.attributes.get('Id') === (last === undefined ? undefined : textOf(last, 'To')),
  )
  const steps = (group?.children ?? []).map((one) => ({ offset: periods.get(textOf(one, 'To')), one }))
  const [only] = steps.length === 0 ? [{ offset: last && periods.get(textOf(last, 'To')) }] : steps
  if (steps.length < 2) {
    const standard = only?.offset ?? (periods.size === 1 ? [...periods.values()][0] : undefined)
    return standard === undefined ? undefined : { standard }
  }
  const [first, second, ...more] = steps.toSorted((a, b) => (a.offset ?? 0) - (b.offset ?? 0))
  const ends = first && changeOf(first.one)
  const starts = second && changeOf(second.one)
  if (more.length > 0 || first?.offset === undefined || second?.offset === undefined || !ends || !starts) {
    return undefined
  }
  return { standard: first.offset, daylight: { offset: second.offset, starts, ends } }
}

function list(parent: XmlElement, name: string): readonly XmlElement[] {
  return child(parent, NS.types, name)?.children ?? []
}

function textOf(parent: XmlElement, name: string): string {
  return child(parent, NS.types, name)?.text.trim() ?? ''
}

function changeOf(transition: XmlElement): Change | undefined {
  const month = Number(textOf(transition, 'Month'))
  const time = seconds(textOf(transition, 'TimeOffset'))
  if (transition.name === 'RecurringDateTransition') {
    return { month, time, day: { kind: 'date', day: Number(textOf(transition, 'Day')) } }
  }
  if (transition.name !== 'RecurringDayTransition') return undefined
  const weekday = WEEKDAYS.indexOf(textOf(transition, 'DayOfWeek'))
  const occurrence = Number(textOf(transition, 'Occurrence'))
  return { month, time, day: { kind: 'weekday', weekday, occurrence } }
}

function seconds(duration: string): number {
  const [, minus, days = 0, hours = 0, minutes = 0, rest = 0] = DURATION.exec(duration.trim()) ?? []
  const sum = Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(rest)
  return minus === undefined ? sum : -sum
}

const SERIALIZABLE_TIME = all(
  sequence(['Bias', 'Time', 'DayOrder', 'Month', 'DayOfWeek', 'Year'], {
    required: ['Bias', 'Time', 'DayOrder', 'Month', 'DayOfWeek'],
  }),
  each('Bias', text(NUMBER, 'a number of minutes')),
  each('Time', text(/^([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$/, 'a time of day such as 02:00:00')),
  each('DayOrder', text(/^([0-9]|[12][0-9]|3[01])$/, 'a number from 0 to 31')),
  each('Month', text(/^([0-9]|1[0-2])$/, 'a month from 1 to 12, or 0')),
  each('DayOfWeek', oneOf(WEEKDAYS)),
)
const SERIALIZABLE = all(
  sequence(['Bias', 'StandardTime', 'DaylightTime'], { required: ['Bias', 'StandardTime', 'DaylightTime'] }),
  each('Bias', text(NUMBER, 'a number of minutes')),
  each('StandardTime', SERIALIZABLE_TIME),
  each('DaylightTime', SERIALIZABLE_TIME),
)

/**
 * A `t:TimeZone` of a request for availability, or of a user's working hours (type SerializableTimeZone). Month 0 says that
 * there is no daylight time; with a `Year` the day is one of the month, otherwise DayOrder counts weeks and 5 is the last.
 */
export function readSerializableTimeZone(element: XmlElement): EwsResult<TimeZone> {
  const wrong = SERIALIZABLE(element)
  if (wrong !== undefined) return invalid(wrong)
  const bias = Number(textOf(element, 'Bias'))
  const [standard] = childrenOf(element, NS.types, 'StandardTime')
  const [daylight] = childrenOf(element, NS.types, 'DaylightTime')
  const ends = standard && serializableChange(standard)
  const starts = daylight && serializableChange(daylight)
  const offset = (part: XmlElement | undefined) => -60 * (bias + Number(part ? textOf(part, 'Bias') : 0))
  const rules: YearlyRules =
    ends === undefined || starts === undefined
      ? { standard: offset(standard) }
      : { standard: offset(standard), daylight: { offset: offset(daylight), starts, ends } }
  return done(ruledZone('', rules))
}

function serializableChange(part: XmlElement): Change | undefined {
  const month = Number(textOf(part, 'Month'))
  const order = Number(textOf(part, 'DayOrder'))
  if (month === 0 || order === 0) return undefined
  const [hours = 0, minutes = 0, rest = 0] = textOf(part, 'Time').split(':').map(Number)
  const time = hours * 3600 + minutes * 60 + rest
  if (/[1-9]/.test(textOf(part, 'Year'))) return { month, time, day: { kind: 'date', day: order } }
  const weekday = WEEKDAYS.indexOf(textOf(part, 'DayOfWeek'))
  return { month, time, day: { kind: 'weekday', weekday, occurrence: order >= 5 ? -1 : order } }
}
