/** Signing keys for tests of their life: made once, valid for decades, and a vault that holds them. */

import { openMemoryVault } from '../../src/server/key-vault.ts'
import { makeSigningKey } from '../../src/server/x509.ts'
import type { Clock } from '../../src/trust/clock.ts'
import {
  type KeyMaterial,
  type KeyVault,
  type OwnKeyStore,
  type OwnKeys,
  openOwnKeys,
} from '../../src/trust/own-keys.ts'
import type { Partner } from '../../src/trust/partner.ts'
import { isSameKey } from '../../src/trust/partner-keys.ts'
import type { OwnKey, RolloverRules } from '../../src/trust/signing-keys.ts'
import { NOW } from './tokens.ts'

const DAY = 86_400

/** A key of that many days, from the day before `NOW`. */
export async function keyOf(days: number, from = NOW): Promise<KeyMaterial> {
  return makeSigningKey({
    subject: 'CN=test',
    notBefore: from - DAY,
    notAfter: from + days * DAY,
    isLab: true,
  })
}

/** A store of signing keys that remembers, for tests that are not about SQL. */
export function memoryStore(): OwnKeyStore & { fails: boolean } {
  let kept: { keys: readonly OwnKey[]; generation: number } = { keys: [], generation: 0 }
  const store = {
    fails: false,
    read: async () => kept,
    async write(keys: readonly OwnKey[], generation: number) {
      if (store.fails) throw new Error('the disk is full')
      kept = { keys, generation }
    },
  }
  return store
}

export interface KeysOptions {
  readonly store?: OwnKeyStore
  readonly partners?: readonly Partner[]
  readonly said?: string[]
  readonly vault?: KeyVault
}

/** The keys of a server whose first is `first`. */
export function openKeys(
  clock: Clock,
  rules: RolloverRules,
  first: KeyMaterial,
  { store = memoryStore(), partners = [], said = [], vault = openMemoryVault() }: KeysOptions = {},
): Promise<OwnKeys> {
  return openOwnKeys({
    ...{ store, clock, rules },
    vault,
    configured: () => first,
    partnersWithKeyOf: (certificates) =>
      partners.filter((partner) =>
        partner.certificates.some((its) => certificates.some((one) => isSameKey(its, one))),
      ),
    onChange: (what) => said.push(what),
  })
}

/** The states of keys in the order in which they came. */
export function statesOf(keys: OwnKeys): string {
  return keys
    .list()
    .map(({ state }) => state)
    .join(' ')
}
