/** The partner applications of one server: registered, refreshed, changed, removed; each in force from the next request. */
import { type Certificate, readAuthorities } from '../protocol/certificate.ts'
import type { EpochSeconds, Realm, Thumbprint } from '../protocol/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../protocol/outcome.ts'
import { type AuthServer, refuseAuthServer, type TokenClient } from './auth-server.ts'
import { refuseBroker } from './broker.ts'
import type { ServerIdentity } from './identity.ts'
import type { Partner, PartnerRefresh, PartnerStore, TrustLevel } from './partner.ts'
import { identityKey, openPartnerIndex, type PartnerIndex } from './partner-index.ts'
import { type Download, type KeySource, readKeys, refuseOwn, refuseShared } from './partner-keys.ts'
import {
  afterFailure,
  afterSuccess,
  DEFAULT_REFRESH,
  lastRead,
  nextRefresh,
  type RefreshPolicy,
} from './refresh-policy.ts'

export interface Registration {
  readonly identity: string
  readonly keys: KeySource
  readonly trustLevel: TrustLevel
  readonly enabled: boolean
  readonly acceptSids: boolean
  /** PEM of the authorities its TLS certificate comes from, beside those that this server trusts anyway. */
  readonly certificateAuthority?: string
  /** SID of an account of this server's directory. */
  readonly linkedAccount?: string
  /** Whether its key is to speak for other applications too; only where the server takes brokers. */
  readonly isTrustBroker?: true
  /** It is a token server. Where it issues tokens is read from its document. */
  readonly authServer?: Pick<AuthServer, 'type'>
  /** The realm that its document must be of; `*`: a document of any. Absent: whatever the document says. */
  readonly realm?: Realm
  /** It is a client of this token server. */
  readonly tokenClient?: TokenClient
  readonly description?: string
}

/** What can be changed later. Application id, realm and name cannot, so new keys must be of the same application (A.3). */
export interface PartnerChange {
  readonly keys?: NewKeys
  readonly trustLevel?: TrustLevel
  readonly enabled?: boolean
  readonly acceptSids?: boolean
  /** Keys of its that are to count no longer, all of them. */
  readonly revokedKeys?: readonly Thumbprint[]
  /** Null: none any longer. */
  readonly certificateAuthority?: string | null
  /** Null: none any longer. */
  readonly linkedAccount?: string | null
  readonly isTrustBroker?: boolean
  readonly authServer?: Pick<AuthServer, 'type'>
  readonly tokenClient?: TokenClient
  readonly description?: string
}

/** Where the keys of a partner that is registered already are to be read from now on. */
export type NewKeys =
  | Exclude<KeySource, { kind: 'certificate' | 'auth server' }>
  | { readonly kind: 'certificate'; readonly certificate: string }
  | { readonly kind: 'auth server' }

/** What registering needs from outside. */
export interface RegisterContext {
  /** As it is when it is asked for: its keys change. */
  readonly self: ServerIdentity
  readonly store: PartnerStore
  readonly now: () => EpochSeconds
  readonly download: Download
  /** Whether a partner may speak for other applications; absent: none may. */
  readonly takesBrokers?: boolean
  /** What else is kept of a partner goes with it. It is no partner any longer when this is called. */
  readonly onRemove?: (partner: Partner) => Promise<void>
  /** Absent: the default. */
  readonly refreshing?: RefreshPolicy
}

export interface Partners extends Omit<PartnerIndex, 'put' | 'drop'> {
  /** Whether a partner has this application id, enabled or not. */
  hasApplication(appId: string): boolean
  register(registration: Registration): Promise<Outcome<Partner>>
  refresh(identity: string): Promise<Outcome<Partner>>
  change(identity: string, change: PartnerChange): Promise<Outcome<Partner>>
  remove(identity: string): Promise<Outcome<Partner>>
}

/** Reads the store once; from then on memory answers, and every change goes to the store first. */
export async function openPartners(context: RegisterContext): Promise<Partners> {
  const { store, now, download, refreshing = DEFAULT_REFRESH, takesBrokers = false } = context
  const index = openPartnerIndex(await store.all())
  const { get } = index
  const serially = oneAtATime()

  const refuseAsBroker = (
    isTrustBroker: boolean | undefined,
    { application, source }: Pick<Partner, 'application' | 'source'>,
  ): Refusal | undefined => {
    if (isTrustBroker !== true) return undefined
    if (takesBrokers) return refuseBroker(application, source, context.self.application)
    return refuse('broker_not_taken', { at: 'isTrustBroker', expected: 'false', seen: 'true' })
  }
  const remember = (partner: Partner): Outcome<Partner> => accept(index.put(partner))
  // Another of the same name or application is not looked at: that clash has a code of its own.
  const othersWith = (certificates: readonly Certificate[], identity: string, appId: string) =>
    index
      .withKeyOf(certificates)
      .filter(
        (other) => identityKey(other.identity) !== identityKey(identity) && other.application.appId !== appId,
      )
  const update = (
    identity: string,
    changeOf: (current: Partner) => RecordChange,
    instead: (current: Partner) => Outcome<Partner> | undefined = () => undefined,
  ): Promise<Outcome<Partner>> =>
    serially(async () => {
      const current = get(identity)
      if (current === undefined) return notFound(identity)
      const other = instead(current)
      if (other !== undefined) return other
      const partner = changed(current, changeOf(current))
      return (await store.replace(partner)) === 'replaced' ? remember(partner) : notFound(identity)
    })
  const adopt = async (
    before: Partner,
    keys: KeySource,
    settings: RecordChange = {},
  ): Promise<Outcome<Partner>> => {
    const isRefresh = keys === before.source
    const authority = changed(before, settings).certificateAuthority
    const read = await readKeys(keys, authority, download, isRefresh ? before.refresh?.etag : undefined)
    if (!read.ok) return read
    const found = read.value
    const { maxAge } = found
    const at = now()
    if ('unchanged' in found) return confirm(before, at, maxAge)
    const { issuer, certificates, source } = found
    const own = refuseOwn(context.self, found)
    if (own !== undefined) return own
    const isNew = namesOf(certificates) !== namesOf(before.certificates)
    const changeOf = ({ authServer }: Partner) => ({
      ...settings,
      certificates,
      source,
      ...issuing(authServer, settings.authServer, found.issuance),
      refreshedAt: at,
      ...refreshOf(found, at, isRefresh ? before.refresh : undefined, isNew),
      ...(!isRefresh && { updatedAt: at }),
    })
    // While the keys were read, the identity may have gone to another application, or its keys been set anew.
    return update(before.identity, changeOf, (current) => {
      if (current.issuer !== issuer) return partnerChanged(current.issuer, issuer)
      if (isRefresh && isOutdated(current, before)) return accept(current)
      const { isTrustBroker } = changed(current, settings)
      const broker = isRefresh ? undefined : refuseAsBroker(isTrustBroker, found)
      if (broker !== undefined) return broker
      return refuseShared(certificates, othersWith(certificates, current.identity, current.application.appId))
    })
  }

  // The document is the one that was adopted: its keys are as good as new.
  const confirm = (before: Partner, at: EpochSeconds, maxAge: number | undefined) =>
    update(
      before.identity,
      () => ({
        refreshedAt: at,
        ...refreshOf({ ...before, maxAge, etag: before.refresh?.etag }, at, before.refresh, false),
      }),
      (current) => (isOutdated(current, before) ? accept(current) : undefined),
    )
  // What did not work is noted; what the keys were read from may have changed meanwhile.
  const note = (before: Partner, refusal: Refusal) => {
    const at = now()
    const refresh = afterFailure(refreshing, before.refresh, refusal, at)
    const change = { refresh, ...(before.refreshedAt > at && { refreshedAt: lastRead(before, at) }) }
    return update(
      before.identity,
      () => change,
      (current) => (isOutdated(current, before) ? accept(current) : undefined),
    )
  }
  const refreshOf = (
    { source, issuer, maxAge, etag }: RefreshHints,
    at: EpochSeconds,
    last: PartnerRefresh | undefined,
    isNew: boolean,
  ) =>
    source.kind === 'metadata'
      ? { refresh: afterSuccess(last, isNew, nextRefresh(refreshing, issuer, at, maxAge), etag) }
      : {}

  return {
    list: index.list,
    get,
    byIssuer: index.byIssuer,
    hasApplication: (appId) => index.ofApplication(appId) !== undefined,
    ofApplication: index.ofApplication,
    withKeyOf: index.withKeyOf,
    someIssuers: index.someIssuers,

    async register({ identity, keys, certificateAuthority: given, realm, ...settings }) {
      if (get(identity) !== undefined) return identityTaken(identity)
      const authority = readAuthority(given)
      if (!authority.ok) return authority
      const certificateAuthority = authority.value
      const read = await readKeys(keys, certificateAuthority, download)
      if (!read.ok) return read
      const found = read.value
      if ('unchanged' in found) throw new Error('a first document was said to be unchanged')
      const { authServer, tokenClient } = settings
      const own =
        refuseOwn(context.self, found) ??
        refuseAsBroker(settings.isTrustBroker, found) ??
        (authServer && refuseAuthServer(found.application)) ??
        (tokenClient && refuseOtherRealm(found, context.self)) ??
        (realm && refuseUnexpected(found, realm))
      if (own !== undefined) return own
      return serially(async () => {
        const at = now()
        const { application, issuer, certificates, source } = found
        const partner = {
          ...{ identity, application, issuer, source, certificates, ...settings },
          ...(authServer !== undefined && { authServer: issuingAt(authServer, found.issuance) }),
          ...(certificateAuthority !== undefined && { certificateAuthority }),
          ...{ createdAt: at, updatedAt: at, refreshedAt: at },
          ...refreshOf(found, at, undefined, true),
        }
        const shared = refuseShared(certificates, othersWith(certificates, identity, application.appId))
        if (shared !== undefined) return shared
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
      if (source.kind === 'metadata') {
        const adopted = await adopt(before, source)
        if (!adopted.ok) await note(before, adopted)
        return adopted
      }
      return refuse('partner_without_source', { at: 'metadataUrl', seen: source.kind })
    },

    async change(identity, { keys, certificateAuthority: given, ...rest }) {
      const before = get(identity)
      if (before === undefined) return notFound(identity)
      const authority = given === null ? accept(null) : readAuthority(given)
      if (!authority.ok) return authority
      const certificateAuthority = authority.value
      const settings = { ...rest, ...(certificateAuthority !== undefined && { certificateAuthority }) }
      if (keys !== undefined) {
        const application = before.application
        const isNamed = keys.kind === 'certificate' || keys.kind === 'auth server'
        return adopt(before, isNamed ? { ...keys, application } : keys, settings)
      }
      const at = now()
      return update(
        identity,
        ({ authServer }) => ({
          ...settings,
          ...issuing(authServer, settings.authServer, authServer?.tokenIssuingEndpoint),
          updatedAt: at,
        }),
        (current) => refuseAsBroker(rest.isTrustBroker, current),
      )
    },

    remove: (identity) =>
      serially(async () => {
        const current = get(identity)
        if (current === undefined) return notFound(identity)
        await store.remove(current.identity)
        index.drop(current)
        await context.onRemove?.(current)
        return accept(current)
      }),
  }
}

// A token server whose document names no endpoint can be believed, and asked for nothing.
function issuingAt({ type }: Pick<AuthServer, 'type'>, issuance: string | undefined): AuthServer {
  return {
    ...(type !== undefined && { type }),
    ...(issuance !== undefined && { tokenIssuingEndpoint: issuance }),
  }
}

// Where it issues tokens stands in its document, whatever else of it is changed; of what kind it is, an administrator says.
function issuing(
  authServer: AuthServer | undefined,
  change: Pick<AuthServer, 'type'> | undefined,
  issuance: string | undefined,
): Pick<Partner, 'authServer'> {
  return authServer === undefined ? {} : { authServer: issuingAt({ ...authServer, ...change }, issuance) }
}

// It is `<client>@<realm of the token server>` that the tokens name (facts/protocol.md 6).
function refuseOtherRealm({ application }: Pick<Partner, 'application'>, self: ServerIdentity) {
  const { realm: expected } = self.application
  if (application.realm === expected) return undefined
  return refuse('token_client_realm_differs', { at: 'realm', expected, seen: application.realm })
}

function refuseUnexpected({ application }: Pick<Partner, 'application'>, expected: Realm) {
  if (application.realm === expected) return undefined
  return refuse('document_member_malformed', { at: 'realm', expected, seen: application.realm })
}

type RefreshHints = Pick<Partner, 'source' | 'issuer'> & {
  readonly maxAge?: number | undefined
  readonly etag?: string | undefined
}

// What was read is of a record that says now that it is to be read elsewhere.
function isOutdated(current: Partner, before: Partner): boolean {
  return current.source !== before.source || current.certificateAuthority !== before.certificateAuthority
}

// Which keys they are, in whatever order a document has them.
function namesOf(certificates: readonly Certificate[]): string {
  return certificates
    .map(({ x5t }) => x5t)
    .sort()
    .join(' ')
}

type RecordChange = Partial<Omit<Partner, 'certificateAuthority' | 'isTrustBroker' | 'linkedAccount'>> &
  Pick<PartnerChange, 'certificateAuthority' | 'isTrustBroker' | 'linkedAccount'>

function changed(before: Partner, change: RecordChange): Partner {
  const { certificateAuthority: authority = null, linkedAccount: account = null, ...others } = before
  const { isTrustBroker: wasBroker = false, ...current } = others
  const {
    certificateAuthority = authority,
    isTrustBroker = wasBroker,
    linkedAccount = account,
    ...rest
  } = change
  return {
    ...current,
    ...rest,
    ...(certificateAuthority !== null && { certificateAuthority }),
    ...(isTrustBroker && { isTrustBroker }),
    ...(linkedAccount !== null && { linkedAccount }),
  }
}

function readAuthority(pem: string | undefined): Outcome<string | undefined> {
  return pem === undefined ? accept(undefined) : readAuthorities(pem, 'certificateAuthority')
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

/** Makes changes of records happen one after the other, so that none is made from an older record than the last. */
export function oneAtATime(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const run = last.then(task, task)
    last = run.catch(() => undefined)
    return run
  }
}
