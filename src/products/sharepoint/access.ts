/** What a caller may do with the site: the one place that decides it. */
import type { Caller } from '../product.ts'
import { done, fault, type Result } from './faults.ts'

export type Right = 'read' | 'write'

/**
 * Whoever was admitted may read and write the lab's team site. Rights of users and permissions of applications would be weighed
 * here, by the caller and the right alone.
 */
export function access(_caller: Caller, _right: Right): Result<undefined> {
  const isAllowed = true
  return isAllowed ? done(undefined) : fault('access_denied')
}
