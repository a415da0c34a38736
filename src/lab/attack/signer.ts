/** Who signed: the issuer, the key that counts for it, and the signature itself. */
import { createHash, privateEncrypt, sign } from 'node:crypto'
import { faultyPaddings, signPss } from './padding.ts'
import { STRANGER, type Vector } from './target.ts'
import { encode, type Maker, partsOf, raw } from './tokens.ts'

export function signerVectors(make: Maker): Vector[] {
  return [...issuers(make), ...keys(make), ...ownKey(make), ...signatures(make), ...unsigned(make)]
}

function issuers({ target, actor, forUser }: Maker): Vector[] {
  const { caller, audience, stranger } = target
  const [id = '', realm = ''] = caller.split('@')
  const self = `${audience.appId}@${audience.realm}`
  const others: [id: string, iss: string][] = [
    ['unregistered', STRANGER],
    ['prefix', caller.slice(0, -1)],
    ['suffix', `${caller}m`],
    ['leading', `x${caller}`],
    ['id-only', id],
    ['id-and-at', `${id}@`],
    ['realm-only', `@${realm}`],
    ['any-realm', `${id}@*`],
    ['upper-case-id', `${id.toUpperCase()}@${realm}`],
    ['upper-case-realm', `${id}@${realm.toUpperCase()}`],
    ['trailing-dot', `${caller}.`],
    ['subdomain', `${id}@mail.${realm}`],
    ['parent-domain', `${id}@com`],
    ['two-realms', `${caller}@${realm}`],
    ['comma', `${caller},${STRANGER}`],
    ['blank-after', `${caller} `],
    ['blank-before', ` ${caller}`],
    ['nul', `${caller}\0`],
    ['nul-and-more', `${caller}\0@fabrikam.com`],
    [
      'homoglyph',
      `${id}@${realm.replace(/[ace]/, (letter) => ({ a: '\u0430', c: '\u0441' })[letter] ?? '\u0435')}`,
    ],
    ['full-width', `${id}\uFF20${realm}`],
    ['combining', `${caller}\u0301`],
    ['braces', `{${id}}@${realm}`],
    ['percent', `${id}%40${realm}`],
    ['path', `../${caller}`],
    ['own-id-elsewhere', `${audience.appId}@fabrikam.com`],
    ['own-upper-case', `${audience.appId.toUpperCase()}@${audience.realm}`],
    ['proto', '__proto__'],
    ['constructor', 'constructor'],
  ]
  return [
    ...others
      .filter(([, iss]) => iss !== caller && iss !== self)
      .map(
        ([id, iss]): Vector => ({
          id: `issuer/${id}`,
          what: 'a token signed with the partner’s key whose issuer is not the registered one, letter for letter',
          from: 'attacks 1, 13, 25: CVE-2026-55040, CVE-2024-53861',
          token: actor({ iss, nameid: iss }),
          expect: iss.includes('\0') ? 'claim_malformed' : 'issuer_unknown',
          at: 'iss',
        }),
      ),
    {
      id: 'issuer/unregistered-inner',
      what: 'an actor token of an unregistered issuer inside a user token of a registered one',
      from: 'attacks 1',
      token: forUser(actor({ iss: STRANGER, nameid: STRANGER }, {}, stranger)),
      expect: 'issuer_unknown',
    },
    {
      id: 'issuer/unregistered-own-key',
      what: 'an application that nobody registered, truly signed with its own key, for a user',
      from: 'attacks 1: CVE-2026-55040',
      token: forUser(actor({ iss: STRANGER, nameid: STRANGER }, {}, stranger), { iss: STRANGER }),
      expect: 'issuer_unknown',
    },
    {
      id: 'issuer/self-strangers-key',
      what: 'a token in the name of the server itself, signed with a stranger’s key',
      from: 'attacks 1: CVE-2026-55040',
      token: actor({ iss: self, nameid: self }, {}, stranger),
      expect: 'issuer_is_self',
    },
    {
      id: 'issuer/self-partner-key',
      what: 'a partner that signs in the name of this server',
      from: 'attacks 1',
      token: forUser(actor({ iss: self, nameid: self }), { iss: self }),
      expect: 'issuer_is_self',
    },
  ]
}

function keys({ target: { key, stranger }, actor, forUser }: Maker): Vector[] {
  const spki = key.publicKey.export({ type: 'spki', format: 'der' })
  return [
    {
      id: 'key/strangers',
      what: 'a token truly signed with a key nobody registered',
      from: 'attacks 1; facts 2.6, 4',
      token: forUser(actor({}, {}, stranger)),
      expect: 'key_unknown',
    },
    {
      id: 'key/strangers-alone',
      what: 'an actor token alone, truly signed with a key nobody registered',
      from: 'attacks 1; facts 2.6, 4',
      token: actor({}, {}, stranger),
      expect: 'key_unknown',
    },
    {
      id: 'key/all-zero-thumbprint',
      what: 'a thumbprint of zeros',
      from: 'attacks 1',
      token: actor({}, { x5t: 'A'.repeat(27) }),
      expect: 'key_unknown',
    },
    {
      id: 'key/thumbprint-of-key',
      what: 'the thumbprint of the key in place of its certificate’s',
      from: 'facts 2.1: the thumbprint names a certificate',
      token: actor({}, { x5t: createHash('sha1').update(spki).digest('base64url') }),
      expect: 'key_unknown',
    },
  ]
}

/** The server’s own certificate, which its metadata document shows to everybody, as the key of a token. */
function ownKey({ target, actorClaims, actor, forUser }: Maker): Vector[] {
  const { ownX5t, audience, stranger } = target
  if (ownX5t === undefined) return []
  const header = { typ: 'JWT', alg: 'RS256', x5t: ownX5t }
  const self = `${audience.appId}@${audience.realm}`
  const from = 'attacks 1: CVE-2026-55040'
  const asked = (iss: string) => actorClaims({ iss, nameid: iss })
  return [
    {
      id: 'key/own-certificate',
      what: 'a partner’s token that names this server’s own public certificate, with a junk signature',
      from,
      token: forUser(raw(header, actorClaims(), Buffer.alloc(3))),
      expect: 'key_is_own',
      at: 'x5t',
    },
    {
      id: 'key/own-certificate-empty-signature',
      what: 'the same without a signature',
      from,
      token: forUser(raw(header, actorClaims())),
      expect: 'signature_missing',
    },
    {
      id: 'key/own-certificate-signed-by-partner',
      what: 'a token that the partner signed, and that names this server’s own certificate',
      from,
      token: actor({}, { x5t: ownX5t }),
      expect: 'key_is_own',
      at: 'x5t',
    },
    {
      id: 'key/own-certificate-signed-by-stranger',
      what: 'a token that a stranger signed in the partner’s name, and that names this server’s own certificate',
      from,
      token: forUser(actor({}, { x5t: ownX5t }, stranger)),
      expect: 'key_is_own',
      at: 'x5t',
    },
    {
      id: 'issuer/self-own-certificate',
      what: 'a token in the name of the server itself and of its certificate, with a junk signature',
      from,
      token: forUser(raw(header, asked(self), Buffer.alloc(256, 7)), { iss: self }),
      expect: 'issuer_is_self',
      at: 'iss',
    },
    {
      id: 'issuer/unregistered-own-certificate',
      what: 'an unregistered application that names the server’s own certificate, with a junk signature',
      from,
      token: forUser(raw(header, asked(STRANGER), Buffer.alloc(256, 7)), { iss: STRANGER }),
      expect: 'issuer_unknown',
      at: 'iss',
    },
  ]
}

function signatures({ target, actor, actorClaims, forUser, rs256, signed }: Maker): Vector[] {
  const { privateKey } = target.key
  const text = `${encode(rs256())}.${encode(actorClaims())}`
  const bytes = Buffer.from(text)
  const good = Buffer.from(partsOf(signed(rs256(), actorClaims()))[2], 'base64url')
  const other = partsOf(actor({ exp: `${target.now + 60}` }))[2]
  const bareDigest = privateEncrypt(privateKey, createHash('sha256').update(bytes).digest())
  const rows: [id: string, what: string, signature: Buffer][] = [
    ['AAAA', 'three bytes of zero', Buffer.alloc(3)],
    ['one-byte', 'one byte', Buffer.alloc(1)],
    ['zeros', 'all zeros, as long as the key', Buffer.alloc(good.length)],
    ['ones', 'all ones, as long as the key', Buffer.alloc(good.length, 0xff)],
    ['one', 'the number one', Buffer.concat([Buffer.alloc(good.length - 1), Buffer.from([1])])],
    ['short', 'a true signature without its last byte', good.subarray(0, -1)],
    ['beheaded', 'a true signature without its first byte', good.subarray(1)],
    ['long', 'a true signature and one byte more', Buffer.concat([good, Buffer.from([0])])],
    ['led-by-zero', 'a zero and then a true signature', Buffer.concat([Buffer.from([0]), good])],
    ['twice', 'a true signature twice over', Buffer.concat([good, good])],
    ['reversed', 'a true signature backwards', Buffer.from(good).reverse()],
    ['huge', 'five thousand bytes', Buffer.alloc(5_000, 7)],
    ['other-bytes', 'a true signature over other claims', Buffer.from(other, 'base64url')],
    [
      'payload-only',
      'a signature over the payload alone',
      sign('RSA-SHA256', Buffer.from(encode(actorClaims())), privateKey),
    ],
    [
      'decoded',
      'a signature over the decoded claims',
      sign('RSA-SHA256', Buffer.from(JSON.stringify(actorClaims())), privateKey),
    ],
    [
      'line-end',
      'a signature over the text and a line end',
      sign('RSA-SHA256', Buffer.from(`${text}\n`), privateKey),
    ],
    ['sha1', 'PKCS#1 v1.5 with SHA-1', sign('RSA-SHA1', bytes, privateKey)],
    ['sha512', 'PKCS#1 v1.5 with SHA-512', sign('RSA-SHA512', bytes, privateKey)],
    ['pss', 'PSS with SHA-256', signPss(bytes, privateKey)],
    ['bare-digest', 'a digest without its algorithm', bareDigest],
    [
      'other-key',
      'a true signature of another key under the partner’s thumbprint',
      sign('RSA-SHA256', bytes, target.stranger.privateKey),
    ],
  ]
  const faulty = faultyPaddings(bytes, privateKey)
  return [...rows, ...faulty].flatMap(([id, what, signature]) =>
    misSigned(id, what, signature, text, forUser),
  )
}

/** A signature that does not fit, in an actor token alone and inside a user token. */
export function misSigned(
  id: string,
  what: string,
  signature: Buffer,
  text: string,
  forUser: Maker['forUser'],
): Vector[] {
  const token = `${text}.${signature.toString('base64url')}`
  return [
    {
      id: `signature/${id}`,
      what,
      from: 'attacks 1, 9: CVE-2026-55040, CVE-2022-21449',
      token,
      expect: 'bad_signature',
      at: 'signature',
    },
    {
      id: `signature/${id}-inner`,
      what: `${what}, inside a user token`,
      from: 'attacks 1, 9',
      token: forUser(token),
      expect: 'bad_signature',
      at: 'signature',
    },
  ]
}

function unsigned({ target, actor, actorClaims, forUser, rs256, signed }: Maker): Vector[] {
  const text = `${encode(rs256())}.${encode(actorClaims())}`
  const [header, , signature] = partsOf(signed(rs256(), actorClaims()))
  const [, otherPayload] = partsOf(actor({ exp: `${target.now + 60}` }))
  const spaced = encode(`${JSON.stringify(actorClaims())} `)
  return [
    {
      id: 'signature/empty',
      what: 'an actor token alone without a signature',
      from: 'attacks 1; facts 2.6, 3',
      token: `${text}.`,
      expect: 'signature_missing',
    },
    {
      id: 'signature/empty-inner',
      what: 'an actor token without a signature inside a user token',
      from: 'attacks 1; facts 2.6, 3',
      token: forUser(`${text}.`),
      expect: 'signature_missing',
    },
    {
      id: 'signature/swapped-payload',
      what: 'a true signature and header over the payload of another good token',
      from: 'attacks 1, 19',
      token: `${header}.${otherPayload}.${signature}`,
      expect: 'bad_signature',
    },
    {
      id: 'signature/respelled-payload',
      what: 'the same claims with a blank between them under the old signature',
      from: 'attacks 19',
      token: `${encode(rs256())}.${spaced}.${signature}`,
      expect: 'bad_signature',
    },
    {
      id: 'signature/proof-claims-relax-nothing',
      what: 'claims of a proof token beside a junk signature',
      from: 'attacks 2: CVE-2023-29357',
      token: raw(rs256(), actorClaims({ ver: 'hashedprooftoken', isloopback: 'true' }), Buffer.alloc(256)),
      expect: 'bad_signature',
    },
    {
      id: 'signature/before-claims',
      what: 'a junk signature is the reason, not the claims that nobody signed',
      from: 'facts 2.6, 5',
      token: raw(rs256(), actorClaims({ exp: '1', aud: 'x' }), Buffer.alloc(256)),
      expect: 'bad_signature',
    },
  ]
}
