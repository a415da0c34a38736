/** Pull subscriptions: who waits for which events in which folders, and until when. They live as long as the server. */
import type { EpochSeconds } from '../../protocol/ids.ts'
import { done, type EwsResult, problem } from './ews-result.ts'
import type { Folder } from './mailbox.ts'

export const EVENT_TYPES = [
  'CopiedEvent',
  'CreatedEvent',
  'DeletedEvent',
  'ModifiedEvent',
  'MovedEvent',
  'NewMailEvent',
  'FreeBusyChangedEvent',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

export interface Subscription {
  readonly id: string
  /** Who made it, and alone may use it. */
  readonly subscriber: string
  /** Whose mailbox is watched. */
  readonly owner: string
  /** The folders that are watched; absent when all of the mailbox are. */
  readonly folders?: readonly Folder[]
  readonly events: ReadonlySet<EventType>
  /** How long it lives after each time it was used. */
  readonly timeoutSeconds: number
}

/** The subscriptions of one server. */
export interface Subscriptions {
  add(subscription: Subscription, now: EpochSeconds): EwsResult<undefined>
  /** Finds one of the subscriber's own, and keeps it alive; one that has expired is told once. */
  use(id: string, subscriber: string, now: EpochSeconds): EwsResult<Subscription>
  remove(id: string, subscriber: string, now: EpochSeconds): EwsResult<undefined>
}

// Exchange counts too (EwsMaxSubscriptions); a client that forgets to unsubscribe must not fill the memory.
const MOST_PER_SUBSCRIBER = 100
const MOST = 10_000

/** Opens an empty table. */
export function openSubscriptions(): Subscriptions {
  const kept = new Map<string, { subscription: Subscription; expiresAt: EpochSeconds }>()

  // The expired ones of others go when room is needed.
  const sweep = (now: EpochSeconds) => {
    for (const [id, { expiresAt }] of kept) if (expiresAt <= now) kept.delete(id)
  }
  const find = (id: string, subscriber: string, now: EpochSeconds): EwsResult<Subscription> => {
    const found = kept.get(id)
    if (found === undefined) return problem('ErrorSubscriptionNotFound')
    if (found.subscription.subscriber !== subscriber) return problem('ErrorSubscriptionAccessDenied')
    if (found.expiresAt > now) return done(found.subscription)
    kept.delete(id)
    return problem('ErrorExpiredSubscription')
  }

  return {
    add(subscription, now) {
      const own = () =>
        [...kept.values()].filter((one) => one.subscription.subscriber === subscription.subscriber).length
      const isFull = () => kept.size >= MOST || own() >= MOST_PER_SUBSCRIBER
      if (isFull()) sweep(now)
      if (isFull()) return problem('ErrorExceededSubscriptionCount')
      kept.set(subscription.id, { subscription, expiresAt: now + subscription.timeoutSeconds })
      return done(undefined)
    },

    use(id, subscriber, now) {
      const found = find(id, subscriber, now)
      if (found.ok) {
        const expiresAt = now + found.value.timeoutSeconds
        kept.set(id, { subscription: found.value, expiresAt })
      }
      return found
    },

    remove(id, subscriber, now) {
      const found = find(id, subscriber, now)
      if (!found.ok) return found
      kept.delete(id)
      return done(undefined)
    },
  }
}
