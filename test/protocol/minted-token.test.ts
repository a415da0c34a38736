/** Tokens as this project makes them: byte for byte as Microsoft's code does, and true for other people's verifiers. */
import { execFileSync } from 'node:child_process'
import { createPublicKey, sign, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jwt from 'jsonwebtoken'
import { mintActorToken, mintAssertion, mintIssuedToken } from '../../src/protocol/actor-token.ts'
import type { Thumbprint } from '../../src/protocol/ids.ts'
import { distantSigner, encodeJson, localSigner, type SigningKey } from '../../src/protocol/jws.ts'
import { mintUserToken, type UserIdentityClaims } from '../../src/protocol/user-token.ts'
import { EXCHANGE, KEYS, LYNC, NOW, partsOf, principal } from '../support/tokens.ts'

const key: SigningKey = { x5t: KEYS.partner.x5t as Thumbprint, sign: localSigner(KEYS.partner.privateKey) }
const times = { nbf: NOW - 300, exp: NOW + 3_600 }
const audience = { ...principal(EXCHANGE), host: 'Exchange.LitwareInc.COM:8441' }
const AUDIENCE = '00000002-0000-0ff1-ce00-000000000000/exchange.litwareinc.com:8441@litwareinc.com'
const application = principal(LYNC)

const mintActor = (trustedForDelegation = true) =>
  mintActorToken({ ...times, audience, application, trustedForDelegation }, key)
const mintUser = (user: UserIdentityClaims, actorToken = 'a.b.c') =>
  mintUserToken({ ...times, audience, application, user, actorToken })
const text = (segment: string) => Buffer.from(segment, 'base64url').toString('utf8')

test('a key that lives elsewhere signs the very same token', async () => {
  const elsewhere = distantSigner(async (bytes) => sign('RSA-SHA256', bytes, KEYS.partner.privateKey))
  const claims = { ...times, audience, application, trustedForDelegation: true }
  expect(await mintActorToken(claims, { ...key, sign: elsewhere })).toBe(await mintActor())
})

describe('an actor token', () => {
  test('has Microsoft’s header, in its order', async () => {
    expect(text(partsOf(await mintActor())[0])).toBe(
      `{"typ":"JWT","alg":"RS256","x5t":"${KEYS.partner.x5t}"}`,
    )
  })

  test('for delegation has Microsoft’s claims, in their order, all of them strings', async () => {
    expect(text(partsOf(await mintActor())[1])).toBe(
      `{"aud":"${AUDIENCE}","iss":"${LYNC}","nbf":"1795218900","exp":"1795222800","nameid":"${LYNC}","trustedfordelegation":"true"}`,
    )
  })

  test('for the application alone says nothing of delegation', async () => {
    expect(text(partsOf(await mintActor(false))[1])).toBe(
      `{"aud":"${AUDIENCE}","iss":"${LYNC}","nbf":"1795218900","exp":"1795222800","nameid":"${LYNC}"}`,
    )
  })

  test('is three segments of canonical base64url', async () => {
    const token = await mintActor()
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(partsOf(token).map((part) => Buffer.from(part, 'base64url').toString('base64url'))).toEqual(
      partsOf(token),
    )
  })

  test('is verified by jsonwebtoken with the public key of the certificate', async () => {
    const token = await mintActor()
    const publicKey = createPublicKey(KEYS.partner.pem)
    const options = {
      algorithms: ['RS256'],
      complete: true,
      ignoreExpiration: true,
      ignoreNotBefore: true,
    } as const
    const verified = jwt.verify(token, publicKey, { ...options, algorithms: ['RS256'] })
    expect(verified).toMatchObject({
      header: { alg: 'RS256', x5t: KEYS.partner.x5t },
      payload: { iss: LYNC, aud: AUDIENCE },
    })
    expect(() => jwt.verify(token, KEYS.stranger.publicKey, { algorithms: ['RS256'] })).toThrow(
      'invalid signature',
    )
  })

  test('is verified by openssl', async () => {
    const [header, payload, signature] = partsOf(await mintActor())
    const folder = mkdtempSync(join(tmpdir(), 'entente-openssl-'))
    try {
      const file = (name: string, content: string | Buffer) => {
        writeFileSync(join(folder, name), content)
        return join(folder, name)
      }
      const publicKey = new X509Certificate(KEYS.partner.pem).publicKey.export({
        type: 'spki',
        format: 'pem',
      })
      const said = execFileSync(
        'openssl',
        [
          ...['dgst', '-sha256', '-verify', file('key.pem', publicKey)],
          ...['-signature', file('signature', Buffer.from(signature, 'base64url'))],
          file('signed', `${header}.${payload}`),
        ],
        { encoding: 'utf8' },
      )
      expect(said.trim()).toBe('Verified OK')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a token server', () => {
  const server = principal('00000001-0000-0000-c000-000000000000@litwareinc.com')
  const SERVER = '00000001-0000-0000-c000-000000000000@litwareinc.com'
  const payloadOf = async (token: Promise<string>) => text(partsOf(await token)[1])

  test('issues tokens under its own name, for the application that they name', async () => {
    const claims = { ...times, audience, issuer: server, application }
    const head = `{"aud":"${AUDIENCE}","iss":"${SERVER}","nbf":"1795218900","exp":"1795222800","nameid":"${LYNC}","identityprovider":"${SERVER}",`
    expect(
      await payloadOf(mintIssuedToken({ ...claims, trustedForDelegation: true, consent: '*' }, key)),
    ).toBe(`${head}"trustedfordelegation":"true","consent":"*"}`)
    expect(await payloadOf(mintIssuedToken({ ...claims, trustedForDelegation: false }, key))).toBe(
      `${head}"trustedfordelegation":"false"}`,
    )
  })

  test('is shown an assertion that has a name of its own', async () => {
    expect(await payloadOf(mintAssertion({ ...times, audience, application, id: 'one' }, key))).toBe(
      `{"aud":"${AUDIENCE}","iss":"${LYNC}","nbf":"1795218900","exp":"1795222800","nameid":"${LYNC}","jti":"one"}`,
    )
  })
})

describe('a user token', () => {
  test('has Microsoft’s header and an empty signature whose dot stays', () => {
    const token = mintUser({ upn: 'kenmyer@litwareinc.com' })
    expect(text(partsOf(token)[0])).toBe('{"typ":"JWT","alg":"none"}')
    expect(token.split('.')).toHaveLength(3)
    expect(token.endsWith('.')).toBe(true)
  })

  test('has Microsoft’s claims in their order, identities in lower case, the actor token last', () => {
    const token = mintUser({
      sip: 'sip:KenMyer@litwareinc.com',
      smtp: 'KenMyer@litwareinc.com',
      upn: 'KenMyer@LitwareInc.com',
      nii: 'urn:office:idp:activedirectory',
      nameid: 'S-1-5-21-1-2-3-1101',
    })
    expect(text(partsOf(token)[1])).toBe(
      `{"aud":"${AUDIENCE}","iss":"${LYNC}","nbf":"1795218900","exp":"1795222800","nameid":"s-1-5-21-1-2-3-1101",` +
        '"nii":"urn:office:idp:activedirectory","upn":"kenmyer@litwareinc.com","smtp":"kenmyer@litwareinc.com",' +
        '"sip":"sip:kenmyer@litwareinc.com","actortoken":"a.b.c"}',
    )
  })

  test('has no claim for an identity that is not known', () => {
    expect(text(partsOf(mintUser({ upn: 'ken@x' }))[1])).toBe(
      `{"aud":"${AUDIENCE}","iss":"${LYNC}","nbf":"1795218900","exp":"1795222800","upn":"ken@x","actortoken":"a.b.c"}`,
    )
  })

  test('writes an apostrophe as JavaScriptSerializer does', () => {
    expect(text(partsOf(mintUser({ upn: "O'Brien@litwareinc.com" }))[1])).toContain(
      '"upn":"o\\u0027brien@litwareinc.com"',
    )
  })

  test('carries the actor token letter for letter', async () => {
    const actorToken = await mintActor()
    const payload = JSON.parse(text(partsOf(mintUser({ upn: 'ken@x' }, actorToken))[1])) as {
      actortoken: string
    }
    expect(payload.actortoken).toBe(actorToken)
  })
})

describe('JSON is written as JavaScriptSerializer writes it', () => {
  test.each([
    ['an apostrophe', "'", '\\u0027'],
    ['less than', '<', '\\u003c'],
    ['greater than', '>', '\\u003e'],
    ['an ampersand', '&', '\\u0026'],
    ['next line', '\u0085', '\\u0085'],
    ['line separator', '\u2028', '\\u2028'],
    ['paragraph separator', '\u2029', '\\u2029'],
    ['a control character', '\u0001', '\\u0001'],
    ['a line end', '\n', '\\n'],
    ['a quote', '"', '\\"'],
    ['a backslash', '\\', '\\\\'],
    ['a slash, which stays', '/', '/'],
    ['letters outside ASCII, which stay', 'ü山', 'ü山'],
  ])('%s', (_what, character, written) => {
    const json = encodeJson({ a: `x${character}y` })
    expect(json).toBe(`{"a":"x${written}y"}`)
    expect(JSON.parse(json)).toEqual({ a: `x${character}y` })
  })

  test('wherever they stand', () => {
    expect(encodeJson({ a: "'<'" })).toBe('{"a":"\\u0027\\u003c\\u0027"}')
  })
})
