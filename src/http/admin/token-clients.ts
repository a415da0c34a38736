/** `/token-clients` of a token server: who may ask it for tokens, for what, and for whom consent is on record. */
import * as z from 'zod'
import { AppId, type Realm } from '../../protocol/ids.ts'
import { refuse } from '../../protocol/outcome.ts'
import { formatPrincipal, parsePrincipal } from '../../protocol/principal.ts'
import type { TokenClient } from '../../trust/auth-server.ts'
import type { Partner } from '../../trust/partner.ts'
import type { KeySource } from '../../trust/partner-keys.ts'
import type { RefreshPolicy } from '../../trust/refresh-policy.ts'
import type { Partners } from '../../trust/register.ts'
import { isPartner, partnersThat } from './auth-servers.ts'
import { doneTo, PartnerIdentity, partnerViewOf } from './partner-applications.ts'
import { type AdminRoute, changeOf, unwrap } from './route.ts'
import { AnyThumbprint } from './signing-keys.ts'

const HttpsUrl = z
  .url({ protocol: /^https$/, error: 'expected an https URL' })
  .max(2048)
  .regex(/^[^\p{C}\p{Z}]*$/u, 'expected no blanks or control characters')
const Pem = z.string().min(1).max(100_000)
const DisplayName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^\P{Cc}*$/u, 'expected text without control characters')
const Resource = z
  .string()
  .max(300)
  .refine((text) => {
    const principal = parsePrincipal(text)
    return principal !== undefined && principal.realm !== '*' && formatPrincipal(principal) === text
  }, 'expected <application id>@<realm>, the id in lower case')
const Upn = z
  .string()
  .max(320)
  .regex(/^(?:\*|[^\s@\p{C}]+@[^\s@\p{C}]+)$/u, 'expected a UPN, or * for everyone')

const settings = {
  displayName: DisplayName,
  enabled: z.boolean(),
  /** For which applications it may have tokens. */
  resources: z.array(Resource).max(100),
  trustedForDelegation: z.boolean(),
  consents: z.array(z.strictObject({ user: Upn, resource: Resource.exactOptional() })).max(1_000),
}
const keySources = {
  metadataUrl: HttpsUrl.exactOptional(),
  certificate: Pem.exactOptional(),
  certificateAuthority: Pem.exactOptional(),
}
const ONE_SOURCE = 'expected exactly one of metadataUrl, certificate'

const AddClient = z
  .strictObject({
    identity: PartnerIdentity,
    ...keySources,
    applicationIdentifier: AppId.exactOptional(),
    displayName: settings.displayName.exactOptional(),
    enabled: settings.enabled.default(true),
    resources: settings.resources.default([]),
    trustedForDelegation: settings.trustedForDelegation.default(false),
    consents: settings.consents.default([]),
  })
  .superRefine((input, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if ((input.metadataUrl === undefined) === (input.certificate === undefined))
      fault('metadataUrl', ONE_SOURCE)
    const wanted = input.certificate !== undefined
    if (wanted !== (input.applicationIdentifier !== undefined))
      fault('applicationIdentifier', `expected ${wanted ? '' : 'only '}with a certificate`)
  })

const ChangeClient = z
  .strictObject({
    ...keySources,
    certificateAuthority: Pem.nullable().exactOptional(),
    displayName: settings.displayName.exactOptional(),
    enabled: settings.enabled.exactOptional(),
    resources: settings.resources.exactOptional(),
    trustedForDelegation: settings.trustedForDelegation.exactOptional(),
    consents: settings.consents.exactOptional(),
    revokedKeys: z.array(AnyThumbprint).max(100).exactOptional(),
  })
  .refine((input) => input.metadataUrl === undefined || input.certificate === undefined, {
    path: ['metadataUrl'],
    error: 'expected at most one of metadataUrl, certificate',
  })
  .refine((input) => Object.keys(input).length > 0, {
    error: `expected at least one of ${[...Object.keys(settings), ...Object.keys(keySources), 'revokedKeys'].join(', ')}`,
  })

const NOTHING: TokenClient = { resources: [], trustedForDelegation: false, consents: [] }

export function tokenClientRoutes(
  all: Partners,
  refreshing: RefreshPolicy,
  ownRealm: () => Realm,
): AdminRoute[] {
  const clients = partnersThat(all, isPartner)
  const path = '/token-clients'
  const viewOf = (partner: Partner) => tokenClientViewOf(partner, refreshing)
  const find = (identity: string) => {
    const client = clients.get(identity)
    const seen = identity.slice(0, 80)
    return unwrap(
      client === undefined
        ? refuse('partner_not_found', { at: 'identity', seen })
        : { ok: true, value: client },
    )
  }
  return [
    {
      method: 'GET',
      path,
      scope: 'read',
      handle: async () => ({ status: 200, body: { items: clients.list().map(viewOf) } }),
    },
    {
      method: 'POST',
      path,
      scope: 'administer',
      kind: 'registration',
      change: ({ input }) => {
        const { identity, ...rest } = input(AddClient)
        return { subject: identity, change: changeOf(rest) }
      },
      handle: async ({ input }) => {
        const wanted = input(AddClient)
        const { identity, resources, trustedForDelegation, consents, displayName, enabled } = wanted
        const client = unwrap(
          await all.register({
            ...{ identity, enabled, keys: keysOf(wanted, ownRealm()), trustLevel: 'Full', acceptSids: false },
            tokenClient: { resources, trustedForDelegation, consents },
            ...(displayName !== undefined && { description: displayName }),
            ...(wanted.certificateAuthority !== undefined && {
              certificateAuthority: wanted.certificateAuthority,
            }),
          }),
        )
        const location = `/admin/v1${path}/${encodeURIComponent(client.identity)}`
        return { status: 201, body: viewOf(client), location, done: doneTo(client) }
      },
    },
    {
      method: 'GET',
      path: `${path}/:identity`,
      scope: 'read',
      handle: async ({ param }) => ({ status: 200, body: viewOf(find(param('identity'))) }),
    },
    {
      method: 'PATCH',
      path: `${path}/:identity`,
      scope: 'administer',
      kind: 'registration',
      change: ({ param, input }) => ({ subject: param('identity'), change: changeOf(input(ChangeClient)) }),
      handle: async ({ param, input }) => {
        const { metadataUrl: url, certificate, displayName, ...rest } = input(ChangeClient)
        const { resources, trustedForDelegation, consents, ...more } = rest
        const client = find(param('identity'))
        const tokenClient = {
          ...(client.tokenClient ?? NOTHING),
          ...(resources !== undefined && { resources }),
          ...(trustedForDelegation !== undefined && { trustedForDelegation }),
          ...(consents !== undefined && { consents }),
        }
        const change = {
          ...{ ...more, tokenClient },
          ...(displayName !== undefined && { description: displayName }),
          ...(url !== undefined && { keys: { kind: 'metadata' as const, url } }),
          ...(certificate !== undefined && { keys: { kind: 'certificate' as const, certificate } }),
        }
        const changed = unwrap(await clients.change(client.identity, change))
        return { status: 200, body: viewOf(changed), done: doneTo(changed) }
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:identity`,
      scope: 'administer',
      kind: 'registration',
      change: ({ param }) => ({ subject: param('identity') }),
      handle: async ({ param }) => {
        const { identity } = find(param('identity'))
        return { status: 204, done: doneTo(unwrap(await clients.remove(identity))) }
      },
    },
  ]
}

function keysOf(wanted: z.infer<typeof AddClient>, realm: Realm): KeySource {
  const { metadataUrl: url, certificate, applicationIdentifier: appId } = wanted
  if (url !== undefined) return { kind: 'metadata', url }
  if (certificate !== undefined && appId !== undefined)
    return { kind: 'certificate', certificate, application: { appId, realm } }
  throw new Error('AddClient let a client through that has no keys')
}

function tokenClientViewOf(partner: Partner, refreshing: RefreshPolicy) {
  const { useAuthServer: _, applicationTrustLevel: __, ...view } = partnerViewOf(partner, refreshing)
  const { acceptSecurityIdentifierInformation: ___, ...shown } = view
  const { description } = partner
  return {
    ...shown,
    ...(description !== undefined && { displayName: description }),
    ...(partner.tokenClient ?? NOTHING),
  }
}

export type TokenClientView = ReturnType<typeof tokenClientViewOf>
