/** Zones of Windows and of clients: which moment a local time is. */
import {
  ruledZone,
  toLocal,
  toUtc,
  UTC,
  windowsZone,
  windowsZoneOf,
  zoneOf,
} from '../../../src/products/exchange/time-zone.ts'
import {
  readSerializableTimeZone,
  readTimeZoneContext,
  readTimeZoneDefinition,
} from '../../../src/products/exchange/time-zone-xml.ts'
import { WINDOWS_ZONES } from '../../../src/products/exchange/windows-zones.ts'
import { yearlyRules } from '../../../src/products/exchange/yearly-rules.ts'
import { NS, parseXml, type XmlElement } from '../../../src/products/xml.ts'

const seconds = (iso: string) => Date.parse(iso) / 1000
const named = (id: string) => zoneOf(windowsZone(id)!)
const PACIFIC = named('Pacific Standard Time')

function element(xml: string): XmlElement {
  const read = parseXml(Buffer.from(`<r xmlns="${NS.types}" xmlns:t="${NS.types}">${xml}</r>`))
  if (!read.ok) throw new Error(read.why)
  return read.root
}
const first = (xml: string) => element(xml).children[0]!

describe('a local time', () => {
  test.each([
    ['Pacific Standard Time', '2026-01-15T12:00:00', '2026-01-15T20:00:00Z'],
    ['Pacific Standard Time', '2026-07-15T12:00:00', '2026-07-15T19:00:00Z'],
    ['pacific standard time', '2026-07-15T12:00:00', '2026-07-15T19:00:00Z'],
    ['W. Europe Standard Time', '2026-07-15T12:00:00', '2026-07-15T10:00:00Z'],
    ['India Standard Time', '2026-07-15T12:00:00', '2026-07-15T06:30:00Z'],
    ['Nepal Standard Time', '2026-07-15T12:00:00', '2026-07-15T06:15:00Z'],
    ['AUS Eastern Standard Time', '2026-01-15T12:00:00', '2026-01-15T01:00:00Z'],
    ['Line Islands Standard Time', '2026-01-15T12:00:00', '2026-01-14T22:00:00Z'],
    ['Dateline Standard Time', '2026-01-15T12:00:00', '2026-01-16T00:00:00Z'],
    ['UTC', '2026-02-28T23:59:59', '2026-02-28T23:59:59Z'],
    // The rules of that time, not of today.
    ['Eastern Standard Time', '2006-03-20T12:00:00', '2006-03-20T17:00:00Z'],
    ['Russian Standard Time', '2012-01-15T12:00:00', '2012-01-15T08:00:00Z'],
  ])('of %s, %s, is %s', (id, local, utc) => {
    expect(toUtc(local, named(id))).toBe(seconds(utc))
    expect(toLocal(seconds(utc), named(id))).toBe(local)
  })

  test('that comes twice is the second, in standard time', () => {
    expect(toUtc('2026-11-01T01:30:00', PACIFIC)).toBe(seconds('2026-11-01T09:30:00Z'))
    expect(toUtc('2026-10-25T02:30:00', named('W. Europe Standard Time'))).toBe(
      seconds('2026-10-25T01:30:00Z'),
    )
  })

  test('that is skipped counts on from before the change', () => {
    expect(toUtc('2026-03-08T02:30:00', PACIFIC)).toBe(seconds('2026-03-08T03:30:00-07:00'))
  })

  test.each([
    ['2026-07-15T12:00:00Z', '2026-07-15T12:00:00Z'],
    ['2026-07-15T12:00:00+02:00', '2026-07-15T10:00:00Z'],
    ['2026-07-15T12:00:00.999-03:30', '2026-07-15T15:30:00Z'],
    [' 2026-07-15T12:00:00Z\n', '2026-07-15T12:00:00Z'],
  ])('that says its offset, %j, needs no zone', (text, utc) => {
    expect(toUtc(text, PACIFIC)).toBe(seconds(utc))
  })

  test.each([
    '',
    'today',
    '2026-02-30T00:00:00',
    '2026-13-01T00:00:00',
    '2026-01-01',
    '2026-01-01T24:00:00',
    '2026-01-01 00:00:00',
  ])('%j is none', (text) => {
    expect(toUtc(text, UTC)).toBeUndefined()
  })

  test('and its moment lead back to each other, in every zone and around every change of the year', () => {
    for (const zone of WINDOWS_ZONES.map(zoneOf)) {
      for (let day = 0; day < 365; day += 7) {
        const moment = seconds('2026-01-03T10:30:00Z') + day * 86_400
        const back = toUtc(toLocal(moment, zone), zone)
        // An hour that comes twice is read as its second time.
        if (back !== moment) expect([zone.id, toLocal(back!, zone)]).toEqual([zone.id, toLocal(moment, zone)])
      }
    }
  })
})

describe('names', () => {
  test('every zone of Windows has rules that this machine knows, and no name stands for two', () => {
    expect(WINDOWS_ZONES.length).toBeGreaterThan(130)
    expect(new Set(WINDOWS_ZONES.map(({ id }) => id.toLowerCase())).size).toBe(WINDOWS_ZONES.length)
    for (const { id, name, iana } of WINDOWS_ZONES) {
      expect(name).toMatch(/^\(UTC([+-]\d\d:\d\d)?\) \S/)
      expect(() => zoneOf({ id, name, iana }).offsetAt(0)).not.toThrow()
    }
  })

  test('what people read of a zone is its standard time', () => {
    for (const zone of WINDOWS_ZONES.filter(({ id }) => id !== 'Morocco Standard Time')) {
      const [, sign, hours, minutes] = /^\(UTC(?:([+-])(\d\d):(\d\d))?\)/.exec(zone.name)!
      const offset = (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60) * (sign === '-' ? -1 : 1)
      // Paraguay and Greenland moved not long ago; older engines do not know.
      if (['Paraguay Standard Time', 'Greenland Standard Time'].includes(zone.id)) continue
      expect([zone.id, yearlyRules(zoneOf(zone), seconds('2026-01-01T00:00:00Z')).standard]).toEqual([
        zone.id,
        offset,
      ])
    }
  })

  test.each([
    ['America/Los_Angeles', 'Pacific Standard Time'],
    ['America/Vancouver', 'Pacific Standard Time'],
    ['Europe/Berlin', 'W. Europe Standard Time'],
    ['Asia/Calcutta', 'India Standard Time'],
    ['Etc/UTC', 'UTC'],
  ])('%s is %s', (iana, id) => {
    expect(windowsZoneOf(iana)?.id).toBe(id)
  })

  test.each(['No/Where', '', 'Pacific Standard Time'])('%j is no name of the tz database', (name) => {
    expect(windowsZoneOf(name)).toBeUndefined()
  })
})

describe('TimeZoneContext', () => {
  const read = (definition: string) =>
    readTimeZoneContext(element(`<t:TimeZoneContext>${definition}</t:TimeZoneContext>`))
  const idOf = (definition: string) => {
    const zone = read(definition)
    return zone.ok ? zone.value.id : zone.code
  }

  test('names the zone, and without it the zone is UTC', () => {
    expect(
      idOf(
        '<t:TimeZoneDefinition Name="(UTC+00:00) Monrovia" Id="Greenwich Standard Time"></t:TimeZoneDefinition>',
      ),
    ).toBe('Greenwich Standard Time')
    expect(idOf('<t:TimeZoneDefinition Id="tzone://Microsoft/Utc"/>')).toBe('UTC')
    expect(readTimeZoneContext(undefined)).toEqual({ ok: true, value: UTC })
    expect(readTimeZoneContext(element(''))).toEqual({ ok: true, value: UTC })
  })

  test('of a zone that nobody knows is refused by name', () => {
    expect(read('<t:TimeZoneDefinition Id="Middle Earth Time"/>')).toEqual({
      ok: false,
      code: 'ErrorTimeZone',
      message: "The time zone 'Middle Earth Time' is not one that this server knows.",
    })
    expect(idOf('<t:TimeZoneDefinition/>')).toBe('ErrorTimeZone')
  })

  test('without a definition is a schema violation', () => {
    expect(idOf('')).toBe('ErrorSchemaValidation')
    expect(idOf('<t:Zone/>')).toBe('ErrorSchemaValidation')
  })
})

describe('a definition that brings its rules', () => {
  const to = (id: string, kind = 'Period') => `<t:To Kind="${kind}">${id}</t:To>`
  const day = (period: string, month: number, weekday: string, occurrence: number, offset = 'PT2H') =>
    `<t:RecurringDayTransition>${to(period)}<t:TimeOffset>${offset}</t:TimeOffset><t:Month>${month}</t:Month><t:DayOfWeek>${weekday}</t:DayOfWeek><t:Occurrence>${occurrence}</t:Occurrence></t:RecurringDayTransition>`
  const definition = (
    groups: string,
    transitions = `<t:Transition>${to('0', 'Group')}</t:Transition>`,
    periods = '<t:Period Bias="PT8H" Name="Standard" Id="S"/><t:Period Bias="PT7H" Name="Daylight" Id="D"/>',
  ) =>
    first(
      `<t:TimeZoneDefinition Id="Mine"><t:Periods>${periods}</t:Periods><t:TransitionsGroups>${groups}</t:TransitionsGroups><t:Transitions>${transitions}</t:Transitions></t:TimeZoneDefinition>`,
    )
  const group = (content: string, id = '0') =>
    `<t:TransitionsGroup Id="${id}">${content}</t:TransitionsGroup>`
  const AMERICAN = group(day('D', 3, 'Sunday', 2) + day('S', 11, 'Sunday', 1))
  const zone = (...args: Parameters<typeof definition>) => {
    const read = readTimeZoneDefinition(definition(...args))
    if (!read.ok) throw new Error(read.message)
    return read.value
  }

  test('follows them, in either half of the year and at the changes', () => {
    const mine = zone(AMERICAN)
    for (const local of [
      '2026-01-15T12:00:00',
      '2026-03-08T01:59:59',
      '2026-03-08T03:00:00',
      '2026-07-15T12:00:00',
      '2026-11-01T00:59:59',
      '2026-11-01T02:00:00',
      '2026-12-31T23:59:59',
    ]) {
      expect([local, toUtc(local, mine)]).toEqual([local, toUtc(local, PACIFIC)])
    }
  })

  test('may lie south of the equator, and change on dates', () => {
    const south = zone(
      group(
        `<t:RecurringDateTransition>${to('D')}<t:TimeOffset>PT2H</t:TimeOffset><t:Month>10</t:Month><t:Day>4</t:Day></t:RecurringDateTransition>${day('S', 4, 'Sunday', 1, 'PT3H')}`,
      ),
      undefined,
      '<t:Period Bias="-PT10H" Id="S"/><t:Period Bias="-P0DT11H0M0.0S" Id="D"/>',
    )
    const sydney = named('AUS Eastern Standard Time')
    for (const local of [
      '2026-01-01T00:00:00',
      '2026-04-05T03:30:00',
      '2026-10-04T01:59:00',
      '2026-10-04T03:00:00',
    ]) {
      expect([local, toUtc(local, south)]).toEqual([local, toUtc(local, sydney)])
    }
  })

  test('of several groups follows the last', () => {
    const later = `<t:Transition>${to('0', 'Group')}</t:Transition><t:AbsoluteDateTransition>${to('1', 'Group')}<t:DateTime>2020-01-01T00:00:00</t:DateTime></t:AbsoluteDateTransition>`
    const mine = zone(AMERICAN + group(`<t:Transition>${to('S')}</t:Transition>`, '1'), later)
    expect(toUtc('2026-07-15T12:00:00', mine)).toBe(seconds('2026-07-15T20:00:00Z'))
  })

  test('may be one period, reached without a group or not reached at all', () => {
    const period = '<t:Period Bias="PT30M" Id="S"/>'
    for (const transitions of ['', `<t:Transition>${to('S')}</t:Transition>`]) {
      expect(toUtc('2026-07-15T12:00:00', zone('', transitions, period))).toBe(
        seconds('2026-07-15T12:30:00Z'),
      )
    }
  })

  test.each([
    ['a period that is not there', definition(group(day('X', 3, 'Sunday', 2) + day('S', 11, 'Sunday', 1)))],
    ['a group that is not there', definition(AMERICAN, `<t:Transition>${to('7', 'Group')}</t:Transition>`)],
    [
      'three changes a year',
      definition(group(day('D', 3, 'Sunday', 2).repeat(2) + day('S', 11, 'Sunday', 1))),
    ],
  ])('%s is told as ErrorTimeZone', (_, broken) => {
    expect(readTimeZoneDefinition(broken)).toMatchObject({ ok: false, code: 'ErrorTimeZone' })
  })

  test.each([
    ['a day of no week', definition(group(day('D', 3, 'Someday', 2)))],
    ['a fifth week', definition(group(day('D', 3, 'Sunday', 5)))],
    ['a thirteenth month', definition(group(day('D', 13, 'Sunday', 1)))],
    ['a time that is none', definition(group(day('D', 3, 'Sunday', 1, '02:00:00')))],
    ['a bias that is none', definition(AMERICAN, undefined, '<t:Period Bias="480" Id="S"/>')],
    ['no periods', definition(AMERICAN, undefined, '')],
    ['a change of an unknown kind', definition(group('<t:Leap/>'))],
  ])('%s is a schema violation', (_, broken) => {
    expect(readTimeZoneDefinition(broken)).toMatchObject({ ok: false, code: 'ErrorSchemaValidation' })
  })
})

describe('t:TimeZone of availability', () => {
  const part = (name: string, bias: number, order: number, month: number, time = '02:00:00', more = '') =>
    `<${name}><Bias>${bias}</Bias><Time>${time}</Time><DayOrder>${order}</DayOrder><Month>${month}</Month><DayOfWeek>Sunday</DayOfWeek>${more}</${name}>`
  const read = (bias: number, standard: string, daylight: string) =>
    readSerializableTimeZone(first(`<TimeZone><Bias>${bias}</Bias>${standard}${daylight}</TimeZone>`))
  const moment = (local: string, ...args: Parameters<typeof read>) => {
    const zone = read(...args)
    if (!zone.ok) throw new Error(zone.message)
    return toUtc(local, zone.value)
  }

  test.each([
    '2026-01-15T12:00:00',
    '2026-03-29T01:00:00',
    '2026-03-29T03:00:00',
    '2026-07-15T12:00:00',
    '2026-10-25T03:00:00',
  ])('the fifth Sunday of a month is the last: %s', (local) => {
    const berlin = [-60, part('StandardTime', 0, 5, 10, '03:00:00'), part('DaylightTime', -60, 5, 3)] as const
    expect(moment(local, ...berlin)).toBe(toUtc(local, named('W. Europe Standard Time')))
  })

  test('month 0 is no daylight time', () => {
    const none = [480, part('StandardTime', 0, 0, 0, '0:00:00'), part('DaylightTime', -60, 0, 0)] as const
    expect(moment('2026-07-15T12:00:00', ...none)).toBe(seconds('2026-07-15T20:00:00Z'))
  })

  test('with a year the day is one of the month', () => {
    const dates = [
      480,
      part('StandardTime', 0, 1, 11, undefined, '<Year>2026</Year>'),
      part('DaylightTime', -60, 8, 3, undefined, '<Year>2026</Year>'),
    ] as const
    expect(moment('2026-03-08T03:00:00', ...dates)).toBe(seconds('2026-03-08T10:00:00Z'))
    expect(moment('2026-03-08T01:59:59', ...dates)).toBe(seconds('2026-03-08T09:59:59Z'))
  })

  test.each([
    [
      'a bias that is no number',
      ['x' as unknown as number, part('StandardTime', 0, 1, 1), part('DaylightTime', 0, 1, 1)],
    ],
    ['no daylight time', [0, part('StandardTime', 0, 1, 1), '']],
    ['a month that is none', [0, part('StandardTime', 0, 1, 13), part('DaylightTime', 0, 1, 1)]],
    ['parts out of order', [0, part('DaylightTime', 0, 1, 1), part('StandardTime', 0, 1, 1)]],
  ] as const)('%s is a schema violation', (_, args) => {
    expect(read(args[0], args[1], args[2])).toMatchObject({ ok: false, code: 'ErrorSchemaValidation' })
  })
})

describe('the rules of a year', () => {
  const rules = (id: string, year: number) => yearlyRules(named(id), seconds(`${year}-06-01T00:00:00Z`))
  const sunday = (month: number, occurrence: number, time: number) => ({
    month,
    time,
    day: { kind: 'weekday', weekday: 0, occurrence },
  })

  test.each([
    ['Pacific Standard Time', -8, sunday(3, 2, 7200), sunday(11, 1, 7200)],
    ['W. Europe Standard Time', 1, sunday(3, -1, 7200), sunday(10, -1, 10_800)],
    ['GMT Standard Time', 0, sunday(3, -1, 3600), sunday(10, -1, 7200)],
    ['AUS Eastern Standard Time', 10, sunday(10, 1, 7200), sunday(4, 1, 10_800)],
    ['New Zealand Standard Time', 12, sunday(9, -1, 7200), sunday(4, 1, 10_800)],
  ])('%s changes as the law says', (id, hours, starts, ends) => {
    expect(rules(id, 2026)).toEqual({
      standard: hours * 3600,
      daylight: { offset: (hours + 1) * 3600, starts, ends },
    })
  })

  test('are those of the year: the United States changed in April before 2007, Turkey not since 2016', () => {
    expect(rules('Pacific Standard Time', 2000).daylight?.starts).toEqual(sunday(4, 1, 7200))
    expect(rules('Turkey Standard Time', 2014).daylight).toBeDefined()
    expect(rules('Turkey Standard Time', 2026)).toEqual({ standard: 10_800 })
  })

  test('are dates where no rule holds, and give that year’s times', () => {
    const found = rules('Israel Standard Time', 2026)
    expect(found.daylight?.starts).toEqual({ month: 3, time: 7200, day: { kind: 'date', day: 27 } })
    const made = ruledZone('x', found)
    for (const local of ['2026-03-27T01:59:59', '2026-03-27T03:00:00', '2026-10-25T02:00:00']) {
      expect(toUtc(local, made)).toBe(toUtc(local, named('Israel Standard Time')))
    }
  })

  test('found for a zone give the zone’s own times through that whole year', () => {
    for (const zone of WINDOWS_ZONES.map(zoneOf)) {
      const made = ruledZone(zone.id, yearlyRules(zone, seconds('2026-06-01T00:00:00Z')))
      for (let day = 1; day < 365; day++) {
        const moment = seconds('2026-01-01T12:00:00Z') + day * 86_400
        if (made.offsetAt(moment) !== zone.offsetAt(moment)) {
          expect([zone.id, toLocal(moment, made)]).toEqual([zone.id, toLocal(moment, zone)])
        }
      }
    }
  })
})
