/** Text that two readers read differently must not make one user another. */
import { openMemory } from '../../src/storage/sqlite.ts'
import { admit } from '../../src/trust/admit.ts'
import { comparable, resolveUser } from '../../src/trust/directory.ts'
import { actor, forUser, KEN_MYER, situation } from '../support/tokens.ts'

const storage = await openMemory()
afterAll(() => storage.close())

await storage.directory.add(KEN_MYER)
const resolve = (upn: string, nii?: string) =>
  resolveUser(storage.directory, nii === undefined ? { upn } : { nameid: upn, nii }, { acceptSids: false })

test.each(['\0', '\n', '\u001f', '\u007f'])(
  'a claim with the control character %j is refused',
  (character) => {
    const upn = `kenmyer@litwareinc.com${character}.evil.example`
    for (const name of ['upn', 'nameid', 'smtp', 'sip']) {
      expect(admit(forUser(actor(), { [name]: upn }), situation())).toMatchObject({
        code: 'claim_malformed',
        at: name,
      })
    }
    expect(admit(actor({ nameid: `a${character}` }), situation())).toMatchObject({ code: 'claim_malformed' })
  },
)

test.each([
  ['\u212Aenmyer@litwareinc.com', 'the Kelvin sign'],
  ['\uFF4Benmyer@litwareinc.com', 'a full-width k'],
  ['kenmyer@l\u0130twareinc.com', 'a dotted capital I'],
  ['kenmyer@litwareinc.com.', 'a trailing dot'],
  ['kenmyer@litwareinc.com ', 'a blank'],
  ['ken\u00ADmyer@litwareinc.com', 'a soft hyphen'],
])('%j names nobody (%s)', async (upn) => {
  expect(await resolve(upn)).toMatchObject({ code: 'user_unknown' })
})

test('letters in either case name the same user', async () => {
  expect(await resolve('KenMyer@LitwareInc.COM')).toMatchObject({ ok: true })
  expect(comparable('sip', 'SIP:Ken@Litware.com')).toBe('ken@litware.com')
})

test.each([
  ['urn:office:idp:activedirectory', true],
  ['URN:Federation:MicrosoftOnline', true],
  ['urn:office:idp:forms:provider', false],
  ['trusted:adfs', false],
])('a nameid under the issuer %s names a Windows account: %s', async (nii, named) => {
  const outcome = await resolve('kenmyer@litwareinc.com', nii)
  expect(outcome.ok ? 'found' : outcome.code).toBe(named ? 'found' : 'user_not_named')
})

test('a text with a NUL is never stored cut off', async () => {
  await expect(storage.directory.find('upn', 'kenmyer@litwareinc.com\0x')).rejects.toThrow('NUL')
})
