/** Tokens that the peers judge: one signed JWT with a key set of one key, as long as the nested tokens that ours are. */
import { createPublicKey } from 'node:crypto'
import { signJws } from '../../dist/protocol/jws.js'

export const ISSUER = 'https://issuer.litwareinc.com/'
export const AUDIENCE = 'https://exchange01.emea.datacenter.litwareinc.com/'

/** A signed JWT of about `bytes` bytes; each number has its own. Filled up in one claim, which is the cheapest to read. */
export async function peerTokenOf({ now, lync }, number, bytes) {
  const claims = {
    ...{ iss: ISSUER, aud: AUDIENCE, sub: 'kenmyer@litwareinc.com', client_id: 'lync', jti: String(number) },
    ...{ iat: now, nbf: now, exp: now + 3_600 },
  }
  const short = await signJws(JSON.stringify(claims), lync.identity.signingKey)
  const missing = Math.max(0, Math.floor(((bytes - short.length) * 3) / 4) - '"text":"",'.length)
  return signJws(JSON.stringify({ ...claims, text: 'x'.repeat(missing) }), lync.identity.signingKey)
}

/** The key set that the token's signature fits. */
export function keySetOf({ lync }) {
  const jwk = createPublicKey(lync.privateKey).export({ format: 'jwk' })
  return { keys: [{ ...jwk, alg: 'RS256', use: 'sig' }] }
}

export function publicPemOf({ lync }) {
  return createPublicKey(lync.privateKey).export({ type: 'spki', format: 'pem' })
}
