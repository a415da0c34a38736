/** The days of series of appointments. */
import type { KeptProperty } from '../../../src/products/exchange/kept-property.ts'
import { daysBetween, readRecurrence } from '../../../src/products/exchange/recurrence.ts'

const texts = (parts: Record<string, string | number>): KeptProperty[] =>
  Object.entries(parts).map(([name, text]) => ({ name, text: String(text) }))
const series = (
  pattern: string,
  parts: Record<string, string | number>,
  start: string,
  range: Record<string, string | number> = {},
) => {
  const kind = 'NumberOfOccurrences' in range ? 'Numbered' : 'EndDate' in range ? 'EndDate' : 'NoEnd'
  const recurrence = readRecurrence({
    name: 'Recurrence',
    children: [
      { name: `${pattern}Recurrence`, children: texts(parts) },
      { name: `${kind}Recurrence`, children: texts({ StartDate: start, ...range }) },
    ],
  })
  if (recurrence === undefined) throw new Error('no recurrence')
  return recurrence
}
type Series = ReturnType<typeof series>

test.each<[string, Series, string, string, string[]]>([
  [
    'every third day',
    series('Daily', { Interval: 3 }, '2026-01-30'),
    '2026-02-01',
    '2026-02-09',
    ['2026-02-02', '2026-02-05', '2026-02-08'],
  ],
  [
    'before it begins',
    series('Daily', { Interval: 1 }, '2026-01-30'),
    '2026-01-01',
    '2026-01-30',
    ['2026-01-30'],
  ],
  [
    'three times',
    series('Daily', { Interval: 1 }, '2026-01-30', { NumberOfOccurrences: 3 }),
    '2026-01-31',
    '2026-03-01',
    ['2026-01-31', '2026-02-01'],
  ],
  [
    'until a day',
    series('Daily', { Interval: 1 }, '2026-01-30Z', { EndDate: '2026-01-31Z' }),
    '2026-01-01',
    '2026-03-01',
    ['2026-01-30', '2026-01-31'],
  ],
  [
    'two days of every second week',
    series('Weekly', { Interval: 2, DaysOfWeek: 'Monday Friday', FirstDayOfWeek: 'Monday' }, '2026-03-04'),
    '2026-03-01',
    '2026-03-31',
    ['2026-03-06', '2026-03-16', '2026-03-20', '2026-03-30'],
  ],
  [
    'weeks that begin on Sunday',
    series('Weekly', { Interval: 2, DaysOfWeek: 'Sunday', FirstDayOfWeek: 'Sunday' }, '2026-03-04'),
    '2026-03-01',
    '2026-03-31',
    ['2026-03-15', '2026-03-29'],
  ],
  [
    'weekdays',
    series('Weekly', { Interval: 1, DaysOfWeek: 'Weekday' }, '2026-03-06'),
    '2026-03-06',
    '2026-03-10',
    ['2026-03-06', '2026-03-09', '2026-03-10'],
  ],
  [
    'the 31st of every month',
    series('AbsoluteMonthly', { Interval: 1, DayOfMonth: 31 }, '2026-01-31'),
    '2026-02-01',
    '2026-04-30',
    ['2026-02-28', '2026-03-31', '2026-04-30'],
  ],
  [
    'the second Tuesday',
    series('RelativeMonthly', { Interval: 1, DaysOfWeek: 'Tuesday', DayOfWeekIndex: 'Second' }, '2026-03-10'),
    '2026-03-01',
    '2026-05-31',
    ['2026-03-10', '2026-04-14', '2026-05-12'],
  ],
  [
    'the last weekday of every third month',
    series('RelativeMonthly', { Interval: 3, DaysOfWeek: 'Weekday', DayOfWeekIndex: 'Last' }, '2026-01-01'),
    '2026-01-01',
    '2026-08-01',
    ['2026-01-30', '2026-04-30', '2026-07-31'],
  ],
  [
    '29 February',
    series('AbsoluteYearly', { DayOfMonth: 29, Month: 'February' }, '2024-02-29'),
    '2024-01-01',
    '2028-12-31',
    ['2024-02-29', '2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29'],
  ],
  [
    'the last Sunday in October',
    series(
      'RelativeYearly',
      { DaysOfWeek: 'Sunday', DayOfWeekIndex: 'Last', Month: 'October' },
      '2026-11-01',
    ),
    '2026-01-01',
    '2028-12-31',
    ['2027-10-31', '2028-10-29'],
  ],
  [
    'a month that has passed in the first year',
    series('AbsoluteYearly', { DayOfMonth: 5, Month: 'March' }, '2026-06-01'),
    '2026-01-01',
    '2027-12-31',
    ['2027-03-05'],
  ],
])('%s', (_, recurrence, from, to, expected) => {
  expect([...daysBetween(recurrence, from, to)]).toEqual(expected)
})

test.each<[string, Series, number]>([
  ['a daily series', series('Daily', { Interval: 1 }, '0101-01-01'), 60],
  ['one of every other week', series('Weekly', { Interval: 2, DaysOfWeek: 'Monday' }, '0101-01-01'), 4],
  ['a monthly one', series('AbsoluteMonthly', { Interval: 1, DayOfMonth: 31 }, '0101-01-31'), 2],
  [
    'a yearly one',
    series('RelativeYearly', { DaysOfWeek: 'Day', DayOfWeekIndex: 'Last', Month: 'February' }, '0101-02-28'),
    1,
  ],
])(
  '%s that began in the year 101 still takes place, and nobody counts the days since',
  (_, { pattern, range }, count) => {
    let reads = 0
    const counted = new Proxy(pattern, {
      get: (target, key) => {
        reads += 1
        return Reflect.get(target, key)
      },
    })
    expect([...daysBetween({ pattern: counted, range }, '2026-01-01', '2026-03-01')]).toHaveLength(count)
    expect(reads).toBeLessThan(100)
  },
)

test('a series is worked out no further than is asked for', () => {
  const endless = daysBetween(series('Daily', { Interval: 1 }, '2026-01-01'), '2026-01-01', '9999-12-31')
  expect([endless.next().value, endless.next().value]).toEqual(['2026-01-01', '2026-01-02'])
})

test.each<[string, Series]>([
  ['an interval of nothing', series('Daily', { Interval: 0 }, '2026-03-01')],
  ['an enormous interval', series('Weekly', { Interval: 999_999_999, DaysOfWeek: 'Sunday' }, '2026-03-01')],
  ['no day at all', series('Weekly', { Interval: 1, DaysOfWeek: 'Someday' }, '2026-03-01')],
  [
    'no such weekday',
    series('RelativeMonthly', { Interval: 1, DaysOfWeek: 'x', DayOfWeekIndex: 'First' }, '2026-03-01'),
  ],
  ['a pattern that nobody knows', series('Lunar', {}, '2026-03-01')],
  ['no beginning', series('Daily', { Interval: 1 }, 'soon')],
  ['an enormous month', series('AbsoluteMonthly', { Interval: 2_000_000_000, DayOfMonth: 1 }, '2026-03-01')],
])('%s comes to an end', (_, recurrence) => {
  const days = [...daysBetween(recurrence, '2026-01-01', '2026-03-02')]
  expect(days.length).toBeLessThan(3)
})
