/** `/trusted-root-authorities`: certificates that issuers' signing certificates may come from (facts/administration.md C.2). */
import * as z from 'zod'
import { hexThumbprint, readCertificate } from '../../protocol/certificate.ts'
import { type EpochSeconds, isoTime } from '../../protocol/ids.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { RootAuthority, RootAuthorityStore } from '../../trust/root-authority.ts'
import { PartnerIdentity } from './partner-applications.ts'
import { type AdminRoute, changeOf, ProblemError, unwrap } from './route.ts'

/** Downloads one certificate, in DER or PEM, by the rules for auth metadata documents. */
export type DownloadRoot = (url: string) => Promise<Outcome<Buffer>>

const SOURCES = ['certificate', 'metadataEndPoint'] as const
const ONE_SOURCE = `expected exactly one of ${SOURCES.join(', ')}`

export const AddRoot = z
  .strictObject({
    name: PartnerIdentity,
    /** PEM, or base64 of DER; without a private key. */
    certificate: z.string().min(1).max(100_000).exactOptional(),
    metadataEndPoint: z
      .url({ protocol: /^https$/, error: 'expected an https URL' })
      .max(2048)
      .exactOptional(),
  })
  .refine((input) => SOURCES.filter((name) => input[name] !== undefined).length === 1, {
    path: ['certificate'],
    error: ONE_SOURCE,
  })

export function rootAuthorityRoutes(
  store: RootAuthorityStore,
  download: DownloadRoot,
  now: () => EpochSeconds,
): AdminRoute[] {
  const path = '/trusted-root-authorities'
  return [
    {
      method: 'GET',
      path,
      scope: 'read',
      handle: async () => ({ status: 200, body: { items: (await store.all()).map(viewOf) } }),
    },
    {
      method: 'POST',
      path,
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => {
        const { name, ...rest } = input(AddRoot)
        return { subject: name, change: changeOf(rest) }
      },
      handle: async ({ input }) => {
        const { name, certificate: given, metadataEndPoint } = input(AddRoot)
        const text = given ?? textOf(unwrap(await download(metadataEndPoint ?? '')))
        const certificate = unwrap(
          readCertificate(text, given === undefined ? 'metadataEndPoint' : 'certificate'),
        )
        const authority = {
          ...{ name, certificate, createdAt: now() },
          ...(metadataEndPoint !== undefined && { metadataEndPoint }),
        }
        if ((await store.add(authority)) === 'exists') {
          const detail = `saw ${name}`
          throw new ProblemError({
            ...{
              status: 409,
              title: 'A root authority of this name exists already: remove it first',
              detail,
            },
            errors: [{ path: 'name', detail }],
          })
        }
        return {
          status: 201,
          body: viewOf(authority),
          location: `/admin/v1${path}/${encodeURIComponent(name)}`,
        }
      },
    },
    {
      method: 'GET',
      path: `${path}/:name`,
      scope: 'read',
      handle: async ({ param }) => {
        const wanted = param('name').toLowerCase()
        const found = (await store.all()).find(({ name }) => name.toLowerCase() === wanted)
        if (found === undefined) throw missing(param('name'))
        return { status: 200, body: viewOf(found) }
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:name`,
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: param('name') }),
      handle: async ({ param }) => {
        if ((await store.remove(param('name'))) === 'missing') throw missing(param('name'))
        return { status: 204 }
      },
    },
  ]
}

function textOf(bytes: Buffer): string {
  return bytes.includes('-----BEGIN') ? bytes.toString('latin1') : bytes.toString('base64')
}

function viewOf({ name, certificate, metadataEndPoint, createdAt }: RootAuthority) {
  const { x5t, subject, notBefore, notAfter } = certificate
  return {
    name,
    ...(metadataEndPoint !== undefined && { metadataEndPoint }),
    ...{
      thumbprint: hexThumbprint(x5t),
      subject,
      notBefore: isoTime(notBefore),
      notAfter: isoTime(notAfter),
    },
    createdAt: isoTime(createdAt),
  }
}

function missing(name: string): ProblemError {
  return new ProblemError({
    status: 404,
    title: 'No root authority has this name',
    detail: `saw ${name.slice(0, 80)}`,
  })
}
