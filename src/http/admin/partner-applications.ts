/** `/partner-applications`: who this server trusts (facts/administration.md A.1 to A.3). */
import * as z from 'zod'
import { hexThumbprint } from '../../protocol/certificate.ts'
import { AppId, isoTime, Realm } from '../../protocol/ids.ts'
import { refuse } from '../../protocol/outcome.ts'
import type { DirectoryStore } from '../../trust/directory.ts'
import { type Partner, type RefreshFailure, TRUST_LEVELS } from '../../trust/partner.ts'
import type { KeySource } from '../../trust/partner-keys.ts'
import { dueAt, goodUntil, type RefreshPolicy } from '../../trust/refresh-policy.ts'
import type { NewKeys, Partners } from '../../trust/register.ts'
import { problemOf } from '../problem.ts'
import { accountNamed } from './identities.ts'
import { type AdminRoute, type Change, changeOf, ProblemError, unwrap } from './route.ts'
import { AnyThumbprint } from './signing-keys.ts'

// The parser of URLs passes over what is no part of one; on a screen it would be.
const HttpsUrl = z
  .url({ protocol: /^https$/, error: 'expected an https URL' })
  .max(2048)
  .regex(/^[^\p{C}\p{Z}]*$/u, 'expected no blanks or control characters')

/** The administrator's name for a partner application. */
export const PartnerIdentity = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._:-]{0,63}$/, 'expected 1 to 64 letters, digits, blanks or . _ : -')

const settings = {
  applicationTrustLevel: z.enum(TRUST_LEVELS),
  enabled: z.boolean(),
  acceptSecurityIdentifierInformation: z.boolean(),
}

const keySources = {
  metadataUrl: HttpsUrl.exactOptional(),
  document: z.record(z.string(), z.unknown()).exactOptional(),
  certificate: z.string().min(1).max(100_000).exactOptional(),
  /** It has no keys here: a token server speaks for it. */
  useAuthServer: z.literal(true).exactOptional(),
}
/** An account as administrators name it: SID, UPN, SMTP address or name. */
const LinkedAccount = z.string().min(1).max(1024)
const CertificateAuthority = z.string().min(1).max(100_000)
const KEY_SOURCES = ['metadataUrl', 'document', 'certificate', 'useAuthServer'] as const
const ONE_SOURCE = `expected exactly one of ${KEY_SOURCES.join(', ')}`

type KeyMembers = {
  metadataUrl?: string
  document?: Record<string, unknown>
  certificate?: string
  useAuthServer?: true
}
const givenSources = (input: KeyMembers) => KEY_SOURCES.filter((name) => input[name] !== undefined)

// Rules between members are looked at even when single members are wrong: every fault is named at once.
const whateverElse = {
  when: ({ value }: { value: unknown }) =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
}

export const RegisterPartner = z
  .strictObject({
    identity: PartnerIdentity,
    ...keySources,
    applicationIdentifier: AppId.exactOptional(),
    realm: Realm.refine(
      (realm) => realm !== '*',
      'expected one realm: only a cloud service speaks for any',
    ).exactOptional(),
    applicationTrustLevel: settings.applicationTrustLevel.default('Full'),
    enabled: settings.enabled.default(true),
    acceptSecurityIdentifierInformation: settings.acceptSecurityIdentifierInformation.exactOptional(),
    certificateAuthority: CertificateAuthority.exactOptional(),
    linkedAccount: LinkedAccount.exactOptional(),
    isTrustBroker: z.boolean().default(false),
  })
  .superRefine((input, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    const [source, ...extra] = givenSources(input)
    if (source === undefined) fault('metadataUrl', ONE_SOURCE)
    for (const name of extra) fault(name, ONE_SOURCE)
    for (const name of ['applicationIdentifier', 'realm'] as const) {
      const wanted = input.certificate !== undefined || input.useAuthServer === true
      // Without a realm, the one of whom the token server speaks for is this server's.
      const isNeeded = input.certificate !== undefined || name === 'applicationIdentifier'
      if (wanted && isNeeded && input[name] === undefined)
        fault(name, `expected with ${input.certificate === undefined ? 'useAuthServer' : 'a certificate'}`)
      if (!wanted && input[name] !== undefined)
        fault(name, 'expected only with a certificate or useAuthServer: a document says it itself')
    }
  }, whateverElse)

export const ChangePartner = z
  .strictObject({
    applicationTrustLevel: settings.applicationTrustLevel.exactOptional(),
    enabled: settings.enabled.exactOptional(),
    acceptSecurityIdentifierInformation: settings.acceptSecurityIdentifierInformation.exactOptional(),
    certificateAuthority: CertificateAuthority.nullable().exactOptional(),
    linkedAccount: LinkedAccount.nullable().exactOptional(),
    revokedKeys: z.array(AnyThumbprint).max(100).exactOptional(),
    ...keySources,
  })
  .superRefine((input, context) => {
    for (const name of givenSources(input).slice(1)) {
      context.addIssue({ code: 'custom', path: [name], message: ONE_SOURCE })
    }
  }, whateverElse)
  .refine((input) => Object.keys(input).length > 0, {
    error: `expected at least one of ${[...Object.keys(settings), 'certificateAuthority', 'linkedAccount', 'revokedKeys', ...KEY_SOURCES].join(', ')}`,
    when: ({ issues }) => issues.length === 0,
  })

export function partnerRoutes(
  partners: Partners,
  acceptSidsByDefault: boolean,
  refreshing: RefreshPolicy,
  ownRealm: () => Realm,
  directory: DirectoryStore,
): AdminRoute[] {
  const accountOf = async (named: string) => (await accountNamed(directory, 'linkedAccount', named)).sid
  const viewOf = (partner: Partner) => partnerViewOf(partner, refreshing)
  return [
    {
      method: 'GET',
      path: '/partner-applications',
      scope: 'read',
      handle: async () => ({ status: 200, body: { items: partners.list().map(viewOf) } }),
    },
    {
      method: 'POST',
      path: '/partner-applications',
      scope: 'administer',
      kind: 'registration',
      change: ({ input }) => {
        const { identity, ...rest } = input(RegisterPartner)
        return { subject: identity, change: changeOf(rest) }
      },
      handle: async ({ input }) => {
        const wanted = input(RegisterPartner)
        const partner = unwrap(
          await partners.register({
            identity: wanted.identity,
            keys: registrationKeys(wanted, ownRealm()),
            trustLevel: wanted.applicationTrustLevel,
            enabled: wanted.enabled,
            acceptSids: wanted.acceptSecurityIdentifierInformation ?? acceptSidsByDefault,
            ...(wanted.certificateAuthority !== undefined && {
              certificateAuthority: wanted.certificateAuthority,
            }),
            ...(wanted.linkedAccount !== undefined && {
              linkedAccount: await accountOf(wanted.linkedAccount),
            }),
            ...(wanted.isTrustBroker && { isTrustBroker: true as const }),
          }),
        )
        return { status: 201, body: viewOf(partner), location: locationOf(partner), done: doneTo(partner) }
      },
    },
    {
      method: 'GET',
      path: '/partner-applications/:identity',
      scope: 'read',
      handle: async ({ param }) => {
        const partner = partners.get(param('identity'))
        if (partner !== undefined) return { status: 200, body: viewOf(partner) }
        throw new ProblemError(
          problemOf(refuse('partner_not_found', { at: 'identity', seen: param('identity') })),
        )
      },
    },
    {
      method: 'PATCH',
      path: '/partner-applications/:identity',
      scope: 'administer',
      kind: 'registration',
      change: ({ param, input }) => ({ subject: param('identity'), change: changeOf(input(ChangePartner)) }),
      handle: async ({ param, input }) => {
        const wanted = input(ChangePartner)
        const keys = keySourceOf(wanted)
        const change = {
          ...(keys !== undefined && { keys }),
          ...(wanted.applicationTrustLevel !== undefined && { trustLevel: wanted.applicationTrustLevel }),
          ...(wanted.enabled !== undefined && { enabled: wanted.enabled }),
          ...(wanted.acceptSecurityIdentifierInformation !== undefined && {
            acceptSids: wanted.acceptSecurityIdentifierInformation,
          }),
          ...(wanted.certificateAuthority !== undefined && {
            certificateAuthority: wanted.certificateAuthority,
          }),
          ...(wanted.linkedAccount !== undefined && {
            linkedAccount: wanted.linkedAccount === null ? null : await accountOf(wanted.linkedAccount),
          }),
          ...(wanted.revokedKeys !== undefined && { revokedKeys: wanted.revokedKeys }),
        }
        const partner = unwrap(await partners.change(param('identity'), change))
        return { status: 200, body: viewOf(partner), done: doneTo(partner) }
      },
    },
    {
      method: 'DELETE',
      path: '/partner-applications/:identity',
      scope: 'administer',
      kind: 'registration',
      change: ({ param }) => ({ subject: param('identity') }),
      handle: async ({ param }) => ({
        status: 204,
        done: doneTo(unwrap(await partners.remove(param('identity')))),
      }),
    },
    {
      method: 'POST',
      path: '/partner-applications/:identity/refresh',
      scope: 'operate',
      kind: 'registration',
      change: ({ param }) => ({ subject: param('identity') }),
      handle: async ({ param }) => {
        const partner = unwrap(await partners.refresh(param('identity')))
        return { status: 200, body: viewOf(partner), done: doneTo(partner) }
      },
    },
  ]
}

/** Whose tokens a change is about, and by which keys they are known from now on: for the record. */
export function doneTo({ issuer, certificates }: Partner): Change {
  return { partner: issuer, change: { keys: certificates.map(({ x5t }) => x5t).join(' ') } }
}

export function keySourceOf({
  metadataUrl,
  document,
  certificate,
  useAuthServer,
}: KeyMembers): NewKeys | undefined {
  if (metadataUrl !== undefined) return { kind: 'metadata', url: metadataUrl }
  if (document !== undefined) return { kind: 'document', document }
  if (useAuthServer === true) return { kind: 'auth server' }
  return certificate === undefined ? undefined : { kind: 'certificate', certificate }
}

function registrationKeys(wanted: z.infer<typeof RegisterPartner>, ownRealm: Realm): KeySource {
  const { applicationIdentifier: appId, realm } = wanted
  const keys = keySourceOf(wanted)
  if (keys?.kind === 'metadata' || keys?.kind === 'document') return keys
  if (keys?.kind === 'auth server' && appId !== undefined)
    return { ...keys, application: { appId, realm: realm ?? ownRealm } }
  if (keys?.kind === 'certificate' && appId !== undefined && realm !== undefined)
    return { ...keys, application: { appId, realm } }
  throw new Error('RegisterPartner let a registration through that has no keys')
}

/** A partner application as the REST shows it: times in ISO 8601, keys by thumbprint. */
export function partnerViewOf(partner: Partner, refreshing: RefreshPolicy) {
  const { refresh, revokedKeys = [] } = partner
  const nextRefreshAt = dueAt(partner, refreshing)
  const until = goodUntil(partner, refreshing.goodFor)
  return {
    identity: partner.identity,
    applicationIdentifier: partner.application.appId,
    realm: partner.application.realm,
    issuer: partner.issuer,
    ...(partner.source.kind === 'metadata' && { metadataUrl: partner.source.url }),
    useAuthServer: partner.source.kind === 'auth server',
    keySource: partner.source.kind,
    keys: partner.certificates.map(({ x5t, subject, notBefore, notAfter }) => ({
      x5t,
      thumbprint: hexThumbprint(x5t),
      subject,
      notBefore: isoTime(notBefore),
      notAfter: isoTime(notAfter),
    })),
    applicationTrustLevel: partner.trustLevel,
    enabled: partner.enabled,
    acceptSecurityIdentifierInformation: partner.acceptSids,
    ...(partner.isTrustBroker && { isTrustBroker: true }),
    ...(partner.certificateAuthority !== undefined && { certificateAuthority: partner.certificateAuthority }),
    ...(partner.linkedAccount !== undefined && { linkedAccount: partner.linkedAccount }),
    createdAt: isoTime(partner.createdAt),
    updatedAt: isoTime(partner.updatedAt),
    refreshedAt: isoTime(partner.refreshedAt),
    generation: refresh?.generation ?? 1,
    ...(nextRefreshAt !== undefined && { nextRefreshAt: isoTime(nextRefreshAt) }),
    ...(until !== undefined && { keysGoodUntil: isoTime(until) }),
    ...(refresh?.failure !== undefined && { lastFailure: failureViewOf(refresh.failure) }),
    ...(refresh?.quarantine !== undefined && { quarantined: failureViewOf(refresh.quarantine) }),
    ...(revokedKeys.length > 0 && { revokedKeys: revokedKeys.map(hexThumbprint) }),
  }
}

export type PartnerView = ReturnType<typeof partnerViewOf>

function failureViewOf({ since, at, ...rest }: RefreshFailure) {
  return { since: isoTime(since), at: isoTime(at), ...rest }
}

function locationOf({ identity }: Partner): string {
  return `/admin/v1/partner-applications/${encodeURIComponent(identity)}`
}
