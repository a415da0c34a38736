/** A memory of bounded size that forgets what was not asked for lately. */

/** How much is kept at the most: so many values, of so many bytes together. */
export interface Bounds {
  readonly entries: number
  readonly bytes: number
}

export interface Generations<Name, T> {
  get(name: Name): T | undefined
  /** Keeps a value, with its size in bytes as near as it can be told. One that is larger than half of all is not kept. */
  set(name: Name, value: T, bytes: number): void
  /** What is kept now. */
  size(): Bounds
}

interface Kept<T> {
  readonly value: T
  readonly bytes: number
}

interface Generation<Name, T> {
  readonly kept: Map<Name, Kept<T>>
  bytes: number
}

/**
 * Two generations: what is asked for moves to the younger, and when that one has half of all, the older goes. A look costs one
 * or two maps; a list in the order of use would have to be changed with each look.
 */
export function openGenerations<Name, T>({ entries, bytes }: Bounds): Generations<Name, T> {
  let young: Generation<Name, T> = { kept: new Map(), bytes: 0 }
  let old: Generation<Name, T> = { kept: new Map(), bytes: 0 }

  const put = (name: Name, kept: Kept<T>) => {
    young.bytes -= young.kept.get(name)?.bytes ?? 0
    young.kept.delete(name)
    if (young.kept.size + 1 > entries / 2 || young.bytes + kept.bytes > bytes / 2) {
      old = young
      young = { kept: new Map(), bytes: 0 }
    }
    young.kept.set(name, kept)
    young.bytes += kept.bytes
  }
  return {
    get(name) {
      const kept = young.kept.get(name)
      if (kept !== undefined) return kept.value
      const older = old.kept.get(name)
      if (older !== undefined) put(name, older)
      return older?.value
    },
    set(name, value, size) {
      if (size <= bytes / 2) put(name, { value, bytes: size })
    },
    size: () => ({ entries: young.kept.size + old.kept.size, bytes: young.bytes + old.bytes }),
  }
}
