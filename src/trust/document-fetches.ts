/**
 * Which partner has fetched which generation of this server's auth metadata document. The document is public and whoever
 * reads it need not say who he is; our own servers do, in a header. It proves nothing: it is good for knowing whom a rollover
 * would surprise, and for nothing else.
 */
import type { EpochSeconds } from '../protocol/ids.ts'
import type { Clock } from './clock.ts'
import type { PartnerIndex } from './partner-index.ts'

/** The header in which a server that fetches a document says who it is: `<appId>@<realm>`. */
export const FETCHER_HEADER = 'x-entente-issuer'

export interface DocumentFetch {
  /** Of the partner, as it is registered: with `*` where that is its realm, whatever realm the header had. */
  readonly issuer: string
  readonly generation: number
  readonly fetchedAt: EpochSeconds
}

export interface DocumentFetchStore {
  all(): Promise<DocumentFetch[]>
  /** One record per issuer: the last one. */
  put(fetch: DocumentFetch): Promise<void>
  remove(issuer: string): Promise<void>
}

export interface DocumentFetches {
  list(): readonly DocumentFetch[]
  /** Notes that somebody who says he is `issuer` has seen a generation; strangers are not noted. */
  note(issuer: string, generation: number): Promise<void>
  /** What a partner has seen goes with it: another of its name has seen nothing. */
  forget(issuer: string): Promise<void>
}

const NOTED_EVERY = 60

/** Reads the store once. What it has of those who are no partners is dropped there, so it never has more than there are partners. */
export async function openDocumentFetches(
  store: DocumentFetchStore,
  clock: Pick<Clock, 'now'>,
  partners: Pick<PartnerIndex, 'list' | 'byIssuer'>,
): Promise<DocumentFetches> {
  const issuers = new Set(partners.list().map(({ issuer }) => issuer))
  const known = new Map<string, DocumentFetch>()
  for (const fetch of await store.all()) {
    if (issuers.has(fetch.issuer)) known.set(fetch.issuer, fetch)
    else await store.remove(fetch.issuer)
  }
  return {
    list: () => [...known.values()],
    async note(said, generation) {
      const partner = partners.byIssuer(said)
      if (partner === undefined) return
      const { issuer } = partner
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
    async forget(issuer) {
      if (known.delete(issuer)) await store.remove(issuer)
    },
  }
}
