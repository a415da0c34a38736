/** The partner applications of one server: registered, refreshed, changed, removed; each in force from the next request. */
import { parseAuthDocument, readAuthDocument } from '../protocol/auth-document.ts'
import { type Certificate, readCertificate } from '../protocol/certificate.ts'
import type { EpochSeconds } from '../protocol/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../protocol/outcome.ts'
import { formatPrincipal, type Principal } from '../protocol/principal.ts'
import type { JsonObject } from '../protocol/strict-json.ts'
import type { ServerIdentity } from './identity.ts'
import type { Partner, PartnerSource, PartnerStore, TrustLevel } from './partner.ts'

/** What a partner's keys are read from. */
export type KeySource =
  | { readonly kind: 'metadata'; readonly url: string }
  | { readonly kind: 'document'; readonly document: JsonObject }
  | { readonly kind: 'certificate'; readonly application: Principal; readonly certificate: string }

export interface Registration {
  readonly identity: string
  readonly keys: KeySource
  readonly trustLevel: TrustLevel
  readonly enabled: boolean
  readonly acceptSids: boolean
}

/** What can be changed later. Application id, realm and name cannot, so new keys must be of the same application (A.3). */
export interface PartnerChange {
  readonly keys?: NewKeys
  readonly trustLevel?: TrustLevel
  readonly enabled?: boolean
  readonly acceptSids?: boolean
}

/** Where the keys of a partner that is registered already are to be read from now on. */
export type NewKeys =
  | Exclude<KeySource, { kind: 'certificate' }>
  | { readonly kind: 'certificate'; readonly certificate: string }

/** What registering needs from outside. */
export interface RegisterContext {
  readonly self: ServerIdentity
  readonly store: PartnerStore
  readonly now: () => EpochSeconds
  /** Downloads an auth metadata document as text. */
  readonly download: (url: string) => Promise<Outcome<string>>
}

export interface Partners {
  list(): readonly Partner[]
  get(identity: string): Partner | undefined
  /** The partner that a token's `iss` names: exactly, or by application id where it was registered for any realm. */
  byIssuer(issuer: string): Partner | undefined
  register(registration: Registration): Promise<Outcome<Partner>>
  refresh(identity: string): Promise<Outcome<Partner>>
  change(identity: string, change: PartnerChange): Promise<Outcome<Partner>>
  remove(identity: string): Promise<Outcome<Partner>>
}

/** Reads the store once; from then on memory answers, and every change goes to the store first. */
export async function openPartners(context: RegisterContext): Promise<Partners> {
  const { self, store, now, download } = context
  const known = new Map((await store.all()).map((partner) => [keyOf(partner.identity), partner]))
  const issuers = new Map([...known.values()].map((partner) => [partner.issuer, partner]))
  const serially = oneAtATime()

  const get = (identity: string) => known.get(keyOf(identity))
  const remember = (partner: Partner): Outcome<Partner> => {
    known.set(keyOf(partner.identity), partner)
    issuers.set(partner.issuer, partner)
    return accept(partner)
  }
  const forget = (partner: Partner): Outcome<Partner> => {
    known.delete(keyOf(partner.identity))
    issuers.delete(partner.issuer)
    return accept(partner)
  }
  const update = (
    identity: string,
    change: Partial<Partner>,
    instead: (current: Partner) => Outcome<Partner> | undefined = () => undefined,
  ): Promise<Outcome<Partner>> =>
    serially(async () => {
      const current = get(identity)
      if (current === undefined) return notFound(identity)
      const other = instead(current)
      if (other !== undefined) return other
      const partner = { ...current, ...change }
      return (await store.replace(partner)) === 'replaced' ? remember(partner) : notFound(identity)
    })
  const adopt = async (
    before: Partner,
    keys: KeySource,
    settings: Partial<Partner> = {},
  ): Promise<Outcome<Partner>> => {
    const read = await readKeys(keys, download)
    if (!read.ok) return read
    const { issuer, certificates, source } = read.value
    const own = refuseOwn(self, read.value)
    if (own !== undefined) return own
    const isRefresh = keys === before.source
    const at = now()
    const change = {
      ...settings,
      certificates,
      source,
      refreshedAt: at,
      ...(!isRefresh && { updatedAt: at }),
    }
    // While the keys were read, the identity may have gone to another application, or its keys been set anew.
    return update(before.identity, change, (current) => {
      if (current.issuer !== issuer) return partnerChanged(current.issuer, issuer)
      return isRefresh && current.source !== before.source ? accept(current) : undefined
    })
  }

  return {
    list: () => [...known.values()],
    get,
    byIssuer: (issuer) => {
      const [appId, realm, ...more] = issuer.split('@')
      // `*` stands for any realm in a registration; in a token it never stands (facts/protocol.md 4).
      if (realm === undefined || realm === '' || realm === '*' || more.length > 0) return undefined
      return issuers.get(issuer) ?? issuers.get(`${appId}@*`)
    },

    async register({ identity, keys, trustLevel, enabled, acceptSids }) {
      if (get(identity) !== undefined) return identityTaken(identity)
      const read = await readKeys(keys, download)
      if (!read.ok) return read
      const own = refuseOwn(self, read.value)
      if (own !== undefined) return own
      return serially(async () => {
        const at = now()
        const { application, issuer, certificates, source } = read.value
        const partner = {
          ...{ identity, application, issuer, source, certificates, trustLevel, enabled, acceptSids },
          ...{ createdAt: at, updatedAt: at, refreshedAt: at },
        }
        const added = await store.add(partner)
        switch (added) {
          case 'added':
            return remember(partner)
          case 'identity taken':
            return identityTaken(identity)
          case 'application taken':
            return refuse('partner_application_taken', {
              at: 'applicationIdentifier',
              seen: application.appId,
            })
        }
      })
    },

    async refresh(identity) {
      const before = get(identity)
      if (before === undefined) return notFound(identity)
      const { source } = before
      if (source.kind === 'metadata') return adopt(before, source)
      return refuse('partner_without_source', { at: 'metadataUrl', seen: source.kind })
    },

    async change(identity, { keys, ...settings }) {
      const before = get(identity)
      if (before === undefined) return notFound(identity)
      if (keys !== undefined) {
        const application = before.application
        return adopt(before, keys.kind === 'certificate' ? { ...keys, application } : keys, settings)
      }
      return update(identity, { ...settings, updatedAt: now() })
    },

    remove: (identity) =>
      serially(async () => {
        const current = get(identity)
        if (current === undefined) return notFound(identity)
        await store.remove(current.identity)
        return forget(current)
      }),
  }
}

interface KeysRead {
  readonly application: Principal
  readonly issuer: string
  readonly certificates: readonly Certificate[]
  readonly source: PartnerSource
}

async function readKeys(keys: KeySource, download: RegisterContext['download']): Promise<Outcome<KeysRead>> {
  switch (keys.kind) {
    case 'metadata': {
      const text = await download(keys.url)
      if (!text.ok) return text
      return fromDocument(parseAuthDocument(text.value), keys)
    }
    case 'document':
      return fromDocument(readAuthDocument(keys.document), { kind: 'document' })
    case 'certificate': {
      const certificate = readCertificate(keys.certificate, 'certificate')
      if (!certificate.ok) return certificate
      return accept({
        application: keys.application,
        issuer: formatPrincipal(keys.application),
        certificates: [certificate.value],
        source: { kind: 'certificate' },
      })
    }
  }
}

function fromDocument(
  document: ReturnType<typeof readAuthDocument>,
  source: PartnerSource,
): Outcome<KeysRead> {
  if (!document.ok) return document
  const { appId, realm, issuer, certificates } = document.value
  return accept({ application: { appId, realm }, issuer, certificates, source })
}

// A partner with our name or our key could speak as us, or make our own tokens count as its own (CVE-2026-55040).
function refuseOwn(self: ServerIdentity, { application, certificates }: KeysRead): Refusal | undefined {
  const own = certificates.find(({ x5t }) => x5t === self.signingKey.x5t)
  if (own !== undefined)
    return refuse('partner_is_self', { at: 'keys', expected: 'another server’s key', seen: own.x5t })
  if (application.appId !== self.application.appId) return undefined
  // Two farms of one product may trust each other: the same id in another realm is another server.
  if (application.realm !== self.application.realm && application.realm !== '*') return undefined
  return refuse('partner_is_self', {
    at: 'issuer',
    expected: 'another server',
    seen: formatPrincipal(application),
  })
}

function partnerChanged(expected: string, seen: string): Refusal {
  return refuse('partner_changed', { at: 'issuer', expected, seen })
}

function identityTaken(identity: string): Refusal {
  return refuse('partner_identity_taken', { at: 'identity', seen: identity })
}

function notFound(identity: string): Refusal {
  return refuse('partner_not_found', { at: 'identity', seen: identity })
}

function keyOf(identity: string): string {
  return identity.toLowerCase()
}

/** Makes changes of records happen one after the other, so that none is made from an older record than the last. */
export function oneAtATime(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const run = last.then(task, task)
    last = run.catch(() => undefined)
    return run
  }
}
