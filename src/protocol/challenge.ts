/** The 401 challenge, in each product's spelling, and one reader for all of them (facts/protocol.md 3.2). */
import { formatPrincipal, type Principal } from './principal.ts'

export interface Challenge {
  readonly application: Principal
  /** `<id>@<realm>` of everyone whose tokens would be believed. */
  readonly trustedIssuers: readonly string[]
  /** A token was presented and refused. */
  readonly refused: boolean
}

export type Dialect = 'exchange' | 'lync' | 'sharepoint'

/** The value of `WWW-Authenticate`. Order and blanks matter to naive clients, so they are as the products have them. */
export function writeChallenge(
  dialect: Dialect,
  { application, trustedIssuers, refused }: Challenge,
): string {
  const clientId = `client_id="${application.appId}"`
  const issuers = `trusted_issuers="${trustedIssuers.join(',')}"`
  const error = refused ? ', error="invalid_token"' : ''
  switch (dialect) {
    case 'exchange': {
      const known = trustedIssuers.length > 0 ? `, ${issuers}` : ''
      return `Bearer ${clientId}${known}, token_types="app_asserted_user_v1 service_asserted_app_v1"${error}`
    }
    case 'lync':
      return `Bearer ${issuers}, ${clientId}${error}`
    case 'sharepoint': {
      // The realm first: every TokenHelper looks for the text `Bearer realm="` and takes the 36 characters after it.
      // The farm's own name stands last among the issuers.
      const all = `trusted_issuers="${[...trustedIssuers, formatPrincipal(application)].join(',')}"`
      return `Bearer realm="${application.realm}",${clientId},${all}`
    }
  }
}

/** What a caller can learn from a challenge. Ids and realms are text here: a stranger wrote them. */
export interface ReadChallenge {
  readonly clientId?: string
  readonly realm?: string
  readonly trustedIssuers: readonly string[]
  readonly tokenTypes: readonly string[]
  readonly error?: string
}

/**
 * Finds the Bearer challenge among `WWW-Authenticate` headers, several to a line or not (RFC 9110, 11.6.1), parameters in
 * any order, quoted or not. Undefined when there is none.
 */
export function readChallenge(headers: string | readonly string[]): ReadChallenge | undefined {
  const text = [headers].flat().join(', ')
  const bearer = challenges(text).find(({ scheme }) => scheme.toLowerCase() === 'bearer')
  if (bearer === undefined) return undefined
  const { params } = bearer
  const clientId = params.get('client_id')
  const realm = params.get('realm')
  const error = params.get('error')
  // [MS-SPS2SAUTH] spells it without the underscore; real servers write it with one.
  const issuers = params.get('trusted_issuers') ?? params.get('trustedissuers') ?? ''
  return {
    ...(clientId !== undefined && { clientId }),
    ...(realm !== undefined && realm !== '' && { realm }),
    ...(error !== undefined && { error }),
    trustedIssuers: issuers
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
    tokenTypes: (params.get('token_types') ?? '').split(' ').filter((part) => part !== ''),
  }
}

// A scheme is a word that no "=" follows; everything up to the next such word are its parameters.
const PIECE = /[\s,]*([A-Za-z][A-Za-z0-9._~+/-]*)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/y

function challenges(text: string): { scheme: string; params: Map<string, string> }[] {
  const found: { scheme: string; params: Map<string, string> }[] = []
  PIECE.lastIndex = 0
  for (let match = PIECE.exec(text); match !== null; match = PIECE.exec(text)) {
    const [, word = '', quoted, plain] = match
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain
    if (value === undefined) found.push({ scheme: word, params: new Map() })
    else if (!found.at(-1)?.params.has(word.toLowerCase()))
      found.at(-1)?.params.set(word.toLowerCase(), value)
  }
  return found
}
