/** The calling side of pull subscriptions: Subscribe, GetEvents, Unsubscribe. */
import { child, el, NS } from '../xml.ts'
import type { DistinguishedFolder } from './distinguished-folders.ts'
import { ewsRequest, PREFIXES, type Read, readMessage, unreadable } from './ews-client.ts'
import { done } from './ews-result.ts'

/** Where the events of a subscription are read on. */
export interface Place {
  readonly subscriptionId: string
  readonly watermark: string
}

/** Asks to be told of what is created in a folder, for so many minutes after the last question. */
export function subscribeRequest(folder: DistinguishedFolder, minutes: number): string {
  return ewsRequest(
    el(
      'm:Subscribe',
      PREFIXES,
      el(
        'm:PullSubscriptionRequest',
        {},
        el('t:FolderIds', {}, el('t:DistinguishedFolderId', { Id: folder })),
        el('t:EventTypes', {}, el('t:EventType', {}, 'CreatedEvent')),
        el('t:Timeout', {}, String(minutes)),
      ),
    ),
  )
}

/** The new subscription. */
export function readSubscribed(xml: string): Read<Place> {
  const message = readMessage('Subscribe', xml)
  if (!message.ok) return message
  const text = (name: string) => child(message.value, NS.messages, name)?.text.trim() ?? ''
  const place = { subscriptionId: text('SubscriptionId'), watermark: text('Watermark') }
  return place.subscriptionId === '' || place.watermark === ''
    ? unreadable('the reply holds no subscription')
    : done(place)
}

export function getEventsRequest({ subscriptionId, watermark }: Place): string {
  return ewsRequest(
    el('m:GetEvents', PREFIXES, el('m:SubscriptionId', {}, subscriptionId), el('m:Watermark', {}, watermark)),
  )
}

export interface Events {
  /** The ids of the items that were created. */
  readonly created: readonly string[]
  readonly more: boolean
  readonly watermark: string
}

/** What happened, and the watermark of the last of it. */
export function readEvents(xml: string): Read<Events> {
  const message = readMessage('GetEvents', xml)
  if (!message.ok) return message
  const notification = child(message.value, NS.messages, 'Notification')
  if (notification === undefined) return unreadable('the reply holds no notification')
  const events = notification.children.filter(({ name }) => name.endsWith('Event'))
  const watermark = child(events.at(-1), NS.types, 'Watermark')?.text.trim()
  if (!watermark) return unreadable('the notification holds no watermark')
  const created = events
    .filter(({ name }) => name === 'CreatedEvent')
    .flatMap((event) => child(event, NS.types, 'ItemId')?.attributes.get('Id') ?? [])
  return done({
    created,
    watermark,
    more: child(notification, NS.types, 'MoreEvents')?.text.trim() === 'true',
  })
}

export function unsubscribeRequest({ subscriptionId }: Place): string {
  return ewsRequest(el('m:Unsubscribe', PREFIXES, el('m:SubscriptionId', {}, subscriptionId)))
}

/** Whether the subscription has ended. */
export function readUnsubscribed(xml: string): Read<'unsubscribed'> {
  const message = readMessage('Unsubscribe', xml)
  return message.ok ? done('unsubscribed') : message
}
