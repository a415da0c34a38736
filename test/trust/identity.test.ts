/** The names that a server answers to, and the keys that are its own. */
import { answersTo, issuerOf, ownCertificates } from '../../src/trust/identity.ts'
import { certificateOf, EXCHANGE, identity, KEYS } from '../support/tokens.ts'

const server = identity({
  hosts: ['exchange', 'mail.litwareinc.com', '127.0.0.1', '::1', 'fe80::'],
  port: 8441,
})

test.each([
  'exchange',
  'EXCHANGE',
  'mail.litwareinc.com:8441',
  'Mail.LitwareInc.com:8441',
  '127.0.0.1:8441',
  '[::1]',
  '[::1]:8441',
  '[fe80::]',
  '[fe80::]:8441',
])('%s is its name', (host) => {
  expect(answersTo(server, { host })).toBe(true)
})

test.each([
  '',
  'exchange.',
  'litwareinc.com',
  'exchange:443',
  'exchange:08441',
  'exchange:',
  'exchange:8441:8441',
  'exchange:x',
  'xexchange:8441x',
  '::1',
  '::1:8441',
  '[::1',
  '::1]',
  '[::2]',
  'x[::1]',
  '[::1]:443',
])('%j is none', (host) => {
  expect(answersTo(server, { host })).toBe(false)
})

test('it issues under its application’s name', () => {
  expect(issuerOf(server)).toBe(EXCHANGE)
})

test('its keys are the one it signs with, and the others', () => {
  const [certificate, next] = [certificateOf(KEYS.self), certificateOf(KEYS.partnerNext)]
  expect(ownCertificates(identity({ certificate }))).toEqual([certificate])
  expect(ownCertificates(identity({ certificate, otherKeys: [next] }))).toEqual([certificate, next])
})
