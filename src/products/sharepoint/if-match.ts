/** `If-Match`: whether a caller means the version that is there. */
import { done, fault, type Result } from './faults.ts'

const TAG = /(?:W\/)?("[^"]*")/g

/**
 * The version that a write must still find: `version` if the header names `etag`, undefined if any will do (`*`). Several tags are
 * alternatives (RFC 9110, 13.1.1).
 */
export function expectedVersion(
  header: string | undefined,
  etag: string,
  version: number,
): Result<number | undefined> {
  const text = header?.trim() ?? ''
  if (text === '*') return done(undefined)
  const named = [...text.matchAll(TAG)].map(([, tag = '']) => tag)
  // Some clients leave the quotes out.
  const isNamed = named.length > 0 ? named.includes(etag) : `"${text}"` === etag
  return isNamed ? done(version) : fault('etag_mismatch', text, etag)
}
