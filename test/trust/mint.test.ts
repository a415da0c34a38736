/** What one server mints, the other admits. */

import type { Thumbprint } from '../../src/protocol/ids.ts'
import { localSigner } from '../../src/protocol/jws.ts'
import { admit } from '../../src/trust/admit.ts'
import type { User } from '../../src/trust/directory.ts'
import type { ServerIdentity } from '../../src/trust/identity.ts'
import { audienceOf, mint, TOKEN_LIFETIME } from '../../src/trust/mint.ts'
import {
  certificateOf,
  EXCHANGE,
  HOST,
  identity,
  KEYS,
  LYNC,
  lync,
  NOW,
  PORT,
  partsOf,
  principal,
  situation,
} from '../support/tokens.ts'

const caller: ServerIdentity = identity({
  application: principal(LYNC),
  hosts: ['lync.litwareinc.com'],
  signingKey: { x5t: KEYS.partner.x5t as Thumbprint, sign: localSigner(KEYS.partner.privateKey) },
  certificate: certificateOf(KEYS.partner),
})
const exchange = lync({ identity: 'Exchange', application: principal(EXCHANGE), issuer: EXCHANGE })
const audience = audienceOf(exchange, `${HOST}:${PORT}`)
const ken: User = {
  sid: 'S-1-5-21-1-2-3-1101',
  upn: 'KenMyer@litwareinc.com',
  smtp: "ken.o'myer@litwareinc.com",
  sip: 'sip:kenmyer@litwareinc.com',
  displayName: 'Ken Myer',
  enabled: true,
  mailboxEnabled: true,
  archivingEnabled: false,
}

test('a token for a user is admitted, and names the user by UPN, SMTP and SIP address, never by SID', async () => {
  const token = await mint(caller, audience, ken, NOW)
  expect(admit(token, situation())).toEqual({
    ok: true,
    value: {
      partner: lync(),
      expiresAt: NOW + TOKEN_LIFETIME,
      user: {
        nameid: 'kenmyer@litwareinc.com',
        nii: 'urn:office:idp:activedirectory',
        upn: 'kenmyer@litwareinc.com',
        smtp: "ken.o'myer@litwareinc.com",
        sip: 'sip:kenmyer@litwareinc.com',
      },
    },
  })
})

test('a token for a user without addresses names the UPN alone', async () => {
  const { smtp: _smtp, sip: _sip, ...plain } = ken
  const admitted = admit(await mint(caller, audience, plain, NOW), situation())
  expect(admitted.ok && Object.keys(admitted.value.user ?? {})).toEqual(['nameid', 'nii', 'upn'])
})

test('a token for the application alone is admitted, and is not fit for delegation', async () => {
  const token = await mint(caller, audience, undefined, NOW)
  expect(admit(token, situation())).toMatchObject({ ok: true })
  expect(Buffer.from(partsOf(token)[1], 'base64url').toString()).not.toContain('trustedfordelegation')
})

test('a token is good for an hour and begins five minutes ago', async () => {
  const token = await mint(caller, audience, undefined, NOW)
  const at = (now: number) => {
    const outcome = admit(token, situation({ now, skew: 0 }))
    return outcome.ok ? 'accepted' : outcome.code
  }
  expect([NOW - 301, NOW - 300, NOW + 3_600, NOW + 3_601].map(at)).toEqual([
    'token_not_yet_valid',
    'accepted',
    'accepted',
    'token_expired',
  ])
})

test('a token is for the application that was registered, whatever host it goes to', () => {
  expect(audienceOf(exchange, 'evil.example')).toEqual({ ...principal(EXCHANGE), host: 'evil.example' })
})

test('a token that a server minted is no good for itself', async () => {
  const self = identity()
  const token = await mint(self, { ...self.application, host: HOST }, ken, NOW)
  expect(admit(token, situation())).toMatchObject({ code: 'issuer_is_self' })
})
