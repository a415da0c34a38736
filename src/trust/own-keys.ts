/** The signing keys of one running server: kept, published, rolled over; each change in force from the next signature. */
import { createHash, type KeyObject } from 'node:crypto'
import type { Certificate } from '../protocol/certificate.ts'
import type { EpochSeconds, Thumbprint } from '../protocol/ids.ts'
import type { Signer } from '../protocol/jws.ts'
import { accept, type Outcome, type Refusal, refuse } from '../protocol/outcome.ts'
import { provesItself } from '../protocol/signing-proof.ts'
import type { Cancel, Clock } from './clock.ts'
import type { ServerIdentity } from './identity.ts'
import type { Partner } from './partner.ts'
import { oneAtATime } from './register.ts'
import {
  added,
  afterTime,
  BEAT,
  budgetOf,
  type CertificateBudget,
  changesBetween,
  inState,
  nextMoment,
  type OwnKey,
  previousCleared,
  promoted,
  publishedOf,
  type RolloverRules,
  revoked,
  type StageWish,
  staged,
  VERDICTS,
  type Verdict,
} from './signing-keys.ts'

/** Where certificates and their states are kept. */
export interface OwnKeyStore {
  read(): Promise<{ readonly keys: readonly OwnKey[]; readonly generation: number }>
  /** Replaces all of it in one transaction. */
  write(keys: readonly OwnKey[], generation: number): Promise<void>
}

/** Where private keys are: here, or in something that signs and never gives them away. */
export interface KeyVault {
  put(x5t: Thumbprint, privateKey: KeyObject): void
  /** Throws when it has no such key. */
  signer(x5t: Thumbprint): Signer
  /** Forgets it; harmless when it is not there. */
  drop(x5t: Thumbprint): void
}

/** A certificate with its private key, ready to be a key of this server. */
export interface KeyMaterial {
  readonly certificate: Certificate
  readonly privateKey: KeyObject
  /** Base64 DER of the authority that issued it, if it was not itself. */
  readonly root?: string
}

export interface OwnKeysContext {
  readonly store: OwnKeyStore
  readonly vault: KeyVault
  readonly clock: Clock
  readonly rules: RolloverRules
  /** The key that configuration names: the first, and again a new one when somebody put another in its place. */
  readonly configured: () => KeyMaterial | undefined
  /** The partners that have one of these keys: none of theirs may be ours. */
  readonly partnersWithKeyOf: (certificates: readonly Certificate[]) => readonly Partner[]
  /** Hears what became of keys without anyone asking. */
  readonly onChange: (what: string) => void
}

/** What is published now. */
export interface Published {
  readonly certificates: readonly Certificate[]
  /** How many sets of keys were published, this one included. */
  readonly generation: number
  /** Says that two documents have the same keys: a GUID made of their names. */
  readonly documentId: string
}

/** Says why a change must not be made. It is asked when the change has its turn, so that it sees the keys as they are then. */
export type Guard = () => Refusal | undefined

type Signing = Pick<ServerIdentity, 'signingKey' | 'certificate' | 'otherKeys'>

export interface OwnKeys {
  list(): readonly OwnKey[]
  /** What a `ServerIdentity` says of keys, as it is at this moment. */
  identity(): Signing
  published(): Published
  budget(): CertificateBudget
  readonly rules: RolloverRules
  add(material: KeyMaterial): Promise<Outcome<OwnKey>>
  stage(wish: StageWish): Promise<Outcome<OwnKey>>
  /** Makes the next key current, at once. */
  publish(guard?: Guard): Promise<Outcome<OwnKey>>
  /** Makes an available key current, at once and without a lead. */
  replace(x5t: Thumbprint, guard?: Guard): Promise<Outcome<OwnKey>>
  clearPrevious(guard?: Guard): Promise<Outcome<OwnKey>>
  revoke(x5t: Thumbprint): Promise<Outcome<OwnKey>>
  /** Takes an available key away as if it had never been added. */
  forget(x5t: Thumbprint): Promise<void>
  close(): void
}

/** Reads the store once; from then on memory answers, and every change goes to the store first. */
export async function openOwnKeys(context: OwnKeysContext): Promise<OwnKeys> {
  const { store, vault, clock, rules, onChange } = context
  const kept = await store.read()
  let { keys, generation } = kept
  let signing: Signing
  let proven: Thumbprint | undefined
  let waiting: Cancel = () => undefined
  // What was said last, and when: what a clock said that was set back since is not what was said before.
  let said: { readonly verdict: Verdict; readonly at: EpochSeconds } = { verdict: 'fine', at: clock.now() }
  const serially = oneAtATime()

  // What signs is looked up when the keys change, not with every signature.
  const signingOf = (all: readonly OwnKey[]) => {
    const current = inState(all, 'current')
    if (current === undefined) throw new Error('a server has a current signing key')
    const { certificate } = current
    return {
      certificate,
      signingKey: { x5t: certificate.x5t, sign: vault.signer(certificate.x5t) },
      otherKeys: all.filter((key) => key !== current).map((key) => key.certificate),
    }
  }
  // A key that cannot sign does not come to be current.
  const checkThatItSigns = async ({ signingKey, certificate }: Signing) => {
    if (proven === certificate.x5t) return
    if (!(await provesItself(signingKey, certificate.publicKey)))
      throw new Error(`what the key ${certificate.x5t} signs cannot be read with its certificate`)
    proven = certificate.x5t
  }
  const save = async (after: readonly OwnKey[]): Promise<string[]> => {
    const changes = changesBetween(keys, after)
    const isNew = namesOf(publishedOf(after, rules)) !== namesOf(publishedOf(keys, rules))
    const signingThen = signingOf(after)
    await checkThatItSigns(signingThen)
    await store.write(after, generation + (isNew ? 1 : 0))
    if (isNew) generation++
    keys = after
    signing = signingThen
    // Only now: had the store failed, the key would still be needed.
    for (const { state, certificate } of after) if (state === 'retired') vault.drop(certificate.x5t)
    arm()
    return changes
  }
  const upkeep = (): Promise<string[]> =>
    serially(async () => {
      const after = afterTime(keys, rules, clock.now())
      const done = after === undefined ? [] : await save(after)
      const now = clock.now()
      const { verdict, currentDays } = budgetOf(keys, now)
      const before = now < said.at ? budgetOf(keys, now - BEAT).verdict : said.verdict
      said = { verdict, at: now }
      if (verdict !== before && (verdict !== 'fine' || done.length === 0))
        done.push(`${VERDICTS[verdict]} (current: ${currentDays} days left)`)
      for (const what of done) onChange(what)
      return done
    })
  const arm = () => {
    waiting()
    const moment = nextMoment(keys, rules)
    if (moment !== undefined) waiting = clock.at('rollover of the signing key', moment, upkeep)
  }
  const adopt = async (material: KeyMaterial): Promise<void> => {
    const now = clock.now()
    vault.put(material.certificate.x5t, material.privateKey)
    const has = added(keys, material.certificate, material.root, now)
    if (!has.ok) throw new Error('a key that is new here can be added')
    const demoted = has.value.map((key): OwnKey => {
      if (key.certificate.x5t === material.certificate.x5t) return { ...key, state: 'current' }
      const state = key.state === 'current' ? 'previous' : key.state === 'previous' ? 'retired' : key.state
      return state === key.state ? key : { ...key, state, since: now }
    })
    for (const what of await save(demoted)) onChange(what)
  }
  /** Makes one change, and answers with the key it was about. */
  const change = (
    make: (keys: readonly OwnKey[], now: EpochSeconds) => Outcome<readonly OwnKey[]>,
    about: (before: readonly OwnKey[], after: readonly OwnKey[]) => OwnKey | undefined,
    guard: Guard = () => undefined,
  ): Promise<Outcome<OwnKey>> =>
    serially(async () => {
      const before = keys
      const after = make(before, clock.now())
      if (!after.ok) return after
      const refusal = guard()
      if (refusal !== undefined) return refusal
      for (const what of await save(after.value)) onChange(what)
      const key = about(before, after.value)
      if (key === undefined) throw new Error('a change of keys is about one that is there')
      return accept(key)
    })
  const byName = (x5t: Thumbprint) => (_: readonly OwnKey[], after: readonly OwnKey[]) =>
    after.find(({ certificate }) => certificate.x5t === x5t)

  // A key that somebody put in the configured place counts, as it did before there were several.
  const configured = context.configured()
  const isKnown = keys.some(({ certificate }) => certificate.x5t === configured?.certificate.x5t)
  if (configured !== undefined && !isKnown) await adopt(configured)
  signing = signingOf(keys)
  proven = signing.certificate.x5t
  await upkeep()
  arm()
  const beat = clock.every('certificates', BEAT, 'each turn', upkeep)

  return {
    rules,
    list: () => keys,
    identity: () => signing,
    published() {
      const certificates = publishedOf(keys, rules)
      return { certificates, generation, documentId: documentIdOf(certificates) }
    },
    budget: () => budgetOf(keys, clock.now()),
    add: (material) =>
      change((before, now) => {
        const [partner] = context.partnersWithKeyOf([material.certificate])
        if (partner !== undefined) {
          const seen = `a key of the partner application ${partner.identity}`
          return refuse('signing_key_of_partner', { at: 'certificate', expected: 'a key of its own', seen })
        }
        const after = added(before, material.certificate, material.root, now)
        if (after.ok) vault.put(material.certificate.x5t, material.privateKey)
        return after
      }, byName(material.certificate.x5t)),
    stage: (wish) => change((before, now) => staged(before, wish, rules, now), byName(wish.x5t)),
    publish: (guard) => change(promoted, (_, after) => inState(after, 'current'), guard),
    replace: (x5t, guard) =>
      change(
        (before, now) => {
          const next = staged(before, { x5t, effectiveAt: now, force: true }, rules, now)
          return next.ok ? promoted(next.value, now) : next
        },
        byName(x5t),
        guard,
      ),
    clearPrevious: (guard) => change(previousCleared, (before) => inState(before, 'previous'), guard),
    revoke: (x5t) => change((before, now) => revoked(before, x5t, now), byName(x5t)),
    forget: (x5t) =>
      serially(async () => {
        const key = keys.find(({ certificate }) => certificate.x5t === x5t)
        if (key?.state !== 'available') return
        await save(keys.filter((one) => one !== key))
        vault.drop(x5t)
      }),
    close() {
      waiting()
      beat()
    },
  }
}

function namesOf(certificates: readonly Certificate[]): string {
  return certificates.map(({ x5t }) => x5t).join(' ')
}

// A document with the same keys is the same document. Of one key it is that key’s name.
function documentIdOf(certificates: readonly Certificate[]): string {
  const [only, ...more] = certificates
  const hex =
    only !== undefined && more.length === 0
      ? Buffer.from(only.x5t, 'base64url').toString('hex')
      : createHash('sha1').update(namesOf(certificates)).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}
