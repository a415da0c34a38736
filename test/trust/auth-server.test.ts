/** Whose actor token counts for which application: every issuer, registration, realm, level, need and consent. */
import { openMemory } from '../../src/storage/sqlite.ts'
import { admit } from '../../src/trust/admit.ts'
import { refuseAuthServer } from '../../src/trust/auth-server.ts'
import { explain } from '../../src/trust/explain.ts'
import { type Partner, TRUST_LEVELS } from '../../src/trust/partner.ts'
import { actor, forUser, KEN_MYER, LYNC, lync, principal, STRANGER, situation } from '../support/tokens.ts'
import { issued, lyncBehind, TOKEN_SERVER, tokenServer } from '../vectors/auth-servers.ts'

const REALM = 'litwareinc.com'
const storage = await openMemory()
afterAll(() => storage.close())
await storage.directory.add(KEN_MYER)

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

test.each(AXES.issuer)(
  'signed by: %s. Each case of the table, and explained with the same code',
  async (by) => {
    for (const one of CASES.filter(({ issuer }) => issuer === by)) {
      const expected = TABLE.find((row) => fits(row, one))?.[1]
      const former = one.registered === 'as an orphan' ? { formerRealms: [REALM] } : {}
      const against = situation({ partners: partnersOf(one), ...former })
      const token = tokenOf(one)
      const explanation = await explain(token, { ...against, name: 'exchange', directory: storage.directory })
      expect([one, explanation.code ?? 'accepted']).toEqual([one, expected])
      const admitted = admit(token, against)
      // Whether a consent is for the user is known when the user is.
      const isLater = expected === 'consent_other_user'
      expect([one, admitted.ok ? 'accepted' : admitted.code]).toEqual([one, isLater ? 'accepted' : expected])
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
  expect(refuseAuthServer(principal(LYNC))).toMatchObject({ code: 'auth_server_id_reserved' })
})
