/** What Lync's Storage Service keeps, and that it does one thing at a time where two would get in each other's way. */
import type { ContactStore } from './contact.ts'
import type { ConversationStore } from './conversation.ts'
import type { SettingsStore } from './settings.ts'
import type { FailureStore } from './storage-failure.ts'

export interface StorageServiceStore {
  readonly failures: FailureStore
  readonly settings: SettingsStore
  readonly conversations: ConversationStore
  readonly contacts: ContactStore
}

export interface StorageService extends StorageServiceStore {
  /** Runs the task when all before it with the same key have ended, however they ended. */
  inTurn<T>(key: string, task: () => Promise<T>): Promise<T>
}

/** Opens the service on what it keeps. One server has one. */
export function openStorageService(store: StorageServiceStore): StorageService {
  const last = new Map<string, Promise<unknown>>()
  return {
    ...store,
    async inTurn(key, task) {
      const before = last.get(key)
      const mine = (async () => {
        await before?.catch(() => undefined)
        return task()
      })()
      last.set(key, mine)
      try {
        return await mine
      } finally {
        if (last.get(key) === mine) last.delete(key)
      }
    },
  }
}
