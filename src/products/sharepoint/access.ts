/** What a caller may do with the site: the one place that decides it. */
import type { Caller } from '../product.ts'
import { done, fault, type Result } from './faults.ts'

export type Right = 'read' | 'write'

/** The rights of whoever was admitted. */
const EVERYONE: readonly Right[] = ['read', 'write']

/**
 * Whether the caller has this right. All callers have the same ones as yet; rights of users and permissions of applications
 * would be weighed here.
 */
export function access(_caller: Caller, right: Right): Result<undefined> {
  return EVERYONE.includes(right) ? done(undefined) : fault('access_denied')
}
