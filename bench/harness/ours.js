/**
 * What is measured, in one place: a server (Exchange) that knows a partner (Lync), tokens of that partner, and the parts of
 * the built program that judge and make them. When one of those changes its shape, this is where the bench follows.
 */
import { createPrivateKey } from 'node:crypto'
import { mintActorToken } from '../../dist/protocol/actor-token.js'
import { readCertificate } from '../../dist/protocol/certificate.js'
import { WELL_KNOWN } from '../../dist/protocol/ids.js'
import { localSigner } from '../../dist/protocol/jws.js'
import { formatPrincipal } from '../../dist/protocol/principal.js'
import { mintUserToken } from '../../dist/protocol/user-token.js'
import { makeSigningKey } from '../../dist/server/x509.js'
import { admit, DEFAULT_SKEW } from '../../dist/trust/admit.js'
import { identityClaims } from '../../dist/trust/mint.js'
import { openMinter } from '../../dist/trust/minter.js'
import { openTokenMemory } from '../../dist/trust/token-memory.js'

const DAY = 86_400
const LIFETIME = 3_600
/** A realm that is a GUID, as SharePoint's is. */
const REALM = '48af9a35-1f58-4a3c-9bd0-b1d5f3b7c5a1'
const HOST = 'exchange01.emea.datacenter.litwareinc.com'
const CALLER = 'lync01.litwareinc.com'
const PORT = 8441

/** The length of the tokens that routes are guarded against, in bytes. */
export const TOKEN_BYTES = 2_300

/** The user that tokens speak for. */
export const KEN = {
  sid: 'S-1-5-21-1004336348-1177238915-682003330-1104',
  upn: 'kenmyer@litwareinc.com',
  smtp: 'kenmyer@litwareinc.com',
  sip: 'sip:kenmyer@litwareinc.com',
  displayName: 'Ken Myer',
  enabled: true,
  mailboxEnabled: true,
  archivingEnabled: false,
}

async function serverOf(product, hosts, now) {
  const { certificate, privateKey } = await makeSigningKey({
    subject: `CN=${hosts[0]}`,
    notBefore: now - DAY,
    notAfter: now + 365 * DAY,
    isLab: true,
  })
  return { identity: identityOf(product, hosts, certificate, privateKey), privateKey }
}

function identityOf(product, hosts, certificate, privateKey) {
  const sign =
    privateKey === undefined ? () => Promise.reject(new Error('it signs nothing')) : localSigner(privateKey)
  return {
    ...{ application: { appId: WELL_KNOWN[product], realm: REALM }, hosts, port: PORT, certificate },
    signingKey: { x5t: certificate.x5t, sign },
  }
}

/** What another process needs to know of a world; `reviveWorld` makes one of it again. */
export function packWorld({ now, self, lync }) {
  const privateKey = lync.privateKey.export({ type: 'pkcs8', format: 'pem' })
  return { now, own: self.certificate.der, lync: lync.identity.certificate.der, privateKey }
}

export function reviveWorld({ now, own, lync, privateKey }) {
  const key = createPrivateKey(privateKey)
  return worldOf(
    now,
    { identity: identityOf('exchange', [HOST], certificateOf(own), undefined) },
    { identity: identityOf('lync', [CALLER], certificateOf(lync), key), privateKey: key },
  )
}

function certificateOf(der) {
  const read = readCertificate(der, 'certificate')
  if (!read.ok) throw new Error(`a certificate that was just made: ${read.code}`)
  return read.value
}

/** A registration as the store keeps it. */
export function partnerOf(identity, application, certificate, now) {
  return {
    ...{ identity, application, issuer: formatPrincipal(application) },
    source: { kind: 'certificate' },
    certificates: [certificate],
    ...{ trustLevel: 'Full', enabled: true, acceptSids: false },
    ...{ createdAt: now, updatedAt: now, refreshedAt: now },
  }
}

/**
 * Exchange, Lync, and Lync's registration at Exchange. `now` is the moment of the start, in seconds since 1970, and stands
 * still, so that no token of a long run comes of age.
 */
export async function openWorld() {
  const now = Math.floor(Date.now() / 1000)
  return worldOf(now, await serverOf('exchange', [HOST], now), await serverOf('lync', [CALLER], now))
}

function worldOf(now, exchange, lync) {
  const { application, certificate } = lync.identity
  const partner = partnerOf('Lync', application, certificate, now)
  const audience = { ...exchange.identity.application, host: `${HOST}:${PORT}` }
  return { now, self: exchange.identity, lync, partner, audience }
}

/**
 * Judges tokens against a world's one partner, or against those that `partnerOf` finds by issuer. `seconds`: each is judged in
 * another second than the one before, of so many in turn; 1: the clock stands still.
 */
export function openAdmission({ now, self, partner }, partnerByIssuer, seconds = 1) {
  const common = {
    self,
    partnerOf: partnerByIssuer ?? ((issuer) => (issuer === partner.issuer ? partner : undefined)),
    isRegistered: () => false,
    skew: DEFAULT_SKEW,
    memory: openTokenMemory(),
  }
  const situations = Array.from({ length: seconds }, (_, second) => ({ ...common, now: now + second }))
  let judged = 0
  return (token) => {
    const admitted = admit(token, situations[judged++ % seconds])
    if (!admitted.ok) throw new Error(`a good token was refused: ${admitted.code}`)
    return admitted.value
  }
}

/** Makes the tokens of Lync's calls out for Ken, one call after the other, as a server does that calls a partner again and again. */
export function openCalls({ now, self, lync, audience }) {
  const partner = partnerOf('Exchange', self.application, self.certificate, now)
  const order = { self: lync.identity, partner, audience, user: KEN, now }
  const { mint } = openMinter()
  return () => mint(order)
}

/** The claims that both tokens of a partner share; `number` makes them others than those of any other number. */
function lifetimeOf(now, number) {
  return { nbf: now - 1 - (number % LIFETIME), exp: now + LIFETIME + Math.floor(number / LIFETIME) }
}

/** An actor token of Lync for Exchange; each number has its own. */
export function actorTokenOf({ now, lync, audience }, number) {
  const { application, signingKey } = lync.identity
  const claims = { audience, application, trustedForDelegation: true, ...lifetimeOf(now, number) }
  return mintActorToken(claims, signingKey)
}

/** A user token around an actor token, for Ken or another user; each number has its own. */
export function userTokenOf({ now, lync, audience }, actorToken, number, user = KEN) {
  const { application } = lync.identity
  const claims = { audience, application, actorToken, ...lifetimeOf(now, number) }
  return mintUserToken({ ...claims, user: identityClaims(user) })
}

/** So many nested tokens, no two with the same actor token. */
export function nestedTokens(world, count, from = 0) {
  return Promise.all(
    Array.from({ length: count }, async (_, index) =>
      asReceived(userTokenOf(world, await actorTokenOf(world, from + index), from + index)),
    ),
  )
}

/** The same token with a longer user token around its actor token, as an add-in's context makes it longer. */
export function filledUp(token, bytes) {
  const [header, payload] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  const missing = Math.max(0, Math.floor(((bytes - token.length) * 3) / 4) - '"appctx":"",'.length)
  const longer = JSON.stringify({ ...claims, appctx: 'x'.repeat(missing) })
  return `${header}.${Buffer.from(longer).toString('base64url')}.`
}

/**
 * The same text in memory of its own, as every request brings it: an engine that has seen a string remembers its hash, and
 * would not meet that again.
 */
export function asReceived(text) {
  return Buffer.from(text, 'latin1').toString('latin1')
}
