/** Whom a token stands for, and what of an earlier answer stands for it again. */
import type { Outcome } from '../../src/protocol/outcome.ts'
import { admit } from '../../src/trust/admit.ts'
import { callerOf, type TokenCaller, type UserDirectory } from '../../src/trust/caller.ts'
import type { Situation } from '../../src/trust/checks.ts'
import type { Partner } from '../../src/trust/partner.ts'
import { openTokenMemory, type ReadToken } from '../../src/trust/token-memory.ts'
import { ANNE, directoryOf, KEN, naming, TOKEN } from '../support/directory.ts'
import { actor, identity, LYNC, lync, NOW, principal, situation } from '../support/tokens.ts'
import { issued, lyncBehind, TOKEN_SERVER, tokenServer } from '../vectors/auth-servers.ts'

const ADDIN = '22222222-2222-4333-8444-555555555555@litwareinc.com'
const ofAddin = { nameid: ADDIN, trustedfordelegation: undefined }

async function codeOf(outcome: Outcome<TokenCaller> | Promise<Outcome<TokenCaller>>): Promise<string> {
  const settled = await outcome
  return settled.ok ? (settled.value.user?.upn ?? 'itself') : settled.code
}

describe('who shows', () => {
  const directory = directoryOf(KEN, ANNE)
  const broker = lync({ isTrustBroker: true })
  const [server, behind] = [tokenServer(), lyncBehind()]

  test.each<[what: string, token: string, partners: Partner[], caller: TokenCaller]>([
    [
      'an actor token is its partner',
      actor({ trustedfordelegation: undefined }),
      [broker],
      { partner: broker },
    ],
    ['a user token is its partner and the user', TOKEN, [broker], { partner: broker, user: KEN }],
    [
      'a token in which a broker names another is both',
      actor(ofAddin),
      [broker],
      { partner: broker, application: principal(ADDIN) },
    ],
    [
      'a token of a token server’s is whom it names, and the server',
      issued({ trustedfordelegation: 'false' }),
      [server, behind],
      { partner: behind, issuedBy: server },
    ],
    [
      'a user token around one of a token server’s is all three',
      naming({ upn: ANNE.upn }, issued()),
      [server, behind],
      { partner: behind, issuedBy: server, user: ANNE },
    ],
  ])('%s, and nothing besides', async (_, token, partners, caller) => {
    // Strictly: a member that is there and undefined is not absent.
    expect(await callerOf(token, situation({ partners }), directory, undefined)).toStrictEqual({
      ok: true,
      value: caller,
    })
  })

  test('a token without a user, or one that is refused, is known at once, and nobody is looked up', () => {
    const { looks } = directory
    expect(callerOf(actor(), situation(), directory, undefined)).toMatchObject({ ok: true })
    const refused = callerOf(TOKEN, situation({ partners: [] }), directory, undefined)
    expect(refused).toEqual(admit(TOKEN, situation({ partners: [] })))
    expect(refused).toMatchObject({ ok: false, code: 'issuer_unknown' })
    expect(directory.looks).toBe(looks)
  })

  test('a token whose user is nobody is refused with what the look for its user says', async () => {
    const outcome = await callerOf(naming({ upn: 'gone@litwareinc.com' }), situation(), directory, undefined)
    expect(outcome).toEqual({
      ...{ ok: false, code: 'user_unknown', at: 'upn' },
      ...{ expected: 'an identity of one user', seen: 'gone@litwareinc.com' },
    })
  })
})

describe('a token that comes again', () => {
  const SAME = { self: identity(), formerRealms: [] }
  const open = (partner: Partner = lync()) => {
    const world = { partners: [partner], now: NOW }
    const memory = openTokenMemory()
    const directory = directoryOf(KEN)
    const situationNow = (): Situation => ({
      ...situation({ partners: world.partners, now: world.now }),
      ...SAME,
      memory,
    })
    const ask = (token = TOKEN, asked: UserDirectory = directory) =>
      callerOf(token, situationNow(), asked, memory.read(token))
    /** So often that it is remembered, and the user with it. */
    const warm = async (token = TOKEN) => {
      for (let times = 0; times < 3; times++) await ask(token)
      return { looks: directory.looks, caller: ask(token) }
    }
    return { world, memory, directory, situationNow, ask, warm }
  }

  test('has the very answer of before while all is as it was', async () => {
    const { ask, warm, directory } = open()
    const { looks, caller } = await warm()
    expect(caller).toMatchObject({ ok: true, value: { user: KEN } })
    expect(ask()).toBe(caller)
    expect(directory.looks).toBe(looks)
  })

  test('is judged again in another second, for the user who was found before', async () => {
    const { ask, warm, directory, world } = open()
    const { looks, caller } = await warm()
    world.now++
    expect(ask()).toStrictEqual(caller)
    world.now = NOW + 4_000
    expect(ask()).toMatchObject({ ok: false, code: 'token_expired' })
    expect(directory.looks).toBe(looks)
  })

  test('is for nobody once its user is gone, in the same second and in the next', async () => {
    const { ask, warm, directory, world } = open()
    await warm()
    directory.change()
    expect(await codeOf(ask())).toBe('user_unknown')
    world.now++
    expect(await codeOf(ask())).toBe('user_unknown')
  })

  test('is for the user of the directory that is asked, in the same second and in the next', async () => {
    const { ask, warm, world } = open()
    await warm()
    const other = directoryOf({ ...ANNE, upn: KEN.upn })
    for (const later of [0, 1]) {
      world.now += later
      expect(await ask(TOKEN, other)).toMatchObject({ value: { user: { sid: ANNE.sid } } })
      expect(await ask()).toMatchObject({ value: { user: KEN } })
    }
  })

  test.each([
    [1_024, 0],
    [1_025, 2],
  ])(
    'whose user has a record of %d letters is looked up %d times more once it is known',
    async (letters, more) => {
      const { ask, directory, warm } = open()
      const missing = letters - JSON.stringify(KEN).length
      directory.users = [{ ...KEN, displayName: `${KEN.displayName}${'x'.repeat(missing)}` }]
      const { looks } = await warm()
      expect(await codeOf(ask())).toBe(KEN.upn)
      // Once more in `warm` and once here, each time by his UPN and by his SMTP address.
      expect(directory.looks - looks).toBe(2 * more)
    },
  )

  test('is looked up each time where the directory has no version, and where it does not tell one', async () => {
    for (const version of [undefined, () => undefined]) {
      const { memory, situationNow } = open()
      const directory = directoryOf(KEN)
      const mute: UserDirectory = { find: directory.find, ...(version && { version }) }
      for (let times = 1; times <= 4; times++) {
        const asked = callerOf(TOKEN, situationNow(), mute, memory.read(TOKEN))
        expect(asked).toBeInstanceOf(Promise)
        expect(await codeOf(asked)).toBe(KEN.upn)
        // Ken, by his UPN and by his SMTP address.
        expect(directory.looks).toBe(2 * times)
      }
    }
  })

  test('is looked up each time where nothing remembers it', async () => {
    const directory = directoryOf(KEN)
    for (let times = 1; times <= 3; times++) {
      expect(await codeOf(callerOf(TOKEN, situation(), directory, undefined))).toBe(KEN.upn)
      expect(directory.looks).toBe(2 * times)
    }
  })

  test('that nothing could read is refused each time', async () => {
    const { ask } = open()
    for (let times = 0; times < 3; times++) expect(await codeOf(ask('a'))).toBe('token_not_jwt')
  })

  test('by a SID is for nobody once its partner’s SIDs are not accepted', async () => {
    const bySid = naming({ nameid: KEN.sid })
    const { ask, warm, world } = open(lync({ acceptSids: true }))
    await warm(bySid)
    world.partners = [lync({ acceptSids: false })]
    for (const later of [0, 1]) {
      world.now += later
      expect(await codeOf(ask(bySid))).toBe('user_sid_not_accepted')
    }
    world.partners = [lync({ acceptSids: true })]
    expect(await codeOf(ask(bySid))).toBe(KEN.upn)
  })

  test('has no answer of before where it was judged since, and nobody asked for its user', async () => {
    const bySid = naming({ nameid: KEN.sid })
    const { ask, warm, world, situationNow } = open(lync({ acceptSids: true }))
    await warm(bySid)
    world.partners = [lync({ acceptSids: false })]
    expect(admit(bySid, situationNow())).toMatchObject({ ok: true })
    expect(await codeOf(ask(bySid))).toBe('user_sid_not_accepted')
  })

  test('has its own user, even where another token’s note is handed in for it', async () => {
    const { directory, memory, situationNow } = open()
    directory.change(KEN, ANNE)
    const against = situationNow()
    const [read, annes] = [TOKEN, naming({ upn: ANNE.upn })].map((token) => memory.read(token)) as [
      Outcome<ReadToken>,
      Outcome<ReadToken>,
    ]
    if (!read.ok || !annes.ok) throw new Error('a good token was not read')
    expect(await codeOf(callerOf(TOKEN, against, directory, read))).toBe(KEN.upn)
    const { note } = read.value
    delete note.verdict
    const mixed = { ok: true, value: { ...annes.value, note } } as const
    expect(await codeOf(callerOf('', against, directory, mixed))).toBe(ANNE.upn)
  })

  test('is for a user whom its consent covers, also where he was found when none was needed', async () => {
    const { directory, world, ask } = open()
    directory.change(KEN, ANNE)
    const speaking = (change: Partial<Partner>) => [tokenServer(), lyncBehind(change)]
    const tokens = [KEN, ANNE].map(({ upn }) => naming({ upn: KEN.upn }, issued({ consent: upn })))
    world.partners = speaking({ trustLevel: 'Full' })
    for (let times = 0; times < 3; times++)
      for (const token of tokens) expect(await codeOf(ask(token))).toBe(KEN.upn)
    const { looks } = directory
    world.partners = speaking({ trustLevel: 'Application' })
    const answers = await Promise.all(tokens.map((token) => ask(token)))
    expect(answers).toMatchObject([
      { ok: true, value: { user: KEN, issuedBy: { issuer: TOKEN_SERVER }, partner: { issuer: LYNC } } },
      { ok: false, code: 'consent_other_user', expected: KEN.upn, seen: ANNE.upn },
    ])
    expect(directory.looks).toBe(looks)
  })
})
