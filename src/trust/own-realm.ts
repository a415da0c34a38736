/**
 * The realm of this server, and those that it had before. A change takes effect at once and orphans what is registered in the old
 * realm: nobody speaks for `<id>@<old realm>` any longer (facts/administration.md C.3).
 */
import type { Realm } from '../protocol/ids.ts'
import { oneAtATime } from './register.ts'

/** Where it is kept; nothing is, until the realm is changed for the first time. */
export interface RealmStore {
  read(): Promise<Realms | undefined>
  write(realms: Realms): Promise<void>
}

export interface Realms {
  readonly current: Realm
  /** None of them is the current one. */
  readonly former: readonly Realm[]
}

export interface OwnRealm {
  current(): Realm
  former(): readonly Realm[]
  /** Makes it the realm; answers the one before. One that this server had before is no longer given up. */
  change(realm: Realm): Promise<Realm>
}

/** Reads the store once. What was set goes before what the configuration says. */
export async function openOwnRealm(store: RealmStore, configured: Realm): Promise<OwnRealm> {
  let realms: Realms = (await store.read()) ?? { current: configured, former: [] }
  const serially = oneAtATime()
  return {
    current: () => realms.current,
    former: () => realms.former,
    change: (realm) =>
      serially(async () => {
        const { current, former } = realms
        if (realm === current) return current
        const left = new Set([...former, current])
        left.delete(realm)
        const next = { current: realm, former: [...left] }
        await store.write(next)
        realms = next
        return current
      }),
  }
}
