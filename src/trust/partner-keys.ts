/** The keys of a partner application: where they are read, and whose they must not be. */
import { parseAuthDocument, readAuthDocument } from '../protocol/auth-document.ts'
import { type Certificate, readCertificate } from '../protocol/certificate.ts'
import { accept, type Outcome, type Refusal, refuse } from '../protocol/outcome.ts'
import { formatPrincipal, type Principal } from '../protocol/principal.ts'
import type { JsonObject } from '../protocol/strict-json.ts'
import { ownCertificates, type ServerIdentity } from './identity.ts'
import type { Partner, PartnerSource } from './partner.ts'

/** What a partner's keys are read from. */
export type KeySource =
  | { readonly kind: 'metadata'; readonly url: string }
  | { readonly kind: 'document'; readonly document: JsonObject }
  | { readonly kind: 'certificate'; readonly application: Principal; readonly certificate: string }
  /** From nowhere: a token server speaks for the application. */
  | { readonly kind: 'auth server'; readonly application: Principal }

/** Downloads an auth metadata document as text; the authority, in PEM, is trusted for this one besides. */
export type Download = (
  url: string,
  certificateAuthority?: string,
  /** What the host called the document that is here already: it need not send it again. */
  etag?: string,
) => Promise<Outcome<Downloaded>>

export interface Downloaded {
  /** Absent when the document is still the one with the `etag`. */
  readonly text?: string
  readonly etag?: string
  /** For how many seconds the host says it may be kept. */
  readonly maxAge?: number
}

export interface KeysRead {
  readonly application: Principal
  readonly issuer: string
  readonly certificates: readonly Certificate[]
  readonly source: PartnerSource
  /** Where it issues tokens to others, if its document says so. */
  readonly issuance?: string
  readonly etag?: string
  readonly maxAge?: number
}

/** The document is still the one that was read before. */
export interface Unchanged {
  readonly unchanged: true
  readonly maxAge?: number
}

/** Reads them, over the network only where the source is a URL. */
export async function readKeys(
  keys: KeySource,
  certificateAuthority: string | undefined,
  download: Download,
  etag?: string,
): Promise<Outcome<KeysRead | Unchanged>> {
  switch (keys.kind) {
    case 'metadata': {
      const downloaded = await download(keys.url, certificateAuthority, etag)
      if (!downloaded.ok) return downloaded
      const { text, ...hints } = downloaded.value
      if (text === undefined) return accept({ unchanged: true, ...hints })
      return fromDocument(parseAuthDocument(text), keys, hints)
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
    case 'auth server': {
      const { application } = keys
      const issuer = formatPrincipal(application)
      return accept({ application, issuer, certificates: [], source: { kind: 'auth server' } })
    }
  }
}

function fromDocument(
  document: ReturnType<typeof readAuthDocument>,
  source: PartnerSource,
  hints: Pick<KeysRead, 'etag' | 'maxAge'> = {},
): Outcome<KeysRead> {
  if (!document.ok) return document
  const { appId, realm, issuer, certificates, issuance } = document.value
  return accept({
    ...{ application: { appId, realm }, issuer, certificates, source },
    ...(issuance !== undefined && { issuance }),
    ...hints,
  })
}

/** A partner with our name or our key could speak as us, or make our own tokens count as its own (CVE-2026-55040). */
export function refuseOwn(
  self: ServerIdentity,
  { application, certificates }: KeysRead,
): Refusal | undefined {
  const isOurId = application.appId === self.application.appId
  // Two farms of one product may trust each other: the same id in another realm is another server.
  const realm = application.realm.toLowerCase() // two spellings of our name would be two of us to a reader
  if (isOurId && (realm === self.application.realm.toLowerCase() || realm === '*')) {
    const seen = formatPrincipal(application)
    return refuse('partner_is_self', { at: 'issuer', expected: 'another server', seen })
  }
  const ours = ownCertificates(self).find((own) => certificates.some((one) => isSameKey(one, own)))
  return ours === undefined ? undefined : shared(ours, 'this server')
}

/** Of two partners with one key, each could speak as the other (CVE-2025-53786). */
export function refuseShared(
  certificates: readonly Certificate[],
  others: readonly Partner[],
): Refusal | undefined {
  for (const other of others) {
    const both = certificates.find((one) => other.certificates.some((its) => isSameKey(one, its)))
    if (both !== undefined) return shared(both, `the partner application ${other.identity}`)
  }
  return undefined
}

// The thumbprint is what tokens name; but a new certificate for the same key is still the same key.
export function isSameKey(one: Certificate, other: Certificate): boolean {
  return one.x5t === other.x5t || one.publicKey.equals(other.publicKey)
}

function shared({ x5t }: Certificate, owner: string): Refusal {
  return refuse('partner_key_shared', { at: 'keys', expected: 'keys of its own', seen: `${x5t} of ${owner}` })
}
