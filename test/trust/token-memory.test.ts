/** What is remembered of tokens changes how long admission takes, and never what comes of it. */
import * as fc from 'fast-check'
import type { Thumbprint } from '../../src/protocol/ids.ts'
import { admit } from '../../src/trust/admit.ts'
import type { Situation } from '../../src/trust/checks.ts'
import type { Partner } from '../../src/trust/partner.ts'
import { markOf, openDoor, openTokenMemory, type TokenMemory } from '../../src/trust/token-memory.ts'
import {
  actor,
  certificateOf,
  EXCHANGE,
  forUser,
  identity,
  KEYS,
  lync,
  NOW,
  partsOf,
  principal,
  SKEW,
  STRANGER,
  situation,
} from '../support/tokens.ts'
import { issued, lyncBehind, tokenServer } from '../vectors/auth-servers.ts'
import { VECTORS } from '../vectors/vectors.ts'

const ACTOR = actor()
const TOKEN = forUser(ACTOR)

/** How a token comes for the third time: remembered, if it is one to be remembered. */
function seenTwice(token: string, against: Situation, memory: TokenMemory): void {
  for (let times = 0; times < 2; times++) admit(token, { ...against, memory })
}

describe('a token', () => {
  test('is kept when it comes for the second time, and its actor token with it', () => {
    const memory = openTokenMemory()
    const against = { ...situation(), memory }
    const sizes = [1, 2, 3].map(() => {
      expect(admit(TOKEN, against).ok).toBe(true)
      const { tokens, actors } = memory.size()
      return [tokens.entries, actors.entries]
    })
    expect(sizes).toEqual([
      [0, 0],
      [1, 1],
      [1, 1],
    ])
  })

  test('that comes once is not kept, while the actor token in it is', () => {
    const memory = openTokenMemory()
    for (let n = 0; n < 50; n++)
      expect(admit(forUser(ACTOR, { iat: n }), { ...situation(), memory }).ok).toBe(true)
    expect(memory.size()).toMatchObject({ tokens: { entries: 0 }, actors: { entries: 1 } })
  })

  test('that is refused is never kept, however often it comes', () => {
    const memory = openTokenMemory()
    for (const { token, against } of VECTORS.filter(({ expect }) => expect !== 'accepted'))
      for (let times = 0; times < 3; times++) admit(token, { ...situation(against), memory })
    expect(memory.size()).toEqual({
      tokens: { entries: 0, bytes: 0 },
      actors: { entries: 0, bytes: 0 },
    })
  })

  test('that was not opened with the key asked for last is not kept', () => {
    const memory = openTokenMemory()
    const read = memory.read(TOKEN)
    if (!read.ok) throw new Error(read.code)
    for (let times = 0; times < 3; times++) {
      read.value.keep()
      expect(read.value.open(KEYS.partner.publicKey).ok).toBe(true)
      expect(read.value.open(KEYS.stranger.publicKey).ok).toBe(false)
      read.value.keep()
    }
    expect(memory.size().tokens.entries).toBe(0)
  })

  test.each(VECTORS.map((vector) => [vector.id, vector] as const))(
    'reads the same with a memory as without one: %s',
    (_, { token, against }) => {
      const memory = openTokenMemory()
      const judged = situation(against)
      const plain = admit(token, judged)
      for (let times = 0; times < 4; times++) expect(admit(token, { ...judged, memory })).toEqual(plain)
    },
  )
})

describe('the marks of what was here', () => {
  const mark = fc.integer({ min: 0, max: 2 ** 32 - 1 })

  test('are found again, until all are forgotten to make room', () => {
    void fc.assert(
      fc.property(fc.uniqueArray(mark, { minLength: 1, maxLength: 30 }), (marks) => {
        const door = openDoor(10)
        marks.forEach((one, at) => {
          door.note(one)
          const kept = marks.slice(at - (at % 10), at + 1)
          expect(kept.every((before) => door.wasHere(before))).toBe(true)
        })
      }),
      { seed: 20_261_121 },
    )
  })

  test('are not found before, and not after', () => {
    const door = openDoor(2)
    expect([1, 8, 2 ** 32 - 1].map(door.wasHere)).toEqual([false, false, false])
    for (const one of [1, 8, 2 ** 32 - 1]) door.note(one)
    expect([0, 1, 8, 9, 2 ** 32 - 1].map(door.wasHere)).toEqual([false, false, false, false, true])
  })

  test('are 131,072 before all are forgotten', () => {
    const door = openDoor()
    for (let mark = 0; mark < 131_072; mark++) door.note(mark)
    expect(door.wasHere(0)).toBe(true)
    door.note(131_072)
    expect([0, 131_072].map(door.wasHere)).toEqual([false, true])
  })

  test('are no names: of two tokens that share one, each is judged by its own text', () => {
    const filled = (number: number, inner = ACTOR) => forUser(inner, { a: 'x'.repeat(800), number })
    const [one, other] = [filled(1), filled(2)]
    const forged = filled(1, `${ACTOR.slice(0, -80)}${ACTOR.at(-80) === 'A' ? 'B' : 'A'}${ACTOR.slice(-79)}`)
    expect([other, forged].map(markOf)).toEqual([markOf(one), markOf(one)])
    const memory = openTokenMemory()
    for (const token of [one, one, one, other, forged, one, forged, other, other, one])
      expect(admit(token, { ...situation(), memory })).toEqual(admit(token, situation()))
    expect(admit(forged, situation()).ok).toBe(false)
    expect(memory.size().tokens.entries).toBe(1)
  })

  test('differ where claims do, and where signatures do', () => {
    const actors = [1, 2].map((iat) => actor({ iat }))
    const tokens = [1, 2, 3].flatMap((iat) => actors.map((inner) => forUser(inner, { iat })))
    expect(new Set([...actors, ...tokens].map(markOf)).size).toBe(8)
  })
})

describe('what is remembered', () => {
  const memory = openTokenMemory()
  beforeAll(() => seenTwice(TOKEN, situation(), memory))
  const [head, body, signature] = partsOf(ACTOR)

  test('is of this signature alone: another over the same claims is refused', () => {
    const forged = `${head}.${body}.${partsOf(actor({ iat: 1 }))[2]}`
    expect(admit(forUser(forged), { ...situation(), memory })).toMatchObject({ code: 'bad_signature' })
  })

  test('is of these claims alone: others under the same signature are refused', () => {
    const forged = `${head}.${partsOf(actor({ trustedfordelegation: true }))[1]}.${signature}`
    expect(admit(forUser(forged), { ...situation(), memory })).toMatchObject({ code: 'bad_signature' })
  })

  test('is of one spelling alone', () => {
    const other = `${head}.${body}.${signature}=`
    expect(admit(forUser(other), { ...situation(), memory })).toMatchObject({ code: 'token_not_jwt' })
  })

  test('does not vouch for the user token around it', () => {
    const wrong = { iss: STRANGER }
    expect(admit(forUser(ACTOR, wrong), { ...situation(), memory })).toMatchObject({
      code: 'outer_issuer_mismatch',
    })
    expect(admit(forUser(ACTOR, { nbf: 'soon' }), { ...situation(), memory })).toMatchObject({
      code: 'time_malformed',
    })
  })

  test('counts for the key that it was proven with: where a name means another key now, it is calculated again', () => {
    const { publicKey } = KEYS.stranger
    const renamed = lync({ certificates: [{ ...certificateOf(KEYS.partner), publicKey }] })
    for (const token of [TOKEN, forUser(ACTOR, { iat: 2 })])
      expect(admit(token, { ...situation({ partners: [renamed] }), memory })).toMatchObject({
        code: 'bad_signature',
      })
    expect(admit(TOKEN, { ...situation(), memory }).ok).toBe(true)
  })

  test('is proven anew for a registration that was made anew, and once where it is asked for by several', () => {
    const { publicKey } = KEYS.partner
    const certificates = [{ ...certificateOf(KEYS.partner), publicKey }]
    const again = situation({ partners: [lync({ certificates })] })
    const [first, second] = [1, 2].map(() => memory.read(TOKEN))
    expect(admit(TOKEN, { ...again, memory }, first).ok).toBe(true)
    expect(admit(TOKEN, { ...again, memory }, second).ok).toBe(true)
    const [third, fourth] = [1, 2].map(() => memory.read(TOKEN))
    if (third?.ok !== true || fourth?.ok !== true) throw new Error('a good token is not read')
    expect(third.value.open(publicKey)).toBe(fourth.value.open(publicKey))
  })

  test('of a verdict ends with the allowance for clocks and keys that it was reached by, in the same second', () => {
    const source = { kind: 'metadata', url: 'https://lync.litwareinc.com/metadata/json/1' } as const
    const partners = [lync({ source, refreshedAt: NOW - 3_000 })]
    const late = situation({ partners, now: NOW + 250 })
    const against = { ...late, memory: openTokenMemory() }
    const token = forUser(ACTOR, { exp: `${NOW + 50}` })
    for (let times = 0; times < 3; times++) expect(admit(token, against).ok).toBe(true)
    expect(admit(token, { ...against, skew: 199 })).toMatchObject({ code: 'token_expired' })
    expect(admit(token, { ...against, keysGoodFor: 3_000 })).toMatchObject({ code: 'keys_stale' })
    expect(admit(token, against).ok).toBe(true)
  })

  test('of a broker’s word ends when an application of that name is registered, in the same second', () => {
    const brokered = '11111111-2222-4333-8444-555555555555@litwareinc.com'
    const broker = lync({ isTrustBroker: true })
    const token = actor({ nameid: brokered })
    const against = { ...situation({ partners: [broker] }), memory: openTokenMemory() }
    for (let times = 0; times < 3; times++) expect(admit(token, against).ok).toBe(true)
    expect(admit(token, { ...against, isRegistered: () => true })).toMatchObject({
      code: 'brokered_name_registered',
    })
  })

  test('stays within its bounds, and what no longer fits is read again', () => {
    const bounds = { entries: 8, bytes: 20_000 }
    const small = openTokenMemory(bounds)
    for (let n = 0; n < 40; n++) seenTwice(forUser(actor({ iat: n })), situation(), small)
    for (const { entries, bytes } of Object.values(small.size())) {
      expect(entries).toBeGreaterThan(0)
      expect(entries).toBeLessThanOrEqual(bounds.entries)
      expect(bytes).toBeLessThanOrEqual(bounds.bytes)
    }
    expect(admit(forUser(actor({ iat: 0 })), { ...situation(), memory: small }).ok).toBe(true)
  })
})

describe('what is remembered is handed out as it is, not read anew:', () => {
  const { publicKey: key } = certificateOf(KEYS.partner)
  const opened = (memory: TokenMemory, token: string) => {
    const read = memory.read(token)
    const outcome = read.ok ? read.value.open(key) : read
    if (!outcome.ok) throw new Error(outcome.code)
    return outcome
  }

  test('a token that came twice', () => {
    const memory = openTokenMemory()
    admit(TOKEN, { ...situation(), memory })
    expect(opened(memory, TOKEN)).not.toBe(opened(memory, TOKEN))
    admit(TOKEN, { ...situation(), memory })
    expect(opened(memory, TOKEN)).toBe(opened(memory, TOKEN))
  })

  test('a token whose key was read anew, from the first time on', () => {
    const memory = openTokenMemory()
    for (let times = 0; times < 2; times++) admit(TOKEN, { ...situation(), memory })
    const { publicKey } = KEYS.partner
    const again = lync({ certificates: [{ ...certificateOf(KEYS.partner), publicKey }] })
    const open = () => {
      const read = memory.read(TOKEN)
      return read.ok && read.value.open(publicKey)
    }
    expect(open()).not.toBe(open())
    expect(admit(TOKEN, { ...situation({ partners: [again] }), memory }).ok).toBe(true)
    expect(open()).toBe(open())
  })

  test('with room reckoned for its text and what stands around it', () => {
    const memory = openTokenMemory()
    for (let times = 0; times < 2; times++) admit(TOKEN, { ...situation(), memory })
    const sizeOf = (text: string, around: number) => ({ entries: 1, bytes: text.length + around })
    expect(memory.size()).toEqual({ tokens: sizeOf(TOKEN, 4_000), actors: sizeOf(ACTOR, 1_000) })
  })

  test('its actor token, in another token', () => {
    const memory = openTokenMemory()
    const [first, second] = [1, 2].map((iat) => forUser(ACTOR, { iat })) as [string, string]
    admit(TOKEN, { ...situation(), memory })
    expect(opened(memory, first).value.actor).not.toBe(opened(memory, second).value.actor)
    admit(TOKEN, { ...situation(), memory })
    expect(opened(memory, first).value.actor).toBe(opened(memory, second).value.actor)
    expect(opened(memory, first).value.user).not.toBe(opened(memory, second).value.user)
  })

  test('the verdict, within one second and against the same registrations', () => {
    const against = { ...situation({ partners: [lync()] }), memory: openTokenMemory() }
    const admitted = (change: Partial<Situation> = {}) => {
      const outcome = admit(TOKEN, { ...against, ...change })
      return outcome.ok && outcome.value
    }
    admitted()
    const [second, third] = [admitted(), admitted()]
    expect(third).toBe(second)
    const later = admitted({ now: NOW + 1 })
    expect(later).not.toBe(second)
    expect(later).toEqual(second)
    const otherwise = [
      { self: identity() },
      { formerRealms: ['fabrikam.com'] },
      { skew: SKEW - 1 },
      { keysGoodFor: 86_400 },
      { partnerOf: () => lync() },
    ]
    for (const change of otherwise) {
      const before = admitted()
      const anew = admitted(change)
      expect([Object.keys(change), anew === before]).toEqual([Object.keys(change), false])
      expect(anew).toEqual(before)
    }
  })

  test('a token that reads wrong is told so each time, and how much is kept is not', () => {
    const memory = openTokenMemory()
    expect([1, 2].map(() => memory.read('a'))).toMatchObject([
      { code: 'token_not_jwt' },
      { code: 'token_not_jwt' },
    ])
    expect(memory.size()).toEqual({ tokens: { entries: 0, bytes: 0 }, actors: { entries: 0, bytes: 0 } })
  })
})

describe('whatever happens between two calls', () => {
  interface World {
    partner: Partner | undefined
    /** A token server, and the application that it names. */
    tokenServer: Partner | undefined
    speaker: Partner | undefined
    situation: Omit<Situation, 'partnerOf' | 'isRegistered'>
  }
  type Step = (world: World) => void

  const NAMED = '11111111-2222-4333-8444-555555555555@litwareinc.com'
  const named = (change: Partial<Partner> = {}) =>
    lyncBehind({ identity: 'Named', application: principal(NAMED), issuer: NAMED, ...change })

  const TOKENS = [
    TOKEN,
    issued({ nameid: NAMED, trustedfordelegation: 'false' }),
    forUser(issued({ nameid: NAMED }), { iss: NAMED }),
    forUser(issued({ nameid: NAMED, consent: '*' }), { iss: NAMED }),
    forUser(ACTOR, { iat: 1 }),
    actor({ trustedfordelegation: undefined }),
    forUser(actor({}, {}, KEYS.partnerNext)),
    forUser(actor({ exp: `${NOW + 100}` })),
    forUser(ACTOR, { exp: `${NOW + 50}` }),
    forUser(actor({ nbf: `${NOW - 10}` })),
    forUser(`${ACTOR.slice(0, -4)}AAAA`),
  ]
  const certificates = {
    one: () => [certificateOf(KEYS.partner)],
    next: () => [certificateOf(KEYS.partnerNext)],
    both: () => [certificateOf(KEYS.partner), certificateOf(KEYS.partnerNext)],
    expired: () => [certificateOf(KEYS.partnerExpired)],
  }
  const change = (part: Partial<Partner>): Step => {
    return (world) => {
      if (world.partner !== undefined) world.partner = { ...world.partner, ...part }
    }
  }
  const here = (part: Partial<World['situation']>): Step => {
    return (world) => {
      world.situation = { ...world.situation, ...part }
    }
  }
  const steps: Record<string, fc.Arbitrary<Step>> = {
    disable: fc.constant(change({ enabled: false })),
    enable: fc.constant(change({ enabled: true })),
    revoke: fc
      .constantFrom('partner', 'partnerNext')
      .map((key) => change({ revokedKeys: [KEYS[key as 'partner'].x5t as Thumbprint] })),
    keys: fc.constantFrom(...Object.values(certificates)).map(
      (make): Step =>
        (world) =>
          change({ certificates: make() })(world),
    ),
    trust: fc
      .constantFrom('Full', 'Application', 'User')
      .map((trustLevel) => change({ trustLevel: trustLevel as Partner['trustLevel'] })),
    stale: fc.constantFrom(NOW, NOW - 10 * 86_400).map((refreshedAt) =>
      change({
        source: { kind: 'metadata', url: 'https://lync.litwareinc.com/metadata/json/1' },
        refreshedAt,
      }),
    ),
    remove: fc.constant<Step>((world) => {
      world.partner = undefined
    }),
    register: fc.constant<Step>((world) => {
      world.partner = lync()
    }),
    speaker: fc
      .constantFrom<Partial<Partner>[]>(
        {},
        { enabled: false },
        { trustLevel: 'Application' },
        { trustLevel: 'User' },
        { source: { kind: 'certificate' } },
      )
      .map(
        (part): Step =>
          (world) => {
            world.speaker = named(part)
          },
      ),
    'no speaker': fc.constant<Step>((world) => {
      world.speaker = undefined
    }),
    'token server': fc.constantFrom(tokenServer(), tokenServer({ enabled: false }), undefined).map(
      (server): Step =>
        (world) => {
          world.tokenServer = server
        },
    ),
    clock: fc
      .oneof(
        fc.integer({ min: -30, max: 200 }),
        fc.constantFrom(-40 * 366 * 86_400, -86_400, SKEW + 50, SKEW + 51, SKEW + 101, 3 * 366 * 86_400),
      )
      .map((seconds) => here({ now: NOW + seconds })),
    skew: fc.constantFrom(0, SKEW).map((skew) => here({ skew })),
    realm: fc
      .constantFrom(EXCHANGE, EXCHANGE.replace('litwareinc', 'fabrikam'))
      .map((name) => here({ self: identity({ application: principal(name) }) })),
    host: fc
      .constantFrom('exchange.litwareinc.com', 'mail.litwareinc.com')
      .map((host) => here({ self: identity({ hosts: [host] }) })),
    'own key': fc
      .constantFrom(KEYS.partner, KEYS.self)
      .map((key) => here({ self: identity({ certificate: certificateOf(key) }) })),
    'former realms': fc
      .constantFrom([], ['litwareinc.com'], ['fabrikam.com'])
      .map((formerRealms) => here({ formerRealms })),
    'keys good for': fc.constantFrom(86_400, 30 * 86_400).map((keysGoodFor) => here({ keysGoodFor })),
    nothing: fc.constant(() => undefined),
  }
  const walk = fc.array(
    fc.constantFrom(...Object.keys(steps)).chain((name) => steps[name]!.map((step) => ({ name, step }))),
    { minLength: 1, maxLength: 40 },
  )

  test('a token that is remembered is judged as one that was never seen', () => {
    const seen = { accepted: 0, refused: 0, issued: 0 }
    const judgeAll = (world: World, memory: TokenMemory) => {
      const partners = [world.partner, world.tokenServer, world.speaker].filter((one) => one !== undefined)
      const against: Situation = {
        ...world.situation,
        partnerOf: (issuer) => partners.find((one) => one.issuer === issuer),
        isRegistered: (appId) => partners.some(({ application }) => application.appId === appId),
      }
      for (const token of TOKENS) {
        const plain = admit(token, against)
        const remembered = admit(token, { ...against, memory })
        expect(remembered).toEqual(plain)
        if (plain.ok && remembered.ok) {
          expect(remembered.value.partner).toBe(plain.value.partner)
          expect(remembered.value.issuedBy).toBe(plain.value.issuedBy)
          if (plain.value.issuedBy !== undefined) seen.issued++
        }
        seen[plain.ok ? 'accepted' : 'refused']++
      }
    }
    void fc.assert(
      fc.property(walk, (walked) => {
        const memory = openTokenMemory()
        const world: World = {
          ...{ partner: lync(), tokenServer: tokenServer(), speaker: named() },
          situation: { self: identity(), now: NOW, skew: SKEW },
        }
        for (const { step } of [{ step: () => undefined }, { step: () => undefined }, ...walked]) {
          step(world)
          judgeAll(world, memory)
        }
      }),
      { numRuns: 60, seed: 20_261_121 },
    )
    expect(seen.accepted).toBeGreaterThan(1_000)
    expect(seen.refused).toBeGreaterThan(1_000)
    expect(seen.issued).toBeGreaterThan(300)
  })
})
