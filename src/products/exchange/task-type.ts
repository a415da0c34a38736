/** Tasks: `t:Task`. */
import { isoTime } from '../../protocol/ids.ts'
import { done } from './ews-result.ts'
import { ITEM_PROPERTIES, rowsOf } from './item-properties.ts'
import { type ItemType, type ItemView, ownTexts, type Situation } from './item-type.ts'
import { type KeptProperty, keptOf, keptText, withKept, withoutKept } from './kept-property.ts'

const rows = rowsOf('task')

// What Outlook shows for each status.
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  NotStarted: 'Not Started',
  InProgress: 'In Progress',
  Completed: 'Completed',
  WaitingOnOthers: 'Waiting on someone else',
  Deferred: 'Deferred',
}

const statusOf = ({ kept }: Pick<ItemView, 'kept'>) => keptText(kept, 'Status') ?? 'NotStarted'

export const TASK: ItemType = {
  properties: new Map([
    ...ITEM_PROPERTIES,
    ...rows('AllProperties', 'whole', 'ActualWork'),
    ...rows('AllProperties', 'server', 'AssignedTime'),
    ...rows('AllProperties', 'text', 'BillingInformation'),
    ...rows('AllProperties', 'server', 'ChangeCount'),
    ...rows('AllProperties', 'strings', 'Companies'),
    ...rows('AllProperties', 'dateTime', 'CompleteDate'),
    ...rows('AllProperties', 'strings', 'Contacts'),
    ...rows('AllProperties', 'server', 'DelegationState Delegator'),
    ...rows('Default', 'dateTime', 'DueDate'),
    ...rows('AllProperties', 'server', 'IsAssignmentEditable IsComplete IsRecurring IsTeamTask'),
    ...rows('AllProperties', 'text', 'Mileage'),
    ...rows('AllProperties', 'server', 'Owner'),
    ...rows('Default', 'percent', 'PercentComplete'),
    ...rows('AllProperties', 'taskRecurrence', 'Recurrence'),
    ...rows('Default', 'dateTime', 'StartDate'),
    ...rows('Default', 'taskStatus', 'Status'),
    ...rows('AllProperties', 'server', 'StatusDescription'),
    ...rows('AllProperties', 'whole', 'TotalWork'),
  ]),
  itemClass: 'IPM.Task',
  folder: 'tasks',
  times: { start: 'StartDate', end: 'DueDate' },
  own: ownTexts({
    ChangeCount: () => '1',
    DelegationState: () => 'NoMatch',
    IsAssignmentEditable: () => '0',
    IsComplete: (view) => String(statusOf(view) === 'Completed'),
    IsDraft: () => 'false',
    IsRecurring: ({ kept }) => String(keptOf(kept, 'Recurrence') !== undefined),
    IsTeamTask: () => 'false',
    PercentComplete: () => '0',
    Status: statusOf,
    StatusDescription: (view) => DESCRIPTIONS[statusOf(view)],
  }),
  complete(properties, situation) {
    const changes = Number(keptText(properties, 'ChangeCount') ?? 0) + 1
    return done(
      withKept(
        progress(properties, situation),
        { name: 'ChangeCount', text: String(changes) },
        keptOf(properties, 'Owner') ?? { name: 'Owner', text: situation.owner.name },
      ),
    )
  },
}

// Status, percentage and the day of completion say one thing; the last one written is right ([MS-OXOTASK] 2.2.2.2).
function progress(properties: readonly KeptProperty[], { changed, now }: Situation): readonly KeptProperty[] {
  const status = keptText(properties, 'Status')
  const percent = keptText(properties, 'PercentComplete')
  if (changed.has('CompleteDate') && keptOf(properties, 'CompleteDate') !== undefined) {
    return state(properties, 'Completed', '100')
  }
  if (changed.has('Status')) {
    if (status === 'Completed') return completed(properties, isoTime(now))
    const open = withoutKept(properties, ['CompleteDate'])
    if (status === 'NotStarted') return state(open, status, '0')
    return Number(percent) === 100 ? withKept(open, { name: 'PercentComplete', text: '0' }) : open
  }
  if (!changed.has('PercentComplete')) return properties
  if (Number(percent) === 100) return completed(properties, isoTime(now))
  const open = withoutKept(properties, ['CompleteDate'])
  return state(open, Number(percent) > 0 ? 'InProgress' : 'NotStarted', percent ?? '0')
}

function completed(properties: readonly KeptProperty[], now: string): KeptProperty[] {
  const date = keptOf(properties, 'CompleteDate') ?? { name: 'CompleteDate', text: now }
  return withKept(state(properties, 'Completed', '100'), date)
}

function state(properties: readonly KeptProperty[], status: string, percent: string): KeptProperty[] {
  return withKept(properties, { name: 'Status', text: status }, { name: 'PercentComplete', text: percent })
}
