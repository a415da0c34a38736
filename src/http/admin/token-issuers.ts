/**
 * `/trusted-security-token-issuers`: partner applications as SharePoint administers them (facts/administration.md C.1). The same
 * records stand under `/partner-applications`; here they have SharePoint's members and its rules for what goes together.
 */
import { X509Certificate } from 'node:crypto'
import * as z from 'zod'
import { hexThumbprint } from '../../protocol/certificate.ts'
import { formatPrincipal, parsePrincipal } from '../../protocol/principal.ts'
import type { OwnRealm } from '../../trust/own-realm.ts'
import type { Partner } from '../../trust/partner.ts'
import type { KeySource } from '../../trust/partner-keys.ts'
import type { Partners } from '../../trust/register.ts'
import type { RootAuthority, RootAuthorityStore } from '../../trust/root-authority.ts'
import { problemOf } from '../problem.ts'
import { doneTo, PartnerIdentity } from './partner-applications.ts'
import { type AdminRoute, changeOf, ProblemError, unwrap } from './route.ts'

const BOTH = 'Cannot use both parameters Certificate and MetadataEndPoint at the same time.'
const NEITHER = 'At least one of the following parameters must be specified: Certificate, MetadataEndPoint.'
const NAME_WITH_METADATA =
  'Cannot use both parameters MetadataEndPoint and RegisteredIssuerName at the same time.'
const NAME_TOO_LONG = '-TokenIssuerFriendlyName must be unique name of no more than 50 characters.'

const description = z
  .string()
  .max(1_000)
  .regex(/^\P{Cc}*$/u, 'expected text without control characters')
const metadataEndPoint = z.url({ protocol: /^https$/, error: 'expected an https URL' }).max(2048)
const certificate = z.string().min(1).max(100_000)

export const AddIssuer = z
  .strictObject({
    name: PartnerIdentity.max(50, NAME_TOO_LONG),
    metadataEndPoint: metadataEndPoint.exactOptional(),
    /** PEM, or base64 of DER. */
    certificate: certificate.exactOptional(),
    /** `<guid>@<realm>`: with a certificate, whose document says nothing of its name. */
    registeredIssuerName: z
      .string()
      .max(300)
      .refine((text) => {
        const principal = parsePrincipal(text)
        return principal !== undefined && principal.realm !== '*' && formatPrincipal(principal) === text
      }, 'expected <guid>@<realm>, all letters of the guid in lower case')
      .exactOptional(),
    isTrustBroker: z.boolean().default(false),
    description: description.exactOptional(),
  })
  .superRefine((input, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    const fromDocument = input.metadataEndPoint !== undefined
    const fromCertificate = input.certificate !== undefined
    if (fromDocument && fromCertificate) fault('metadataEndPoint', BOTH)
    if (!fromDocument && !fromCertificate) fault('certificate', NEITHER)
    if (fromDocument && input.registeredIssuerName !== undefined)
      fault('registeredIssuerName', NAME_WITH_METADATA)
    if (fromCertificate && input.registeredIssuerName === undefined)
      fault('registeredIssuerName', 'expected with a certificate')
  })

export const ChangeIssuer = z
  .strictObject({
    metadataEndPoint: metadataEndPoint.exactOptional(),
    certificate: certificate.exactOptional(),
    isTrustBroker: z.boolean().exactOptional(),
    description: description.exactOptional(),
  })
  .refine((input) => input.metadataEndPoint === undefined || input.certificate === undefined, {
    path: ['metadataEndPoint'],
    error: BOTH,
  })
  .refine((input) => Object.keys(input).length > 0, {
    error: 'expected at least one of metadataEndPoint, certificate, isTrustBroker, description',
  })

export function tokenIssuerRoutes(
  partners: Partners,
  realm: OwnRealm,
  roots: RootAuthorityStore,
): AdminRoute[] {
  const path = '/trusted-security-token-issuers'
  const view = (partner: Partner) => viewOf(partner, realm.former())
  // Said and not refused: which roots are trusted decides nothing here, as every key is registered itself.
  const withWarnings = async (partner: Partner) => ({
    ...view(partner),
    warnings: warningsOf(partner, realm.current(), await roots.all()),
  })
  return [
    {
      method: 'GET',
      path,
      scope: 'read',
      handle: async () => ({ status: 200, body: { items: partners.list().map(view) } }),
    },
    {
      method: 'POST',
      path,
      scope: 'administer',
      kind: 'registration',
      change: ({ input }) => {
        const { name, ...rest } = input(AddIssuer)
        return { subject: name, change: changeOf(rest) }
      },
      handle: async ({ input }) => {
        const { name, isTrustBroker, description: about, ...source } = input(AddIssuer)
        const partner = unwrap(
          await partners.register({
            ...{ identity: name, keys: keysOf(source), trustLevel: 'Full', enabled: true, acceptSids: true },
            ...(isTrustBroker && { isTrustBroker }),
            ...(about !== undefined && { description: about }),
          }),
        )
        const location = `/admin/v1${path}/${encodeURIComponent(partner.identity)}`
        return { status: 201, body: await withWarnings(partner), location, done: doneTo(partner) }
      },
    },
    {
      method: 'GET',
      path: `${path}/:name`,
      scope: 'read',
      handle: async ({ param }) => {
        const partner = partners.get(param('name'))
        if (partner !== undefined) return { status: 200, body: view(partner) }
        throw new ProblemError(
          problemOf({ ok: false, code: 'partner_not_found', at: 'name', seen: param('name').slice(0, 80) }),
        )
      },
    },
    {
      method: 'PATCH',
      path: `${path}/:name`,
      scope: 'administer',
      kind: 'registration',
      change: ({ param, input }) => ({ subject: param('name'), change: changeOf(input(ChangeIssuer)) }),
      handle: async ({ param, input }) => {
        const { metadataEndPoint: url, certificate: pem, ...settings } = input(ChangeIssuer)
        const keys = url !== undefined ? ({ kind: 'metadata', url } as const) : undefined
        const pasted = pem !== undefined ? ({ kind: 'certificate', certificate: pem } as const) : undefined
        const source = keys ?? pasted
        const change = { ...settings, ...(source !== undefined && { keys: source }) }
        const partner = unwrap(await partners.change(param('name'), change))
        return { status: 200, body: await withWarnings(partner), done: doneTo(partner) }
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:name`,
      scope: 'administer',
      kind: 'registration',
      change: ({ param }) => ({ subject: param('name') }),
      handle: async ({ param }) => ({
        status: 204,
        done: doneTo(unwrap(await partners.remove(param('name')))),
      }),
    },
  ]
}

type Source = { metadataEndPoint?: string; certificate?: string; registeredIssuerName?: string }

function keysOf({ metadataEndPoint: url, certificate: pem, registeredIssuerName = '' }: Source): KeySource {
  if (url !== undefined) return { kind: 'metadata', url }
  const application = parsePrincipal(registeredIssuerName)
  if (pem !== undefined && application !== undefined)
    return { kind: 'certificate', certificate: pem, application }
  throw new Error('AddIssuer let an issuer through that has no keys')
}

function viewOf(partner: Partner, former: readonly string[]) {
  const { identity, issuer, source, certificates, isTrustBroker = false, description: about } = partner
  return {
    name: identity,
    nameId: issuer,
    registeredIssuerName: issuer,
    // There is no IsTrustBroker to be read: this is its complement.
    isSelfIssuer: !isTrustBroker,
    ...(source.kind === 'metadata' && { metadataEndPoint: source.url }),
    signingCertificates: certificates.map(({ x5t, subject }) => ({
      thumbprint: hexThumbprint(x5t),
      subject,
    })),
    ...(about !== undefined && { description: about }),
    enabled: partner.enabled,
    // Registered in a realm that was given up.
    isOrphan: former.includes(partner.application.realm),
  }
}

function warningsOf(
  { source, application, certificates }: Partner,
  realm: string,
  roots: readonly RootAuthority[],
): string[] {
  if (source.kind !== 'certificate') return []
  const known = roots.map((root) => new X509Certificate(Buffer.from(root.certificate.der, 'base64')))
  const unrooted = certificates.filter(({ der }) => {
    const leaf = new X509Certificate(Buffer.from(der, 'base64'))
    return !known.some((root) => leaf.raw.equals(root.raw) || leaf.checkIssued(root))
  })
  return [
    ...(application.realm === realm
      ? []
      : [`its realm is ${application.realm}, not this farm’s ${realm}: a real farm would refuse its tokens`]),
    ...unrooted.map(
      ({ subject }) =>
        `no root authority is trusted for ${subject}: a real farm would refuse its tokens until New-SPTrustedRootAuthority names its chain`,
    ),
  ]
}
