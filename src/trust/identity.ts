/** Who this server is: its name among its partners, the hosts it answers to, and the key it signs with. */
import type { Certificate } from '../protocol/certificate.ts'
import type { SigningKey } from '../protocol/jws.ts'
import { type AudienceParts, formatPrincipal, type Principal } from '../protocol/principal.ts'

export interface ServerIdentity {
  readonly application: Principal
  /** Host names and addresses this server is reached by, without a port. An audience must name one of them. */
  readonly hosts: readonly string[]
  /** The port it is reached by. An audience that names a port must name this one. */
  readonly port: number
  readonly signingKey: SigningKey
  readonly certificate: Certificate
  /** Its other keys, those to come and those that were. Whoever shows one is not a partner. */
  readonly otherKeys?: readonly Certificate[]
}

/** The certificates of all its keys, the one it signs with first. */
export function ownCertificates({ certificate, otherKeys = [] }: ServerIdentity): readonly Certificate[] {
  return [certificate, ...otherKeys]
}

/** The `iss` of what this server signs, and its `nameid`. */
export function issuerOf(identity: ServerIdentity): string {
  return formatPrincipal(identity.application)
}

/**
 * Whether the host of an audience, with or without a port, is a name of this server. Case does not count in host names; a port is
 * written as numbers are.
 */
export function answersTo(identity: ServerIdentity, { host }: Pick<AudienceParts, 'host'>): boolean {
  // name, name:port, [v6], [v6]:port: taken apart by hand, since every token comes by here.
  const bracket = host.lastIndexOf(']')
  const colon = host.indexOf(':', bracket + 1)
  const end = colon === -1 ? host.length : colon
  if (colon !== -1 && host.slice(colon + 1) !== String(identity.port)) return false
  const name = bracket === -1 ? host.slice(0, end) : host.slice(1, bracket)
  // Nearly all write it in lower case already, as names are kept here.
  return identity.hosts.includes(name) || identity.hosts.includes(name.toLowerCase())
}
