/** How the identities in a token come to name exactly one user. */

import type { RefusalCode } from '../../src/protocol/refusal.ts'
import { diagnosticsOf } from '../../src/protocol/refusal.ts'
import type { UserIdentityClaims } from '../../src/protocol/user-token.ts'
import { openMemory } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { comparable, resolveUser, type User } from '../../src/trust/directory.ts'

const DOMAIN = 'S-1-5-21-2127521184-1604012920-1887927527'

function user(number: number, name: string, change: Partial<User> = {}): User {
  return {
    sid: `${DOMAIN}-${number}`,
    upn: `${name}@litwareinc.com`,
    smtp: `${name}@mail.litwareinc.com`,
    sip: `sip:${name}@sip.litwareinc.com`,
    displayName: name,
    enabled: true,
    mailboxEnabled: true,
    archivingEnabled: false,
    ...change,
  }
}

const USERS = [
  user(1101, 'kenmyer'),
  user(1102, 'sarahdavis'),
  user(1103, 'gone', { enabled: false }),
  user(1104, "o'brien"),
  // Two accounts that share every address, as after a migration that went wrong.
  user(1105, 'shared'),
  user(1106, 'shared'),
  user(1107, 'shared'),
]
const [KEN, SARAH] = ['1101', '1102'].map((number) => `${DOMAIN}-${number}`) as [string, string]

let storage: Storage
beforeAll(async () => {
  storage = await openMemory()
  for (const each of USERS) await storage.directory.add(each)
})
afterAll(() => storage.close())

type Row = [
  what: string,
  claims: UserIdentityClaims,
  acceptSids: boolean,
  expect: { user: string } | { code: RefusalCode; at: string },
]

const [ken, sarah, brien] = [{ user: 'kenmyer' }, { user: 'sarahdavis' }, { user: "o'brien" }]
const no = (code: RefusalCode, at: string) => ({ code, at })
const ROWS: Row[] = [
  // one key
  ['a SID', { nameid: KEN }, true, ken],
  ['a SID in lower case', { nameid: KEN.toLowerCase() }, true, ken],
  ['a UPN', { upn: 'kenmyer@litwareinc.com' }, false, ken],
  ['a UPN in upper case', { upn: 'KENMYER@LITWAREINC.COM' }, false, ken],
  ['a UPN in nameid', { nameid: 'kenmyer@litwareinc.com' }, false, ken],
  ['a UPN in nameid, where SIDs are accepted', { nameid: 'kenmyer@litwareinc.com' }, true, ken],
  ['a UPN with an apostrophe', { upn: "o'brien@litwareinc.com" }, false, brien],
  ['an SMTP address', { smtp: 'kenmyer@mail.litwareinc.com' }, false, ken],
  ['an SMTP address in mixed case', { smtp: 'KenMyer@Mail.LitwareInc.com' }, false, ken],
  ['a SIP address', { sip: 'sip:kenmyer@sip.litwareinc.com' }, false, ken],
  ['a SIP address without its scheme', { sip: 'kenmyer@sip.litwareinc.com' }, false, ken],
  ['a SIP address in upper case', { sip: 'SIP:KENMYER@SIP.LITWAREINC.COM' }, false, ken],
  // nobody named
  ['nothing', {}, true, no('user_not_named', 'nameid')],
  [
    'an issuer of names and no name',
    { nii: 'urn:office:idp:activedirectory' },
    true,
    no('user_not_named', 'nameid'),
  ],
  ['a PUID alone', { nameid: '10032001E2CBE43B' }, true, no('user_not_named', 'nameid')],
  ['something like a SID', { nameid: 'S-1-5-21-x' }, true, no('user_not_named', 'nameid')],
  // SIDs
  ['a SID that is not accepted', { nameid: KEN }, false, no('user_sid_not_accepted', 'nameid')],
  [
    'a SID of nobody that is not accepted',
    { nameid: 's-1-5-21-9-9' },
    false,
    no('user_sid_not_accepted', 'nameid'),
  ],
  ['a SID that is not accepted, and a UPN', { nameid: KEN, upn: 'kenmyer@litwareinc.com' }, false, ken],
  [
    'a SID of somebody else that is not accepted and so does not count, and a UPN',
    { nameid: SARAH, upn: 'kenmyer@litwareinc.com' },
    false,
    ken,
  ],
  [
    'a SID that is not accepted, and a UPN of nobody',
    { nameid: KEN, upn: 'x@x' },
    false,
    no('user_unknown', 'upn'),
  ],
  ['a SID and a UPN that agree', { nameid: KEN, upn: 'kenmyer@litwareinc.com' }, true, ken],
  ['a SID of one of three who share an address', { nameid: `${DOMAIN}-1106` }, true, { user: 'shared' }],
  // nobody found
  ['a SID of nobody', { nameid: `${DOMAIN}-9999` }, true, no('user_unknown', 'sid')],
  ['a UPN of nobody', { upn: 'nobody@litwareinc.com' }, false, no('user_unknown', 'upn')],
  ['an SMTP address of nobody', { smtp: 'nobody@litwareinc.com' }, false, no('user_unknown', 'smtp')],
  ['a SIP address of nobody', { sip: 'sip:nobody@litwareinc.com' }, false, no('user_unknown', 'sip')],
  [
    'an SMTP address in the place of a UPN',
    { upn: 'kenmyer@mail.litwareinc.com' },
    false,
    no('user_unknown', 'upn'),
  ],
  ['a wildcard', { upn: '%@litwareinc.com' }, false, no('user_unknown', 'upn')],
  ['the beginning of a UPN', { upn: 'kenmyer@litwareinc.co' }, false, no('user_unknown', 'upn')],
  ['a UPN and a blank', { upn: 'kenmyer@litwareinc.com ' }, false, no('user_unknown', 'upn')],
  [
    'keys of nobody, all of them',
    { upn: 'x@x', smtp: 'x@x', sip: 'x@x' },
    false,
    no('user_unknown', 'upn, smtp, sip'),
  ],
  // several
  ['a UPN that several share', { upn: 'shared@litwareinc.com' }, false, no('user_ambiguous', 'upn')],
  [
    'an SMTP address that several share',
    { smtp: 'shared@mail.litwareinc.com' },
    false,
    no('user_ambiguous', 'smtp'),
  ],
  [
    'a SIP address that several share',
    { sip: 'sip:shared@sip.litwareinc.com' },
    false,
    no('user_ambiguous', 'sip'),
  ],
  [
    'a good UPN and an SMTP address that several share',
    { upn: 'kenmyer@litwareinc.com', smtp: 'shared@mail.litwareinc.com' },
    false,
    no('user_ambiguous', 'smtp'),
  ],
  // conflicts
  [
    'a SID and a UPN of two users',
    { nameid: SARAH, upn: 'kenmyer@litwareinc.com' },
    true,
    no('user_conflict', 'upn'),
  ],
  [
    'two UPNs of two users',
    { nameid: 'sarahdavis@litwareinc.com', upn: 'kenmyer@litwareinc.com' },
    false,
    no('user_conflict', 'upn'),
  ],
  [
    'a UPN and an SMTP address of two users',
    { upn: 'kenmyer@litwareinc.com', smtp: 'sarahdavis@mail.litwareinc.com' },
    false,
    no('user_conflict', 'smtp'),
  ],
  [
    'a SIP address of somebody else beside two keys that agree',
    {
      upn: 'kenmyer@litwareinc.com',
      smtp: 'kenmyer@mail.litwareinc.com',
      sip: 'sarahdavis@sip.litwareinc.com',
    },
    false,
    no('user_conflict', 'sip'),
  ],
  [
    'an enabled user and a disabled one',
    { upn: 'kenmyer@litwareinc.com', smtp: 'gone@mail.litwareinc.com' },
    false,
    no('user_conflict', 'smtp'),
  ],
  // agreement
  [
    'all four keys of one user',
    {
      nameid: SARAH,
      upn: 'sarahdavis@litwareinc.com',
      smtp: 'sarahdavis@mail.litwareinc.com',
      sip: 'sarahdavis@sip.litwareinc.com',
    },
    true,
    sarah,
  ],
  [
    'an outdated UPN and a current SMTP address',
    { upn: 'maiden@litwareinc.com', smtp: 'kenmyer@mail.litwareinc.com' },
    false,
    ken,
  ],
  [
    'a current UPN and an outdated SIP address',
    { upn: 'kenmyer@litwareinc.com', sip: 'maiden@litwareinc.com' },
    false,
    ken,
  ],
  ['a PUID and a UPN', { nameid: '10032001E2CBE43B', upn: 'kenmyer@litwareinc.com' }, false, ken],
  // disabled
  ['a disabled user by UPN', { upn: 'gone@litwareinc.com' }, false, no('user_disabled', 'upn')],
  ['a disabled user by SID', { nameid: `${DOMAIN}-1103` }, true, no('user_disabled', 'sid')],
  ['a disabled user by SIP address', { sip: 'gone@sip.litwareinc.com' }, false, no('user_disabled', 'sip')],
]

describe('identities resolve to exactly one enabled user', () => {
  test.each(ROWS)('%s', async (_what, claims, acceptSids, expected) => {
    const outcome = await resolveUser(storage.directory, claims, { acceptSids })
    if ('user' in expected) expect(outcome).toMatchObject({ ok: true, value: { displayName: expected.user } })
    else expect(outcome).toMatchObject({ ok: false, ...expected })
  })

  test('and the wire is not told the value', async () => {
    for (const [, claims, acceptSids] of ROWS) {
      const outcome = await resolveUser(storage.directory, claims, { acceptSids })
      if (outcome.ok) continue
      for (const dialect of ['exchange', 'sharepoint'] as const)
        expect(diagnosticsOf(outcome, dialect).reason).not.toMatch(/litwareinc|S-1-5-21/i)
    }
  })

  test('and a user who was removed is unknown from the next call on', async () => {
    const leaver = user(1199, 'leaver')
    const ask = () => resolveUser(storage.directory, { upn: leaver.upn }, { acceptSids: false })
    await storage.directory.add(leaver)
    expect(await ask()).toMatchObject({ ok: true })
    await storage.directory.remove(leaver.sid)
    expect(await ask()).toMatchObject({ code: 'user_unknown' })
  })
})

test('keys are compared in lower case, and a SIP address without its scheme', () => {
  expect(comparable('sid', 'S-1-5-21-1')).toBe('s-1-5-21-1')
  expect(comparable('sip', 'SIP:Ken@Litwareinc.com')).toBe('ken@litwareinc.com')
  expect(comparable('upn', 'sip:Ken@Litwareinc.com')).toBe('sip:ken@litwareinc.com')
})
