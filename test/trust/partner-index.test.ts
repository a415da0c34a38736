/** Partners are found without looking at all of them: by name, application, issuer and key, as records come, change and go. */
import type { Partner } from '../../src/trust/partner.ts'
import { openPartnerIndex } from '../../src/trust/partner-index.ts'
import { certificateOf, KEYS, LYNC, NOW, principal, STRANGER } from '../support/tokens.ts'

const FIRST = certificateOf(KEYS.partner)
const NEXT = certificateOf(KEYS.partnerNext)
// The same key in another certificate.
const RENEWED = certificateOf(KEYS.partnerExpired)
const OTHER = certificateOf(KEYS.stranger)

function partner(identity: string, issuer: string, more: Partial<Partner> = {}): Partner {
  return {
    ...{ identity, issuer, application: principal(issuer), source: { kind: 'document' } },
    ...{ certificates: [FIRST], trustLevel: 'Full', enabled: true, acceptSids: false },
    ...{ createdAt: NOW, updatedAt: NOW, refreshedAt: NOW },
    ...more,
  }
}

const LYNC_PARTNER = partner('Lync', LYNC)
const STRANGER_PARTNER = partner('Contoso', STRANGER, { certificates: [OTHER] })
const names = (partners: readonly Partner[]) => partners.map(({ identity }) => identity)

test('a key is found in whatever certificate it comes, and under nobody once its partner has another', () => {
  const index = openPartnerIndex([LYNC_PARTNER, STRANGER_PARTNER])
  expect(names(index.withKeyOf([RENEWED]))).toEqual(['Lync'])
  expect(names(index.withKeyOf([OTHER, FIRST])).sort()).toEqual(['Contoso', 'Lync'])
  expect(index.withKeyOf([NEXT])).toEqual([])
  index.put({ ...LYNC_PARTNER, certificates: [NEXT] })
  expect(index.withKeyOf([FIRST])).toEqual([])
  expect(names(index.withKeyOf([NEXT]))).toEqual(['Lync'])
  index.drop(LYNC_PARTNER)
  expect(index.withKeyOf([NEXT])).toEqual([])
  expect(names(index.list())).toEqual(['Contoso'])
})

test('a key that two partners have leads to both, and to one when the other has gone', () => {
  const both = partner('Twin', STRANGER)
  const index = openPartnerIndex([LYNC_PARTNER, both])
  expect(names(index.withKeyOf([FIRST])).sort()).toEqual(['Lync', 'Twin'])
  index.drop(both)
  expect(names(index.withKeyOf([FIRST]))).toEqual(['Lync'])
})

test('an application is found whatever its realm, an issuer only as it was registered', () => {
  const [appId] = LYNC.split('@') as [string]
  const anywhere = partner('Anywhere', STRANGER, { issuer: `${STRANGER.split('@')[0]}@*` })
  const index = openPartnerIndex([LYNC_PARTNER, anywhere])
  expect(index.ofApplication(LYNC_PARTNER.application.appId)?.identity).toBe('Lync')
  expect(index.byIssuer(LYNC)?.identity).toBe('Lync')
  expect(index.byIssuer(`${appId}@fabrikam.com`)).toBeUndefined()
  expect(index.byIssuer(LYNC.toUpperCase())).toBeUndefined()
  expect(index.byIssuer(appId)).toBeUndefined()
  expect(index.byIssuer('')).toBeUndefined()
  expect(index.byIssuer(STRANGER)?.identity).toBe('Anywhere')
  expect(index.byIssuer(`${STRANGER.split('@')[0]}@*`)).toBeUndefined()
  expect(index.byIssuer(`${STRANGER}@fabrikam.com`)).toBeUndefined()
})

test('a challenge is given the issuers of a few, enabled ones only, as they are now', () => {
  const index = openPartnerIndex([LYNC_PARTNER, STRANGER_PARTNER])
  expect(index.someIssuers(50)).toEqual([LYNC, STRANGER])
  expect(index.someIssuers(1)).toEqual([LYNC])
  index.put({ ...LYNC_PARTNER, enabled: false })
  expect(index.someIssuers(50)).toEqual([STRANGER])
})

test('a challenge names token servers before all others, and nobody whose tokens come from one', () => {
  const server = partner('Server', STRANGER.replace(/^./, '9'), { authServer: {} })
  const served = partner('Served', STRANGER.replace(/^./, '8'), { source: { kind: 'auth server' } })
  const index = openPartnerIndex([LYNC_PARTNER, STRANGER_PARTNER, served, server])
  expect(index.someIssuers(50)).toEqual([server.issuer, LYNC, STRANGER])
  expect(index.someIssuers(2)).toEqual([server.issuer, LYNC])
})

test('what is kept of a certificate says what the certificate says, and checks signatures with its key', () => {
  const [{ certificates: [kept] = [] } = LYNC_PARTNER] = openPartnerIndex([LYNC_PARTNER]).list()
  const { publicKey, ...read } = FIRST
  const { der, x5t, subject, notBefore, notAfter } = kept!
  expect({ der, x5t, subject, notBefore, notAfter }).toEqual(read)
  expect(kept?.publicKey.equals(publicKey)).toBe(true)
  expect(kept?.publicKey).toBe(kept?.publicKey)
})
