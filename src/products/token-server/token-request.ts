/** What a client posts to the token endpoint: a form (RFC 6749, 4.5; facts/protocol.md 6). */
import { AppId, Realm } from '../../protocol/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../../protocol/outcome.ts'
import { type Audience, isAudienceHost, parseAudience } from '../../protocol/principal.ts'

/** The grant types there are: as Microsoft's code spells it, and as RFC 7523 does. */
export const GRANT_TYPES = [
  'http://oauth.net/grant_type/jwt/1.0/bearer',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
] as const

export interface TokenRequest {
  readonly assertion: string
  readonly resource: Audience
  /** For whom the client is going to act, a UPN, where the partner wants consent: ours, in no specification. */
  readonly user?: string
}

const LONGEST_USER = 320

/** Four are known. Strangers send this form, so there is no looking at as many as it has room for. */
const MOST_PARAMETERS = 32

/** Reads the form. What is there twice is refused, what is unknown passed over (RFC 6749, 3.2). */
export function readTokenRequest(form: string): Outcome<TokenRequest> {
  if (hasMoreThan(MOST_PARAMETERS, form)) {
    const most = `at most ${MOST_PARAMETERS} parameters`
    return malformed('form', most, `more than ${MOST_PARAMETERS}`)
  }
  const parameters = new URLSearchParams(form)
  const twice = firstTwice(parameters.keys())
  if (twice !== undefined) return malformed(twice.slice(0, 40), 'it once', 'it more than once')
  const grant = parameters.get('grant_type') ?? ''
  if (grant === '') return malformed('grant_type', GRANT_TYPES[0], 'nothing')
  if (!GRANT_TYPES.some((known) => known === grant))
    return refuse('grant_type_unsupported', {
      at: 'grant_type',
      expected: GRANT_TYPES.join(' or '),
      seen: grant,
    })
  const assertion = parameters.get('assertion') ?? ''
  if (assertion === '') return malformed('assertion', 'a signed token', 'nothing')
  const text = parameters.get('resource') ?? ''
  const resource = readResource(text)
  if (resource === undefined)
    return malformed('resource', '<application id>/<host>@<realm>', text === '' ? 'nothing' : text)
  const user = parameters.get('user') ?? ''
  if (user.length > LONGEST_USER || (user !== '' && !/^[^\s@]+@[^\s@]+$/.test(user)))
    return malformed('user', 'a UPN', user.slice(0, 80))
  return accept({ assertion, resource, ...(user !== '' && { user }) })
}

function hasMoreThan(most: number, form: string): boolean {
  let ends = 0
  for (let at = form.indexOf('&'); at !== -1 && ends < most; at = form.indexOf('&', at + 1)) ends++
  return ends >= most
}

function firstTwice(names: Iterable<string>): string | undefined {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) return name
    seen.add(name)
  }
  return undefined
}

function readResource(text: string): Audience | undefined {
  const parts = parseAudience(text)
  if (!parts.ok || !isAudienceHost(parts.value.host)) return undefined
  const appId = AppId.safeParse(parts.value.appId)
  const realm = Realm.safeParse(parts.value.realm)
  if (!appId.success || !realm.success || realm.data === '*') return undefined
  return { appId: appId.data, realm: realm.data, host: parts.value.host }
}

function malformed(at: string, expected: string, seen: string): Refusal {
  return refuse('token_request_malformed', { at, expected, seen })
}
