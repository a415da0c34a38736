/** Whose actor token counts for which application: every issuer, registration, realm, level, need and consent. */
import { openMemory } from '../../src/storage/sqlite.ts'
import { admit } from '../../src/trust/admit.ts'
import { AUTH_SERVER_TYPES, refuseAuthServer } from '../../src/trust/auth-server.ts'
import { refuseConsent } from '../../src/trust/authorize.ts'
import { CHECKS, type Evidence } from '../../src/trust/checks.ts'
import { explain } from '../../src/trust/explain.ts'
import { type Partner, TRUST_LEVELS } from '../../src/trust/partner.ts'
import {
  actor,
  EXCHANGE,
  forUser,
  KEN_MYER,
  LYNC,
  lync,
  principal,
  type SituationChange,
  STRANGER,
  situation,
} from '../support/tokens.ts'
import { issued, lyncBehind, TOKEN_SERVER, tokenServer } from '../vectors/auth-servers.ts'

const REALM = 'litwareinc.com'
let storage: Awaited<ReturnType<typeof openMemory>>
beforeAll(async () => {
  storage = await openMemory()
  await storage.directory.add(KEN_MYER)
})
afterAll(() => storage.close())

const AXES = {
  /** Whose key signed, and how the one who has it stands here. */
  issuer: ['unknown token server', 'disabled token server', 'token server', 'the application'],
  /** How the application that the token names is registered here. */
  registered: ['not', 'with keys', 'with a token server', 'with a token server, disabled', 'as an orphan'],
  realm: ['of the token server', 'another'],
  level: TRUST_LEVELS,
  for: ['itself', 'Ken'],
  consent: ['none', 'Ken', 'Pilar', 'everyone'],
} as const

type Case = { readonly [Axis in keyof typeof AXES]: (typeof AXES)[Axis][number] }
type Row = readonly [
  when: { readonly [Axis in keyof Case]?: Case[Axis] | readonly Case[Axis][] },
  code: string,
]

/** The first row that fits decides. */
const TABLE: readonly Row[] = [
  [{ issuer: 'unknown token server' }, 'issuer_unknown'],
  [{ issuer: 'disabled token server' }, 'auth_server_disabled'],

  [{ issuer: 'the application', registered: 'not' }, 'issuer_unknown'],
  [{ issuer: 'the application', registered: 'with a token server, disabled' }, 'partner_disabled'],
  [
    { issuer: 'the application', registered: ['with a token server', 'as an orphan'] },
    'partner_uses_auth_server',
  ],
  // A consent that it gives itself is none.
  [{ issuer: 'the application', level: 'Full' }, 'accepted'],
  [{ issuer: 'the application', level: 'Application', for: 'itself' }, 'accepted'],
  [{ issuer: 'the application', for: 'itself' }, 'trust_level_forbids_application'],
  [{ issuer: 'the application', for: 'Ken' }, 'trust_level_forbids_user'],

  [{ realm: 'another' }, 'auth_server_realm_differs'],
  [{ registered: 'not' }, 'auth_server_names_unknown'],
  [{ registered: 'with keys' }, 'auth_server_not_used'],
  [{ registered: 'with a token server, disabled' }, 'partner_disabled'],
  [{ registered: 'as an orphan' }, 'issuer_realm_given_up'],

  [{ level: 'Full' }, 'accepted'],
  [{ level: 'Application', for: 'itself' }, 'accepted'],
  [{ level: 'User', for: 'itself' }, 'trust_level_forbids_application'],
  [{ for: 'Ken', consent: ['Ken', 'everyone'] }, 'accepted'],
  [{ for: 'Ken', consent: 'Pilar' }, 'consent_other_user'],
  [{ for: 'Ken', consent: 'none' }, 'trust_level_forbids_user'],
]

const CONSENTS = {
  none: {},
  Ken: { consent: 'kenmyer@litwareinc.com' },
  Pilar: { consent: 'pilar@litwareinc.com' },
  everyone: { consent: '*' },
} as const

const CASES: readonly Case[] = Object.entries(AXES).reduce<Record<string, string>[]>(
  (cases, [axis, values]) => cases.flatMap((one) => values.map((value) => ({ ...one, [axis]: value }))),
  [{}],
) as unknown as Case[]

const fits = ([when]: Row, one: Case) =>
  Object.entries(when).every(([axis, wanted]) => [wanted].flat().includes(one[axis as keyof Case] as never))

function partnersOf({ issuer, registered, realm, level: trustLevel }: Case): Partner[] {
  // One that signs itself is in a realm of its own, or in ours: its realm is its own affair.
  const name = realm === 'another' ? STRANGER : LYNC
  const more = { application: principal(name), issuer: name, trustLevel }
  const application = {
    not: [],
    'with keys': [lync(more)],
    'with a token server': [lyncBehind(more)],
    'with a token server, disabled': [lyncBehind({ ...more, enabled: false })],
    'as an orphan': [lyncBehind(more)],
  }[registered]
  // The realm that was given up is not that of a token server which is registered for any.
  const ofAny = { application: principal(TOKEN_SERVER.replace(REALM, '*')) }
  const named = registered === 'as an orphan' ? ofAny : {}
  const servers = {
    'unknown token server': [],
    'disabled token server': [tokenServer({ enabled: false, ...named })],
    'token server': [tokenServer(named)],
    'the application': [tokenServer(named)],
  }[issuer]
  return [...servers, ...application]
}

function tokenOf({ issuer, realm, for: whom, consent }: Case): string {
  const nameid = realm === 'another' ? STRANGER : LYNC
  const claims = { nameid, ...CONSENTS[consent] }
  const inner = issuer === 'the application' ? actor({ iss: nameid, ...claims }) : issued(claims)
  const ken = { nameid: KEN_MYER.upn, upn: KEN_MYER.upn, smtp: undefined, sip: undefined }
  return whom === 'itself' ? inner : forUser(inner, { iss: nameid, ...ken })
}

const casesOf = (by: Case['issuer']) =>
  CASES.filter(({ issuer }) => issuer === by).map((one) => {
    const expected = TABLE.find((row) => fits(row, one))?.[1]
    const former = one.registered === 'as an orphan' ? { formerRealms: [REALM] } : {}
    const against = situation({ partners: partnersOf(one), ...former })
    return { one, expected, against, token: tokenOf(one) }
  })

test.each(AXES.issuer)('signed by: %s. Each case of the table', (by) => {
  for (const { one, expected, against, token } of casesOf(by)) {
    const admitted = admit(token, against)
    // Whether a consent is for the user is known when the user is.
    const isLater = expected === 'consent_other_user'
    expect([one, admitted.ok ? 'accepted' : admitted.code]).toEqual([one, isLater ? 'accepted' : expected])
  }
})

test.each(AXES.issuer)(
  'signed by: %s. Each case of the table, and explained with the same code',
  async (by) => {
    for (const { one, expected, against, token } of casesOf(by)) {
      const explanation = await explain(token, { ...against, name: 'exchange', directory: storage.directory })
      expect([one, explanation.code ?? 'accepted']).toEqual([one, expected])
    }
  },
)

test('the table is complete, and no row of it stands in vain', () => {
  expect(CASES).toHaveLength(4 * 5 * 2 * 3 * 2 * 4)
  const used = new Set(CASES.map((one) => TABLE.find((row) => fits(row, one))))
  expect(used.has(undefined)).toBe(false)
  expect(TABLE.filter((row) => !used.has(row))).toEqual([])
})

test('it is the record of the application that counts, and the token server that stands beside it', () => {
  const partners = [tokenServer({ acceptSids: true, trustLevel: 'Full' }), lyncBehind({ trustLevel: 'User' })]
  const admitted = admit(forUser(issued({ consent: '*' })), situation({ partners }))
  if (!admitted.ok) throw new Error(admitted.code)
  const { partner, issuedBy, consent, application } = admitted.value
  expect([partner.identity, issuedBy?.identity, consent, application]).toEqual([
    ...['Lync', 'TokenServer', '*', undefined],
  ])
  // What the token server may send is no reason to take it from its clients.
  expect(partner.acceptSids).toBe(false)
})

test('administrators tell apart three types of token server', () => {
  expect(AUTH_SERVER_TYPES).toEqual(['MicrosoftACS', 'AzureAD', 'ADFS'])
})

test('what is to be mended of an application that a token server names is mended in its own record', async () => {
  const named = (at: ReturnType<typeof situation>) =>
    explain(issued(), { ...at, name: 'exchange', directory: storage.directory })
  const off = [tokenServer(), lyncBehind({ enabled: false })]
  const any = tokenServer({ application: principal(TOKEN_SERVER.replace(REALM, '*')) })
  for (const [at, check, mend] of [
    [situation({ partners: off }), 'application is enabled', 'partner set Lync --server exchange'],
    [
      situation({ partners: [any, lyncBehind()], formerRealms: [REALM] }),
      'application’s realm was not given up',
      'partner remove Lync --server exchange',
    ],
  ] as const) {
    const failed = (await named(at)).findings.find(({ result }) => result === 'failed')
    expect(failed).toMatchObject({ check, mend: expect.stringContaining(mend) })
  }
})

test('a token server has an id of its own: that of no product', () => {
  expect(refuseAuthServer(principal(TOKEN_SERVER))).toBeUndefined()
  expect(refuseAuthServer(principal(LYNC))).toEqual({
    ok: false,
    code: 'auth_server_id_reserved',
    at: 'applicationIdentifier',
    expected: 'an id of its own',
    seen: LYNC,
  })
})

describe('a refusal says what was expected and what was seen:', () => {
  const about = LYNC.split('@')[0]
  const at = 'nameid'
  const behind = [tokenServer(), lyncBehind()]
  const REFUSED: [code: string, says: object, token: string, partners: Partner[]][] = [
    [
      'auth_server_disabled',
      { at: 'enabled', about: TOKEN_SERVER.split('@')[0], expected: 'true', seen: 'false' },
      issued(),
      [tokenServer({ enabled: false }), lyncBehind()],
    ],
    [
      'partner_uses_auth_server',
      { at: 'iss', about, expected: 'a registered token server', seen: LYNC },
      actor(),
      behind,
    ],
    [
      'auth_server_realm_differs',
      { at, about: STRANGER.split('@')[0], expected: 'litwareinc.com', seen: STRANGER },
      issued({ nameid: STRANGER }),
      behind,
    ],
    [
      'auth_server_realm_differs',
      { at, expected: 'litwareinc.com', seen: 'any' },
      issued({ nameid: 'any' }),
      behind,
    ],
    [
      'auth_server_names_unknown',
      { at, expected: 'a partner application that is registered here', seen: 'any@litwareinc.com' },
      issued({ nameid: 'any@litwareinc.com' }),
      behind,
    ],
    [
      'auth_server_names_unknown',
      { at, about, expected: 'a partner application that is registered here', seen: LYNC },
      issued(),
      [tokenServer()],
    ],
    [
      'auth_server_names_unknown',
      { at, about, expected: 'the application as it is registered here', seen: LYNC },
      issued(),
      [tokenServer(), lyncBehind({ issuer: LYNC.replace('litwareinc', 'LITWAREINC') })],
    ],
    [
      'auth_server_names_unknown',
      { at, about: EXCHANGE.split('@')[0], expected: 'another application than this server', seen: EXCHANGE },
      issued({ nameid: EXCHANGE }),
      [tokenServer(), lyncBehind({ application: principal(EXCHANGE), issuer: EXCHANGE })],
    ],
    [
      'auth_server_not_used',
      { at, about, expected: 'an application that uses a token server', seen: LYNC },
      issued(),
      [tokenServer(), lync()],
    ],
    [
      'partner_disabled',
      { at: 'enabled', about, expected: 'true', seen: 'false' },
      issued(),
      [tokenServer(), lyncBehind({ enabled: false })],
    ],
    [
      'trust_level_forbids_application',
      { at: 'applicationTrustLevel', about, expected: 'Full or Application', seen: 'User' },
      issued({ consent: '*' }),
      [tokenServer(), lyncBehind({ trustLevel: 'User' })],
    ],
  ]
  test.each(REFUSED)('%s, %j', (code, says, token, partners) => {
    expect(admit(token, situation({ partners }))).toEqual({ ok: false, code, ...says })
  })

  test('another token server is no application, nor one that is registered for every realm', () => {
    const named = TOKEN_SERVER
    expect(admit(issued({ nameid: named }), situation({ partners: behind }))).toMatchObject({
      code: 'auth_server_names_unknown',
      expected: 'the application as it is registered here',
    })
    const everywhere = lyncBehind({ application: principal(LYNC.replace('litwareinc.com', '*')) })
    expect(admit(issued(), situation({ partners: [tokenServer(), everywhere] }))).toMatchObject({
      code: 'auth_server_names_unknown',
    })
  })

  test('a consent for another user than the one the token is for', () => {
    const ken = { upn: 'KenMyer@litwareinc.com' }
    expect([undefined, '*', 'kenmyer@LITWAREINC.com'].map((one) => refuseConsent(one, ken))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(refuseConsent('pilar@litwareinc.com', ken)).toEqual({
      ok: false,
      code: 'consent_other_user',
      at: 'consent',
      expected: ken.upn,
      seen: 'pilar@litwareinc.com',
    })
  })
})

describe('the checks about token servers', () => {
  const judge = (token: string, partners: Partner[], change?: SituationChange) => {
    const against = situation({ partners, ...change })
    const evidence: Partial<Evidence> = { token }
    return new Map(
      CHECKS.map(({ name, needs, judge, says }) => {
        // As everywhere: a check is made where what it needs was found.
        if (needs.some((need) => evidence[need] === undefined)) return [name, undefined]
        const holds = judge(evidence, against)
        return [name, { holds, said: says(evidence, against), speaker: evidence.speaker }]
      }),
    )
  }
  const passed = {
    ok: false,
    code: 'auth_server_names_unknown',
    at: 'nameid',
    expected: 'a partner application that uses a token server',
    seen: LYNC,
  }
  const enabled = {
    ok: false,
    code: 'partner_disabled',
    at: 'enabled',
    about: LYNC.split('@')[0],
    expected: 'true',
    seen: 'true',
  }

  test('hold for one that names an application behind it, whose record counts from there on', () => {
    const application = lyncBehind()
    const checks = judge(issued(), [tokenServer(), application])
    expect(checks.get('token server may name this application')).toEqual({
      holds: true,
      said: passed,
      speaker: application,
    })
    expect(checks.get('application is enabled')).toMatchObject({ holds: true, said: enabled })
  })

  test('do not apply to who signs for itself, whose own record counts', () => {
    const partner = lync()
    const checks = judge(actor(), [partner])
    expect(checks.get('partner signs for itself')?.holds).toBe(true)
    const named = checks.get('token server may name this application')
    expect([named?.holds, named?.speaker]).toEqual([undefined, partner])
    expect(checks.get('application is enabled')?.holds).toBeUndefined()
  })

  const ORPHAN = 'application’s realm was not given up'
  const ofAny = tokenServer({ application: principal(TOKEN_SERVER.replace(REALM, '*')) })

  test('tell an application in a realm that was given up, and no other', () => {
    const said = {
      ok: false,
      code: 'issuer_realm_given_up',
      at: 'nameid',
      about: LYNC.split('@')[0],
      expected: `registered in ${REALM}`,
      seen: REALM,
    }
    const given = (...formerRealms: string[]) => judge(issued(), [ofAny, lyncBehind()], { formerRealms })
    expect(given('fabrikam.com', REALM).get(ORPHAN)).toMatchObject({ holds: false, said })
    expect(given('fabrikam.com').get(ORPHAN)).toMatchObject({ holds: true, said })
    expect(admit(issued(), situation({ partners: [ofAny, lyncBehind()], formerRealms: [REALM] }))).toEqual(
      said,
    )
  })

  test('do not ask for its realm where none was given up, or where whoever signed was asked for it', () => {
    expect(judge(issued(), [ofAny, lyncBehind()]).get(ORPHAN)?.holds).toBeUndefined()
    expect(judge(actor(), [lync()], { formerRealms: ['fabrikam.com'] }).get(ORPHAN)?.holds).toBeUndefined()
  })

  test('leave the token server’s own record to count where it names nobody', () => {
    const server = tokenServer()
    const checks = judge(issued({ nameid: STRANGER }), [server])
    expect(checks.get('token server may name this application')).toMatchObject({
      holds: false,
      speaker: server,
    })
  })
})

test('what is admitted says who issued the token, and the consent where one was needed', () => {
  const admitted = (token: string, ...partners: Partner[]) => {
    const outcome = admit(token, situation({ partners }))
    if (!outcome.ok) throw new Error(outcome.code)
    const { partner, expiresAt: _, user: __, ...more } = outcome.value
    return [partner.trustLevel, more]
  }
  const server = tokenServer()
  const consented = issued({ consent: 'kenmyer@litwareinc.com' })
  expect(admitted(consented, server, lyncBehind({ trustLevel: 'Full' }))).toStrictEqual([
    'Full',
    { issuedBy: server },
  ])
  expect(admitted(forUser(consented), server, lyncBehind({ trustLevel: 'User' }))).toStrictEqual([
    'User',
    { issuedBy: server, consent: 'kenmyer@litwareinc.com' },
  ])
  expect(admitted(issued(), server, lyncBehind({ trustLevel: 'Application' }))).toStrictEqual([
    'Application',
    { issuedBy: server },
  ])
  expect(admitted(actor({ consent: '*' }), lync())).toStrictEqual(['Full', {}])
})
