/** What a call decides by: one state from its beginning to its end, whatever an administrator changes meanwhile. */
import type { UserKey } from '../../trust/directory.ts'
import type { Kit } from '../product.ts'
import type { Standing } from './access/access-store.ts'

/**
 * The kit for one call. Roles, scopes, groups and rights are those of the moment at which this is asked for. An account, and
 * what was said about a user and a folder, is read when the call first needs it, and stays as it was read then: a call with
 * many items is answered the same for each of them. The call's own changes of permissions count from the next call on.
 */
export function kitForCall(kit: Kit): Kit {
  const state = kit.authorization.current()
  const accounts = new Map<string, ReturnType<Kit['directory']['find']>>()
  const standings = new Map<string, Promise<Standing>>()
  return inherit(kit, {
    authorization: inherit(kit.authorization, { current: () => state }),
    directory: inherit(kit.directory, {
      find: (key: UserKey, value: string) =>
        remembered(accounts, `${key} ${value}`, () => kit.directory.find(key, value)),
    }),
    access: inherit(kit.access, {
      standing: (folder: Parameters<Kit['access']['standing']>[0], sid: string) =>
        remembered(standings, `${sid} ${folder.id}`, () => kit.access.standing(folder, sid)),
    }),
  })
}

// Everything of the first but for these; what is worked out when it is asked for still is.
function inherit<T extends object>(all: T, changed: Partial<T>): T {
  return Object.assign(Object.create(all), changed)
}

function remembered<T>(known: Map<string, T>, key: string, read: () => T): T {
  const value = known.get(key) ?? read()
  known.set(key, value)
  return value
}
