/**
 * What is remembered of tokens that were admitted: what a text says and that its signature fits a key, which cannot change, and
 * the last verdict with all that it was reached by. Whatever of that is another refuses it like a new one: a registration, a
 * key, an audience, the time (docs/decisions/0020-what-is-remembered-of-tokens.md).
 */
import type { KeyObject } from 'node:crypto'
import type { Thumbprint } from '../protocol/ids.ts'
import { type Accepted, accept, type Outcome } from '../protocol/outcome.ts'
import {
  type OpenedToken,
  type PresentedToken,
  type ProvenActor,
  readPresentedToken,
} from '../protocol/presented-token.ts'
import { tokenHash } from '../protocol/token-hash.ts'
import type { Verdict } from './admit.ts'
import { type Bounds, openGenerations } from './generations.ts'

/** A token as it was read, which can be remembered once it was admitted. */
export interface ReadToken extends PresentedToken {
  /** Where the last verdict on it stands; the same each time that it comes. */
  readonly note: Note
  /**
   * Remembers it when it comes for the second time. Only for a token that passed every check; one that was not opened is not
   * remembered.
   */
  keep(): void
}

export interface Note {
  verdict?: Verdict
}

export interface TokenMemory {
  /**
   * As `readPresentedToken`, without reading again or calculating again what is remembered.
   *
   * @param hash `tokenHash` of the token, where it is known already
   */
  read(token: string, hash?: string): Outcome<ReadToken>
  /** How much is remembered. */
  size(): { readonly tokens: Bounds; readonly actors: Bounds }
}

/** Of each kind: with tokens of 2 KB, the tokens of 10,000 users and the actor tokens of as many partners. */
export const MEMORY_BOUNDS: Bounds = { entries: 20_000, bytes: 32 * 1024 * 1024 }

// What stands around the texts of an entry: its name, objects and places in a map.
const ENTRY_BYTES = 600

// A mark of four bytes each.
const DOOR_SLOTS = 2 ** 16

/**
 * Tells whether something of this name was here before, as far as there was room to note it. What comes once is not kept: it would
 * push out what comes again, and to keep it costs more than to read it. `name` is a hash in hexadecimal.
 */
function openDoor(): (name: string) => boolean {
  const marks = new Uint32Array(DOOR_SLOTS)
  return (name) => {
    const mark = Number.parseInt(name.slice(0, 8), 16)
    const slot = mark % DOOR_SLOTS
    if (marks[slot] === mark) return true
    marks[slot] = mark
    return false
  }
}

/** A token that was opened with this key. */
interface Proven {
  readonly key: KeyObject
  readonly x5t: Thumbprint
  readonly opened: Accepted<OpenedToken>
  readonly note: Note
}

export function openTokenMemory(bounds: Bounds = MEMORY_BOUNDS): TokenMemory {
  const tokens = openGenerations<Proven>(bounds)
  const actors = openGenerations<ProvenActor>(bounds)
  const isSecond = openDoor()

  const readNew = (token: string, hash: string): Outcome<ReadToken> => {
    let actorHash: string | undefined
    let known: ProvenActor | undefined
    const presented = readPresentedToken(token, (name) => {
      actorHash = name
      known = actors.get(name)
      return known
    })
    if (!presented.ok) return presented
    const { issuer, x5t, wrongClaims } = presented.value
    const note: Note = {}
    let proven: Proven | undefined
    return accept({
      issuer,
      x5t,
      wrongClaims,
      note,
      open(key) {
        if (proven?.key === key) return proven.opened
        const opened = presented.value.open(key)
        proven = opened.ok ? { key, x5t, opened, note } : undefined
        return opened
      },
      keep() {
        if (proven === undefined) return
        const { key, opened } = proven
        const bytes = token.length + ENTRY_BYTES
        if (isSecond(hash)) tokens.set(hash, proven, bytes)
        if (actorHash !== undefined && known?.key !== key && isSecond(actorHash))
          actors.set(actorHash, { key, x5t, claims: opened.value.actor }, bytes)
      },
    })
  }

  const readAgain = (token: string, hash: string, proven: Proven): ReadToken => {
    const { key: fitting, x5t, opened, note } = proven
    let anew: Outcome<ReadToken> | undefined
    return {
      issuer: opened.value.actor.iss,
      x5t,
      wrongClaims: undefined,
      note,
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
    read(token, hash = tokenHash(token)) {
      const seen = tokens.get(hash)
      return seen === undefined ? readNew(token, hash) : accept(readAgain(token, hash, seen))
    },
    size: () => ({ tokens: tokens.size(), actors: actors.size() }),
  }
}
