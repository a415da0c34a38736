/** From an Authorization header to a caller: the token is admitted, its user resolved. */
import type { IncomingMessage } from 'node:http'
import type { Caller } from '../products/product.ts'
import { accept, type Outcome, refuse } from '../protocol/outcome.ts'
import { admit } from '../trust/admit.ts'
import type { Situation } from '../trust/checks.ts'
import { type DirectoryStore, resolveUser } from '../trust/directory.ts'

export async function admitRequest(
  req: IncomingMessage,
  situation: Situation,
  directory: DirectoryStore,
): Promise<Outcome<Caller>> {
  const token = bearerToken(req)
  if (!token.ok) return token
  const admitted = admit(token.value, situation)
  if (!admitted.ok) return admitted
  const { partner, user } = admitted.value
  if (user === undefined) return accept({ partner })
  const resolved = await resolveUser(directory, user, partner)
  return resolved.ok ? accept({ partner, user: resolved.value }) : resolved
}

/** The one token of the one Authorization header; an empty Bearer, or another scheme, is `no_token`. */
export function bearerToken(req: IncomingMessage): Outcome<string> {
  const headers = req.headersDistinct['authorization'] ?? []
  if (headers.length > 1)
    return refuse('several_credentials', { at: 'Authorization', expected: 'one', seen: `${headers.length}` })
  const [scheme = '', ...rest] = (headers[0] ?? '').split(' ')
  if (scheme.toLowerCase() !== 'bearer' || rest.join('').trim() === '')
    return refuse('no_token', { at: 'Authorization' })
  const [token = '', ...more] = rest
  if (token === '' || more.length > 0) {
    return refuse('token_not_jwt', { at: 'Authorization', expected: 'Bearer, one space, one token' })
  }
  return accept(token)
}
