import { toUtc, windowsZone, zoneOf } from '../../../src/products/exchange/time-zone.ts'
import { readTimeZoneDefinition } from '../../../src/products/exchange/time-zone-xml.ts'
import { WINDOWS_ZONES } from '../../../src/products/exchange/windows-zones.ts'
import { codes, faultCode, find, messages, names, startExchange, wrap } from './harness.ts'

const ask = (ids?: readonly string[], full?: string) =>
  wrap(
    `<m:GetServerTimeZones${full === undefined ? '' : ` ReturnFullTimeZoneData="${full}"`}>${
      ids === undefined ? '' : `<m:Ids>${ids.map((id) => `<t:Id>${id}</t:Id>`).join('')}</m:Ids>`
    }</m:GetServerTimeZones>`,
  )
async function definitions(body: string) {
  const reply = await startExchange().ews(body)
  expect(codes(reply)).toEqual(['NoError'])
  const [message] = messages(reply)
  expect(names(message?.element)).toEqual(['ResponseCode', 'TimeZoneDefinitions'])
  return find(message!.element, 'TimeZoneDefinitions')!.children
}

test('all zones are named, from west to east, when no ids are given', async () => {
  const all = await definitions(ask(undefined, 'false'))
  expect(all.map(({ attributes }) => [attributes.get('Id'), attributes.get('Name')])).toEqual(
    WINDOWS_ZONES.map(({ id, name }) => [id, name]),
  )
  expect(all.every(({ children }) => children.length === 0)).toBe(true)
  expect(all[0]?.attributes.get('Name')).toBe('(UTC-12:00) International Date Line West')
})

test('of the ids given each known zone is named once, in any case; the others are passed over', async () => {
  const some = await definitions(
    ask(['pacific standard time', 'Middle Earth Time', 'UTC', 'Pacific Standard Time'], '0'),
  )
  expect(some.map(({ attributes }) => attributes.get('Id'))).toEqual(['Pacific Standard Time', 'UTC'])
  expect(await definitions(ask(['Middle Earth Time'], 'false'))).toEqual([])
})

test('unless only names are wanted a zone has its periods and its rules, in the schema’s order', async () => {
  for (const full of [undefined, 'true', '1']) {
    const [pacific] = await definitions(ask(['Pacific Standard Time'], full))
    expect(names(pacific)).toEqual(['Periods', 'TransitionsGroups', 'Transitions'])
    const periods = find(pacific!, 'Periods')!.children.map(({ attributes }) =>
      Object.fromEntries(attributes),
    )
    expect(periods).toEqual([
      { Bias: 'PT8H', Name: 'Standard', Id: 'trule:Microsoft/Registry/Pacific Standard Time/1-Standard' },
      { Bias: 'PT7H', Name: 'Daylight', Id: 'trule:Microsoft/Registry/Pacific Standard Time/1-Daylight' },
    ])
    const changes = find(pacific!, 'TransitionsGroup')!.children
    expect(changes.map((change) => change.children.map(({ text }) => text))).toEqual([
      [periods[1]!['Id'], 'PT2H', '3', 'Sunday', '2'],
      [periods[0]!['Id'], 'PT2H', '11', 'Sunday', '1'],
    ])
    expect(names(changes[0])).toEqual(['To', 'TimeOffset', 'Month', 'DayOfWeek', 'Occurrence'])
    const [transition] = find(pacific!, 'Transitions')!.children
    expect([
      transition?.name,
      find(transition!, 'To')?.attributes.get('Kind'),
      find(transition!, 'To')?.text,
    ]).toEqual(['Transition', 'Group', '0'])
  }
})

test('a zone without daylight time has one period, and one ahead of UTC a negative bias', async () => {
  const [india] = await definitions(ask(['India Standard Time']))
  expect(find(india!, 'Periods')!.children.map(({ attributes }) => attributes.get('Bias'))).toEqual([
    '-PT5H30M',
  ])
  expect(find(india!, 'TransitionsGroup')!.children.map(({ name }) => name)).toEqual(['Transition'])
  const [utc] = await definitions(ask(['UTC']))
  expect(find(utc!, 'Period')!.attributes.get('Bias')).toBe('PT0S')
})

test('every definition read back as a client’s own gives the zone’s own times', async () => {
  for (const definition of await definitions(ask())) {
    const id = definition.attributes.get('Id')!
    const custom = readTimeZoneDefinition({ ...definition, attributes: new Map([['Id', 'Mine']]) })
    if (!custom.ok) throw new Error(`${id}: ${custom.message}`)
    for (const month of ['01', '04', '06', '08', '12']) {
      const local = `2026-${month}-18T12:00:00`
      expect([id, local, toUtc(local, custom.value)]).toEqual([
        id,
        local,
        toUtc(local, zoneOf(windowsZone(id)!)),
      ])
    }
  }
})

test.each([
  ['no id among the ids', ask([])],
  ['a word for a truth value', ask(['UTC'], 'yes')],
  ['something else', wrap('<m:GetServerTimeZones><m:Zones/></m:GetServerTimeZones>')],
])('a request with %s is a schema violation', async (_, body) => {
  expect(faultCode(await startExchange().ews(body))).toBe('ErrorSchemaValidation')
})
