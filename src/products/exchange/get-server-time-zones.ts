/** GetServerTimeZones: the zones this server knows, by name or with their rules. */
import type { EpochSeconds } from '../../protocol/ids.ts'
import { child, el, type Markup, NS } from '../xml.ts'
import type { EwsHandler } from './ews-operation.ts'
import { done, invalid } from './ews-result.ts'
import { all, attribute, each, sequence, text } from './ews-schema.ts'
import { type Change, windowsZone, type YearlyRules, zoneOf } from './time-zone.ts'
import { WEEKDAYS } from './time-zone-xml.ts'
import { WINDOWS_ZONES, type WindowsZone } from './windows-zones.ts'
import { yearlyRules } from './yearly-rules.ts'

const REQUEST = all(
  sequence(['Ids'], { ns: NS.messages }),
  attribute('ReturnFullTimeZoneData', /^(true|false|1|0)$/, 'optional'),
  each('Ids', all(sequence(['Id'], { required: ['Id'], repeated: ['Id'] }), each('Id', text()))),
)

/** Answers with all zones, or with those asked for that are known; whole definitions unless only names are wanted. */
export const getServerTimeZones: EwsHandler = async (request, _caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const ids = child(request, NS.messages, 'Ids')?.children.map((id) => id.text.trim())
  const asked = ids?.map(windowsZone).filter((zone) => zone !== undefined)
  const zones = asked === undefined ? WINDOWS_ZONES : [...new Set(asked)]
  const isFull = !['false', '0'].includes(request.attributes.get('ReturnFullTimeZoneData') ?? 'true')
  const definitions = zones.map((zone) =>
    writeDefinition(zone, isFull ? rulesOf(zone, kit.now()) : undefined),
  )
  return done([done(el('m:TimeZoneDefinitions', {}, ...definitions))])
}

// Finding the rules of all zones takes a tenth of a second, and they are those of a year.
const found = new Map<string, { readonly year: number; readonly rules: YearlyRules }>()

function rulesOf(zone: WindowsZone, now: EpochSeconds): YearlyRules {
  const year = new Date(now * 1000).getUTCFullYear()
  const known = found.get(zone.id)
  if (known?.year === year) return known.rules
  const rules = yearlyRules(zoneOf(zone), Date.UTC(year, 6, 1) / 1000)
  found.set(zone.id, { year, rules })
  return rules
}

/** `t:TimeZoneDefinition`: with rules a whole one, in the schema's order; without, its names. */
function writeDefinition({ id, name }: WindowsZone, rules: YearlyRules | undefined): Markup {
  if (rules === undefined) return el('t:TimeZoneDefinition', { Id: id, Name: name })
  const periodId = (kind: string) => `trule:Microsoft/Registry/${id}/1-${kind}`
  const period = (kind: string, offset: number) =>
    el('t:Period', { Bias: duration(-offset), Name: kind, Id: periodId(kind) })
  const toPeriod = (kind: string) => el('t:To', { Kind: 'Period' }, periodId(kind))
  const { standard, daylight } = rules
  return el(
    't:TimeZoneDefinition',
    { Id: id, Name: name },
    el('t:Periods', {}, period('Standard', standard), daylight && period('Daylight', daylight.offset)),
    el(
      't:TransitionsGroups',
      {},
      el(
        't:TransitionsGroup',
        { Id: '0' },
        ...(daylight === undefined
          ? [el('t:Transition', {}, toPeriod('Standard'))]
          : [
              writeChange(daylight.starts, toPeriod('Daylight')),
              writeChange(daylight.ends, toPeriod('Standard')),
            ]),
      ),
    ),
    el('t:Transitions', {}, el('t:Transition', {}, el('t:To', { Kind: 'Group' }, '0'))),
  )
}

function writeChange({ month, day, time }: Change, to: Markup): Markup {
  const common = [to, el('t:TimeOffset', {}, duration(time)), el('t:Month', {}, `${month}`)]
  return day.kind === 'date'
    ? el('t:RecurringDateTransition', {}, ...common, el('t:Day', {}, `${day.day}`))
    : el(
        't:RecurringDayTransition',
        {},
        ...common,
        el('t:DayOfWeek', {}, WEEKDAYS[day.weekday] ?? ''),
        el('t:Occurrence', {}, `${day.occurrence}`),
      )
}

/** An xs:duration in hours, minutes and seconds. */
function duration(seconds: number): string {
  const size = Math.abs(seconds)
  const parts = [
    [Math.floor(size / 3600), 'H'],
    [Math.floor(size / 60) % 60, 'M'],
    [size % 60, 'S'],
  ] as const
  const written = parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('')
  return written === '' ? 'PT0S' : `${seconds < 0 ? '-' : ''}PT${written}`
}
