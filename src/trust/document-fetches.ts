/**
 * Which partner has fetched which generation of this server's auth metadata document. The document is public and whoever
 * reads it need not say who he is; our own servers do, in a header. It proves nothing: it is good for knowing whom a rollover
 * would surprise, and for nothing else.
 */
import type { EpochSeconds } from '../protocol/ids.ts'
import type { Clock } from './clock.ts'
import type { Partner } from './partner.ts'

/** The header in which a server that fetches a document says who it is: `<appId>@<realm>`. */
export const FETCHER_HEADER = 'x-entente-issuer'

export interface DocumentFetch {
  readonly issuer: string
  readonly generation: number
  readonly fetchedAt: EpochSeconds
}

export interface DocumentFetchStore {
  all(): Promise<DocumentFetch[]>
  /** One record per issuer: the last one. */
  put(fetch: DocumentFetch): Promise<void>
}

export interface DocumentFetches {
  list(): readonly DocumentFetch[]
  /** Notes that somebody who says he is `issuer` has seen a generation; strangers are not noted. */
  note(issuer: string, generation: number): Promise<void>
}

const NOTED_EVERY = 60

export async function openDocumentFetches(
  store: DocumentFetchStore,
  clock: Pick<Clock, 'now'>,
  partnerOf: (issuer: string) => Partner | undefined,
): Promise<DocumentFetches> {
  const known = new Map((await store.all()).map((fetch) => [fetch.issuer, fetch]))
  return {
    list: () => [...known.values()],
    async note(issuer, generation) {
      if (partnerOf(issuer) === undefined) return
      const fetchedAt = clock.now()
      const last = known.get(issuer)
      const isNews =
        last === undefined ||
        last.generation !== generation ||
        Math.abs(fetchedAt - last.fetchedAt) >= NOTED_EVERY
      if (!isNews) return
      const fetch = { issuer, generation, fetchedAt }
      known.set(issuer, fetch)
      await store.put(fetch)
    },
  }
}
