/** Two users, a directory that they are looked up in, and tokens that name them. */
import { comparable, type User } from '../../src/trust/directory.ts'
import { actor, forUser, KEN_MYER } from './tokens.ts'

export const KEN: User = { ...KEN_MYER, smtp: 'kenmyer@litwareinc.com' }
export const ANNE: User = {
  ...KEN_MYER,
  sid: 'S-1-5-21-1-2-3-1105',
  upn: 'anne@litwareinc.com',
  displayName: 'Anne',
}

/** A user token that names its user by these claims alone. */
export const naming = (claims: Record<string, unknown>, actorToken = actor()): string => {
  const none = { nameid: undefined, nii: undefined, upn: undefined, smtp: undefined, sip: undefined }
  return forUser(actorToken, { ...none, ...claims })
}

/** Ken's, by two of his names. */
export const TOKEN = naming({ upn: KEN.upn, smtp: KEN.smtp })

/** A directory of a list, with a version, that counts how often it is asked. */
export function directoryOf(...users: User[]) {
  const directory = {
    users,
    number: 0,
    looks: 0,
    version: (): number | undefined => directory.number,
    async find(key: 'sid' | 'upn' | 'smtp' | 'sip', value: string) {
      directory.looks++
      return directory.users.filter((user) => comparable(key, user[key] ?? '') === comparable(key, value))
    },
    change(...now: User[]) {
      directory.users = now
      directory.number++
    },
  }
  return directory
}
