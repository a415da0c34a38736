/** Admin tokens: who may use a server's admin REST, for what, and until when; each change in force from the next request. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { EpochSeconds } from '../protocol/ids.ts'
import { oneAtATime } from './register.ts'

/** What a token is good for; each scope holds those before it. */
export const SCOPES = ['read', 'operate', 'administer'] as const
export type Scope = (typeof SCOPES)[number]

/** Whether a token of the scope `held` may do what needs `wanted`. */
export function covers(held: Scope, wanted: Scope): boolean {
  return SCOPES.indexOf(held) >= SCOPES.indexOf(wanted)
}

export interface AdminToken {
  readonly name: string
  readonly scope: Scope
  /** SHA-256 of its secret, in hexadecimal. */
  readonly hash: string
  /** When its secret was made: rotating the token is a new beginning. */
  readonly createdAt: EpochSeconds
  /** To the minute. */
  readonly lastUsedAt?: EpochSeconds
  readonly expiresAt?: EpochSeconds
}

/** Where admin tokens are kept. Names and hashes are each unique. */
export interface AdminTokenStore {
  all(): Promise<AdminToken[]>
  add(token: AdminToken): Promise<'added' | 'name taken'>
  /** Replaces the record of the same name. `first` runs inside the transaction: what it throws leaves all as it was. */
  replace(token: AdminToken, first: () => void): Promise<'replaced' | 'missing'>
  /** Removes a token, but not the last that administers and never expires; `first` as above. */
  remove(name: string, first: () => void): Promise<'removed' | 'missing' | 'last'>
  /** Notes a use of the token whose secret this is still. */
  markUsed(hash: string, at: EpochSeconds): Promise<void>
}

/** The file that holds the secret of the token named `first`. */
export interface FirstTokenFile {
  /** Undefined when the file is not there. */
  read(): string | undefined
  /** Atomically, and for the owner alone. */
  write(secret: string): void
  remove(): void
}

export const FIRST = 'first'

/** A token whose secret was made just now: the only moment at which it is known. */
export interface NewSecret {
  readonly token: AdminToken
  readonly secret: string
}

export type Presented =
  | { readonly state: 'good'; readonly token: AdminToken }
  | { readonly state: 'expired'; readonly token: AdminToken }
  | { readonly state: 'unknown' }

export interface AdminTokens {
  list(): readonly AdminToken[]
  /** Whose secret this is. Waits for nothing, so that no change can come between the answer and its use. */
  present(secret: string): Presented
  /** Notes that a token was used; at most one write a minute. */
  markUsed(token: AdminToken): Promise<void>
  add(wanted: Pick<AdminToken, 'name' | 'scope' | 'expiresAt'>): Promise<NewSecret | 'name taken'>
  /** A new secret under the old name and scope; the old one ends. */
  rotate(name: string): Promise<NewSecret | 'missing' | 'expired'>
  revoke(name: string): Promise<'removed' | 'missing' | 'last'>
}

export interface AdminTokensContext {
  readonly store: AdminTokenStore
  readonly file: FirstTokenFile
  readonly now: () => EpochSeconds
  /** 256 random bits as text. */
  readonly newSecret: () => string
}

const USE_NOTED_EVERY = 60

/** Reads the store once; from then on memory answers, and every change goes to the store first. */
export async function openAdminTokens(context: AdminTokensContext): Promise<AdminTokens> {
  const { store, file, now, newSecret } = context
  await registerFirst(context)
  const known = new Map((await store.all()).map((token) => [token.name, token]))
  let byHash = new Map<string, AdminToken>()
  const index = () => {
    byHash = new Map([...known.values()].map((token) => [token.hash, token]))
  }
  const remember = (token: AdminToken) => {
    known.set(token.name, token)
    index()
  }
  index()
  const serially = oneAtATime()

  return {
    list: () => [...known.values()],

    present(secret) {
      const hash = hashOf(secret)
      // What a look-up by hash gives away by its time is about the hash, from which no one finds a secret; the comparison
      // that decides takes the same time for every hash all the same.
      const token = byHash.get(hash)
      const same = timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(token?.hash ?? NO_HASH, 'hex'))
      if (token === undefined || !same) return { state: 'unknown' }
      const expired = token.expiresAt !== undefined && token.expiresAt <= now()
      return { state: expired ? 'expired' : 'good', token }
    },

    async markUsed({ name, hash }) {
      const token = known.get(name)
      if (token === undefined || token.hash !== hash) return
      const at = now()
      if (token.lastUsedAt !== undefined && Math.abs(at - token.lastUsedAt) < USE_NOTED_EVERY) return
      remember({ ...token, lastUsedAt: at })
      await store.markUsed(hash, at)
    },

    add: ({ name, scope, expiresAt }) =>
      serially(async () => {
        const secret = newSecret()
        const token = {
          ...{ name, scope, hash: hashOf(secret), createdAt: now() },
          ...(expiresAt !== undefined && { expiresAt }),
        }
        if ((await store.add(token)) === 'name taken') return 'name taken'
        remember(token)
        return { token, secret }
      }),

    rotate: (name) =>
      serially(async () => {
        const old = known.get(name)
        if (old === undefined) return 'missing'
        if (old.expiresAt !== undefined && old.expiresAt <= now()) return 'expired'
        const secret = newSecret()
        const { lastUsedAt, ...rest } = old
        const token = { ...rest, hash: hashOf(secret), createdAt: now() }
        const replaced = await store.replace(token, () => {
          if (name === FIRST) file.write(secret)
        })
        if (replaced === 'missing') return 'missing'
        remember(token)
        return { token, secret }
      }),

    revoke: (name) =>
      serially(async () => {
        const removed = await store.remove(name, () => {
          // Left lying there, it would be registered again at the next start.
          if (name === FIRST) file.remove()
        })
        if (removed !== 'removed') return removed
        known.delete(name)
        index()
        return removed
      }),
  }
}

/**
 * Sees to it that the secret in the file is a token here. Whoever can write that file owns the server, so the file counts:
 * a lost or changed one is how an owner gets back in. It stays away only if its token was revoked in favour of another.
 */
async function registerFirst({ store, file, now, newSecret }: AdminTokensContext): Promise<void> {
  const tokens = await store.all()
  const first = tokens.find(({ name }) => name === FIRST)
  const present = file.read()
  if (present === undefined && first === undefined && tokens.some(isLasting)) return
  const secret = present ?? newSecret()
  if (present === undefined) file.write(secret)
  const hash = hashOf(secret)
  if (tokens.some((token) => token.hash === hash)) return
  const token: AdminToken = { name: FIRST, scope: 'administer', hash, createdAt: now() }
  if (first === undefined) await store.add(token)
  else await store.replace(token, () => undefined)
}

/** Whether somebody can administer with it for as long as the server lives. */
export function isLasting({ scope, expiresAt }: AdminToken): boolean {
  return scope === 'administer' && expiresAt === undefined
}

const NO_HASH = '0'.repeat(64)

// One round of SHA-256, no salt: both are for secrets that people think up. This one is 256 random bits, which nobody
// guesses at any speed, and no two are alike.
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
