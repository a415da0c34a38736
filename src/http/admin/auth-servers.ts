/**
 * `/auth-servers`: the token servers whose tokens for other applications count here (facts/administration.md A.4, B.3). They are
 * kept beside the partner applications, and read again as those are; neither is seen through the routes of the other.
 */
import * as z from 'zod'
import { AppId, Realm } from '../../protocol/ids.ts'
import { refuse } from '../../protocol/outcome.ts'
import { AUTH_SERVER_TYPES } from '../../trust/auth-server.ts'
import type { Partner } from '../../trust/partner.ts'
import type { KeySource } from '../../trust/partner-keys.ts'
import type { RefreshPolicy } from '../../trust/refresh-policy.ts'
import type { Partners } from '../../trust/register.ts'
import { doneTo, PartnerIdentity, partnerViewOf } from './partner-applications.ts'
import { type AdminRoute, changeOf, unwrap } from './route.ts'
import { AnyThumbprint } from './signing-keys.ts'

const HttpsUrl = z
  .url({ protocol: /^https$/, error: 'expected an https URL' })
  .max(2048)
  .regex(/^[^\p{C}\p{Z}]*$/u, 'expected no blanks or control characters')
const Pem = z.string().min(1).max(100_000)

const members = {
  metadataUrl: HttpsUrl.exactOptional(),
  certificate: Pem.exactOptional(),
  certificateAuthority: Pem.exactOptional(),
  type: z.enum(AUTH_SERVER_TYPES).exactOptional(),
}
const ONE_SOURCE = 'expected exactly one of metadataUrl, certificate'

export const AddAuthServer = z
  .strictObject({
    name: PartnerIdentity,
    ...members,
    applicationIdentifier: AppId.exactOptional(),
    realm: Realm.exactOptional(),
    enabled: z.boolean().default(true),
    acceptSecurityIdentifierInformation: z.boolean().default(false),
  })
  .superRefine((input, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if ((input.metadataUrl === undefined) === (input.certificate === undefined))
      fault('metadataUrl', ONE_SOURCE)
    if (input.certificate !== undefined) {
      for (const name of ['applicationIdentifier', 'realm'] as const)
        if (input[name] === undefined) fault(name, 'expected with a certificate')
      if (input.realm === '*') fault('realm', 'expected one realm')
    } else if (input.applicationIdentifier !== undefined)
      fault('applicationIdentifier', 'expected only with a certificate: a document says it itself')
  })

export const ChangeAuthServer = z
  .strictObject({
    ...members,
    certificateAuthority: Pem.nullable().exactOptional(),
    enabled: z.boolean().exactOptional(),
    acceptSecurityIdentifierInformation: z.boolean().exactOptional(),
    revokedKeys: z.array(AnyThumbprint).max(100).exactOptional(),
  })
  .refine((input) => input.metadataUrl === undefined || input.certificate === undefined, {
    path: ['metadataUrl'],
    error: 'expected at most one of metadataUrl, certificate',
  })
  .refine((input) => Object.keys(input).length > 0, {
    error:
      'expected at least one of metadataUrl, certificate, certificateAuthority, type, enabled, acceptSecurityIdentifierInformation, revokedKeys',
  })

/** The part of the records that one kind of route is about; the others are not there for it. */
export function partnersThat(partners: Partners, isWanted: (partner: Partner) => boolean): Partners {
  const get = (identity: string) => {
    const found = partners.get(identity)
    return found !== undefined && isWanted(found) ? found : undefined
  }
  const guarded =
    <Rest extends unknown[]>(task: (identity: string, ...rest: Rest) => ReturnType<Partners['remove']>) =>
    async (identity: string, ...rest: Rest) =>
      get(identity) === undefined
        ? refuse('partner_not_found', { at: 'identity', seen: identity })
        : task(identity, ...rest)
  return {
    ...partners,
    get,
    list: () => partners.list().filter(isWanted),
    refresh: guarded(partners.refresh),
    change: guarded(partners.change),
    remove: guarded(partners.remove),
  }
}

export const isAuthServer = ({ authServer }: Partner) => authServer !== undefined
export const isPartner = (partner: Partner) => !isAuthServer(partner)

export function authServerRoutes(all: Partners, refreshing: RefreshPolicy): AdminRoute[] {
  const servers = partnersThat(all, isAuthServer)
  const path = '/auth-servers'
  const viewOf = (partner: Partner) => authServerViewOf(partner, refreshing)
  const subjectOf = ({ param }: { param(name: string): string }) => ({ subject: param('name') })
  const answer = (partner: Partner) => ({
    status: 200 as const,
    body: viewOf(partner),
    done: doneTo(partner),
  })
  return [
    {
      method: 'GET',
      path,
      scope: 'read',
      handle: async () => ({ status: 200, body: { items: servers.list().map(viewOf) } }),
    },
    {
      method: 'POST',
      path,
      scope: 'administer',
      kind: 'registration',
      change: ({ input }) => {
        const { name, ...rest } = input(AddAuthServer)
        return { subject: name, change: changeOf(rest) }
      },
      handle: async ({ input }) => {
        const wanted = input(AddAuthServer)
        const partner = unwrap(
          await all.register({
            ...{ identity: wanted.name, keys: keysOf(wanted), trustLevel: 'Full', enabled: wanted.enabled },
            acceptSids: wanted.acceptSecurityIdentifierInformation,
            ...(wanted.metadataUrl !== undefined && wanted.realm !== undefined && { realm: wanted.realm }),
            authServer: wanted.type === undefined ? {} : { type: wanted.type },
            ...(wanted.certificateAuthority !== undefined && {
              certificateAuthority: wanted.certificateAuthority,
            }),
          }),
        )
        const location = `/admin/v1${path}/${encodeURIComponent(partner.identity)}`
        return { status: 201, body: viewOf(partner), location, done: doneTo(partner) }
      },
    },
    {
      method: 'GET',
      path: `${path}/:name`,
      scope: 'read',
      handle: async ({ param }) => ({ status: 200, body: viewOf(found(servers, param('name'))) }),
    },
    {
      method: 'PATCH',
      path: `${path}/:name`,
      scope: 'administer',
      kind: 'registration',
      change: ({ param, input }) => ({ subject: param('name'), change: changeOf(input(ChangeAuthServer)) }),
      handle: async ({ param, input }) => {
        const { metadataUrl: url, certificate, type, ...rest } = input(ChangeAuthServer)
        const { acceptSecurityIdentifierInformation: acceptSids, ...settings } = rest
        const { identity } = found(servers, param('name'))
        const keys = {
          ...(url !== undefined && { keys: { kind: 'metadata' as const, url } }),
          ...(certificate !== undefined && { keys: { kind: 'certificate' as const, certificate } }),
        }
        const change = {
          ...{ ...settings, ...keys },
          ...(acceptSids !== undefined && { acceptSids }),
          ...(type !== undefined && { authServer: { type } }),
        }
        return answer(unwrap(await servers.change(identity, change)))
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:name`,
      scope: 'administer',
      kind: 'registration',
      change: subjectOf,
      handle: async ({ param }) => {
        const { identity } = found(servers, param('name'))
        return { status: 204, done: doneTo(unwrap(await servers.remove(identity))) }
      },
    },
    {
      method: 'POST',
      path: `${path}/:name/refresh`,
      scope: 'operate',
      kind: 'registration',
      change: subjectOf,
      handle: async ({ param }) => {
        const { identity } = found(servers, param('name'))
        return answer(unwrap(await servers.refresh(identity)))
      },
    },
  ]
}

function found(servers: Partners, name: string): Partner {
  const server = servers.get(name)
  return unwrap(
    server === undefined
      ? refuse('auth_server_not_found', { at: 'name', seen: name.slice(0, 80) })
      : { ok: true, value: server },
  )
}

function keysOf(wanted: z.infer<typeof AddAuthServer>): KeySource {
  const { metadataUrl: url, certificate, applicationIdentifier: appId, realm } = wanted
  if (url !== undefined) return { kind: 'metadata', url }
  if (certificate !== undefined && appId !== undefined && realm !== undefined)
    return { kind: 'certificate', certificate, application: { appId, realm } }
  throw new Error('AddAuthServer let a token server through that has no keys')
}

function authServerViewOf(partner: Partner, refreshing: RefreshPolicy) {
  const {
    identity: name,
    useAuthServer: _,
    applicationTrustLevel: __,
    ...view
  } = partnerViewOf(partner, refreshing)
  const { type, tokenIssuingEndpoint } = partner.authServer ?? {}
  return {
    ...{ name, ...view },
    ...(type !== undefined && { type }),
    ...(tokenIssuingEndpoint !== undefined && { tokenIssuingEndpoint }),
  }
}

export type AuthServerView = ReturnType<typeof authServerViewOf>
