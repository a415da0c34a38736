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
import type { Verdict } from './admit.ts'
import type { Resolution } from './caller.ts'
import { type Bounds, openGenerations } from './generations.ts'

/** A token as it was read, which can be remembered once it was admitted. */
export interface ReadToken extends PresentedToken {
  /** Where the last verdict on it stands; the same each time that it comes. */
  readonly note: Note
  /**
   * Remembers it when it comes again and again. Only for a token that passed every check; one that was not opened is not
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
  /** As `readPresentedToken`, without reading again or calculating again what is remembered. */
  read(token: string): Outcome<ReadToken>
  /** How much is remembered. */
  size(): { readonly tokens: Bounds; readonly actors: Bounds }
}

/** Of each kind: with tokens of 2 KB, the tokens of 10,000 users and the actor tokens of twice as many partners. */
export const MEMORY_BOUNDS: Bounds = { entries: 20_000, bytes: 64 * 1024 * 1024 }

// What stands around the text of an entry, in bytes: its place in a map, claims, and of a whole token its verdict, its user's record
// and its hash, as large as they may be.
const AROUND = { actor: 1_000, token: 4_000 } as const

// A bit for each mark, and how many are noted before all are forgotten: of those that come after, one in sixteen finds its bit set.
const DOOR_BYTES = 2 ** 18
const DOOR_BITS = DOOR_BYTES * 8
const DOOR_NOTES = DOOR_BITS / 16

/** Which marks were here before. */
export interface Door {
  wasHere(mark: number): boolean
  note(mark: number): void
}

/** A mark that was noted is found until all are forgotten. */
export function openDoor(notes = DOOR_NOTES): Door {
  const bits = new Uint8Array(DOOR_BYTES)
  const placeOf = (mark: number) => (mark >>> 3) % DOOR_BYTES
  let noted = 0
  return {
    wasHere: (mark) => ((bits[placeOf(mark)] ?? 0) & (1 << (mark & 7))) !== 0,
    note(mark) {
      if (noted === notes) {
        bits.fill(0)
        noted = 0
      }
      const place = placeOf(mark)
      bits[place] = (bits[place] ?? 0) | (1 << (mark & 7))
      noted++
    },
  }
}

/** What is remembered of texts. A mark says where to look; whether it is of this text, the text itself says. */
interface Texts<T extends { readonly text: string }> {
  get(mark: number, text: string): T | undefined
  /** What comes once is not kept: it would push out what comes again, and to keep it costs more than to look at the door. */
  keep(mark: number, value: T): void
  size(): Bounds
}

function openTexts<T extends { readonly text: string }>(bounds: Bounds, around: number): Texts<T> {
  const door = openDoor()
  const kept = openGenerations<number, T>(bounds)
  return {
    get(mark, text) {
      const found = kept.get(mark)
      return found?.text === text ? found : undefined
    },
    keep(mark, value) {
      if (door.wasHere(mark)) kept.set(mark, value, value.text.length + around)
      else door.note(mark)
    },
    size: kept.size,
  }
}

// How much of a token its mark is made of: where the claims of a user token stand, and how it ends, which is its signature or that
// of the actor token in it.
const HEAD = 640
const END = 24

/**
 * A number made of some letters of a token, since all of them take as long as reading them. Where two tokens have the same, one of
 * them is forgotten when the other is kept; nothing is believed of it.
 */
export function markOf(token: string): number {
  return crc32(token.slice(0, HEAD), endOf(token)) | 0
}

// Enough for an actor token, whose signature is its own. FNV-1a (32 bits), which for so few letters is faster than a call out.
function endOf(token: string): number {
  let mark = 0x811c9dc5
  for (let at = Math.max(0, token.length - END); at < token.length; at++)
    mark = Math.imul(mark ^ token.charCodeAt(at), 0x01000193)
  return mark >>> 0
}

/** A token of this text that was opened with this key. */
interface Proven {
  readonly text: string
  readonly key: KeyObject
  readonly x5t: Thumbprint
  readonly opened: Accepted<OpenedToken>
  readonly note: Note
}

interface KnownActor extends ProvenActor {
  readonly text: string
}

export function openTokenMemory(bounds: Bounds = MEMORY_BOUNDS): TokenMemory {
  const tokens = openTexts<Proven>(bounds, AROUND.token)
  const actors = openTexts<KnownActor>(bounds, AROUND.actor)

  const readNew = (text: string, mark: number): Outcome<ReadToken> => {
    let actorToken: string | undefined
    let actorMark = 0
    let known: KnownActor | undefined
    const presented = readPresentedToken(text, (inner) => {
      actorToken = inner
      actorMark = endOf(inner)
      known = actors.get(actorMark, inner)
      return known
    })
    if (!presented.ok) return presented
    const { issuer, x5t, wrongClaims } = presented.value
    const note: Note = {}
    let proven: Proven | undefined
    // Let go of once it was opened: all that a partner writes into a token is in it, and a connection keeps what it showed last.
    let unopened: Outcome<PresentedToken> | undefined = presented
    return accept({
      issuer,
      x5t,
      wrongClaims,
      note,
      open(key) {
        if (proven?.key === key) return proven.opened
        unopened ??= readPresentedToken(text)
        const opened = unopened.ok ? unopened.value.open(key) : unopened
        proven = opened.ok ? { text, key, x5t, opened, note } : undefined
        if (opened.ok) unopened = undefined
        return opened
      },
      keep() {
        if (proven === undefined) return
        const { key, opened } = proven
        tokens.keep(mark, proven)
        if (actorToken === undefined || known?.key === key) return
        actors.keep(actorMark, { text: actorToken, key, x5t, claims: opened.value.actor })
      },
    })
  }

  const readAgain = (text: string, mark: number, proven: Proven): ReadToken => {
    const { key: fitting, x5t, opened, note } = proven
    let anew: Outcome<ReadToken> | undefined
    return {
      issuer: opened.value.actor.iss,
      x5t,
      wrongClaims: undefined,
      note,
      open(key) {
        if (key === fitting) return opened
        anew = readNew(text, mark)
        return anew.ok ? anew.value.open(key) : anew
      },
      keep() {
        if (anew?.ok) anew.value.keep()
      },
    }
  }
  return {
    read(token) {
      const mark = markOf(token)
      const seen = tokens.get(mark, token)
      return seen === undefined ? readNew(token, mark) : accept(readAgain(token, mark, seen))
    },
    size: () => ({ tokens: tokens.size(), actors: actors.size() }),
  }
}
