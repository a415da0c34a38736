/**
 * What is remembered of tokens that were admitted: nothing but what cannot change, namely what a text says and that its signature
 * fits a key. Every check of `CHECKS` is made of a remembered token as of a new one, each time, so what made it acceptable
 * and is gone since (a registration, a key, an audience, its time) refuses it like any other
 * (docs/decisions/0020-what-is-remembered-of-tokens.md).
 */
import type { KeyObject } from 'node:crypto'
import type { Thumbprint } from '../protocol/ids.ts'
import { MAX_TOKEN } from '../protocol/jws.ts'
import { type Accepted, accept, type Outcome } from '../protocol/outcome.ts'
import {
  type OpenedToken,
  type PresentedToken,
  type ProvenActor,
  readPresentedToken,
} from '../protocol/presented-token.ts'
import { segmentsHash, tokenHash } from '../protocol/token-hash.ts'
import { type Bounds, openGenerations } from './generations.ts'

/** A token as it was read, which can be remembered once it was admitted. */
export interface ReadToken extends PresentedToken {
  /** `tokenHash` of it. */
  readonly hash: string
  /** Remembers it. Only for a token that passed every check; one that was not opened is not remembered. */
  keep(): void
}

export interface TokenMemory {
  /** As `readPresentedToken`, without reading again or calculating again what is remembered. */
  read(token: string): Outcome<ReadToken>
  /** How much is remembered. */
  size(): { readonly tokens: Bounds; readonly actors: Bounds }
}

/** Of each kind: with tokens of 2 KB, the tokens of 10,000 users and the actor tokens of as many partners. */
export const MEMORY_BOUNDS: Bounds = { entries: 20_000, bytes: 32 * 1024 * 1024 }

// What stands around the texts of an entry: its name, objects and places in a map.
const ENTRY_BYTES = 600

/** A token that was opened with this key. */
interface Proven {
  readonly key: KeyObject
  readonly x5t: Thumbprint
  readonly opened: Accepted<OpenedToken>
}

export function openTokenMemory(bounds: Bounds = MEMORY_BOUNDS): TokenMemory {
  const tokens = openGenerations<Proven>(bounds)
  const actors = openGenerations<ProvenActor>(bounds)

  const readNew = (token: string, hash: string): Outcome<ReadToken> => {
    let inner: { readonly hash: string; readonly length: number } | undefined
    const presented = readPresentedToken(token, (actorToken) => {
      const name = segmentsHash(actorToken)
      inner = name === undefined ? undefined : { hash: name, length: actorToken.length }
      return name === undefined ? undefined : actors.get(name)
    })
    if (!presented.ok) return presented
    const { issuer, x5t, wrongClaims } = presented.value
    let proven: Proven | undefined
    return accept({
      issuer,
      x5t,
      wrongClaims,
      hash,
      open(key) {
        if (proven?.key === key) return proven.opened
        const opened = presented.value.open(key)
        proven = opened.ok ? { key, x5t, opened } : undefined
        return opened
      },
      keep() {
        if (proven === undefined) return
        const { key, opened } = proven
        tokens.set(hash, proven, token.length + ENTRY_BYTES)
        const actor = { key, x5t, claims: opened.value.actor }
        if (inner !== undefined) actors.set(inner.hash, actor, inner.length + ENTRY_BYTES)
      },
    })
  }

  const readAgain = (token: string, hash: string, { key: fitting, x5t, opened }: Proven): ReadToken => {
    let anew: Outcome<ReadToken> | undefined
    return {
      issuer: opened.value.actor.iss,
      x5t,
      wrongClaims: undefined,
      hash,
      open(key) {
        if (key === fitting) return opened
        anew = readNew(token, hash)
        return anew.ok ? anew.value.open(key) : anew
      },
      keep() {
        if (anew?.ok) anew.value.keep()
      },
    }
  }
  return {
    read(token) {
      if (token.length > MAX_TOKEN) return readNew(token, '')
      const hash = tokenHash(token)
      const seen = tokens.get(hash)
      return seen === undefined ? readNew(token, hash) : accept(readAgain(token, hash, seen))
    },
    size: () => ({ tokens: tokens.size(), actors: actors.size() }),
  }
}
