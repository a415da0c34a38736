/**
 * What is remembered of tokens that were admitted: what a text says and that its signature fits a key, which cannot change, and
 * the last verdict with all that it was reached by. Whatever of that is another refuses it like a new one: a registration, a
 * key, an audience, the time (docs/decisions/0020-what-is-remembered-of-tokens.md).
 */
import type { KeyObject } from 'node:crypto'
import { crc32 } from 'node:zlib'
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
import type { Resolution } from './caller.ts'
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
  /** Whom it was found to stand for. */
  resolution?: Resolution
  /** SHA-256 of the token, once somebody needed it. */
  hash?: string
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

// A bit for each mark, and how many are noted before all are forgotten: of those that come after, one in sixteen finds its bit set.
const DOOR_BYTES = 2 ** 18
const DOOR_BITS = DOOR_BYTES * 8
const DOOR_NOTES = DOOR_BITS / 16

/** Which marks were here before. */
export interface Door {
  wasHere(mark: number): boolean
  note(mark: number): void
}

/**
 * What comes once is not kept: it would push out what comes again, and to keep it, or only to make its hash, costs more than to
 * look here. A mark is no name: whatever has one that was here before is looked for by its hash. One that was noted is found until
 * all are forgotten; then what is kept is read once more, and found again.
 */
export function openDoor(notes = DOOR_NOTES): Door {
  const bits = new Uint8Array(DOOR_BYTES)
  let noted = 0
  return {
    wasHere: (mark) => ((bits[(mark % DOOR_BITS) >>> 3] ?? 0) & (1 << (mark & 7))) !== 0,
    note(mark) {
      if (noted === notes) {
        bits.fill(0)
        noted = 0
      }
      const place = (mark % DOOR_BITS) >>> 3
      bits[place] = (bits[place] ?? 0) | (1 << (mark & 7))
      noted++
    },
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
  const tokenDoor = openDoor()
  const actorDoor = openDoor()

  // `hash`: absent if nothing of the token's mark was here before.
  const readNew = (token: string, mark: number, hash: string | undefined): Outcome<ReadToken> => {
    let actorMark: number | undefined
    let actorHash: string | undefined
    let known: ProvenActor | undefined
    const presented = readPresentedToken(token, (names) => {
      actorMark = names.mark
      if (!actorDoor.wasHere(actorMark)) return undefined
      actorHash = names.hash()
      known = actors.get(actorHash)
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
        if (hash === undefined) tokenDoor.note(mark)
        else tokens.set(hash, proven, bytes)
        if (actorMark === undefined || known?.key === key) return
        if (actorHash === undefined) actorDoor.note(actorMark)
        else actors.set(actorHash, { key, x5t, claims: opened.value.actor }, bytes)
      },
    })
  }

  const readAgain = (token: string, mark: number, hash: string, proven: Proven): ReadToken => {
    const { key: fitting, x5t, opened, note } = proven
    let anew: Outcome<ReadToken> | undefined
    return {
      issuer: opened.value.actor.iss,
      x5t,
      wrongClaims: undefined,
      note,
      open(key) {
        if (key === fitting) return opened
        anew = readNew(token, mark, hash)
        return anew.ok ? anew.value.open(key) : anew
      },
      keep() {
        if (anew?.ok) anew.value.keep()
      },
    }
  }
  return {
    read(token, known) {
      const mark = crc32(token)
      if (!tokenDoor.wasHere(mark)) return readNew(token, mark, undefined)
      const hash = known ?? tokenHash(token)
      const seen = tokens.get(hash)
      return seen === undefined ? readNew(token, mark, hash) : accept(readAgain(token, mark, hash, seen))
    },
    size: () => ({ tokens: tokens.size(), actors: actors.size() }),
  }
}
