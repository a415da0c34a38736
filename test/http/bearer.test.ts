/** What is remembered between two calls changes how long the next takes, and never what comes of it, nor what is recorded. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import * as fc from 'fast-check'
import { type Asked, admitRequest, type Gate } from '../../src/http/bearer.ts'
import type { Outcome } from '../../src/protocol/outcome.ts'
import { openMemory } from '../../src/storage/sqlite.ts'
import type { AuditEvent } from '../../src/trust/audit-record.ts'
import type { TokenCaller, UserDirectory } from '../../src/trust/caller.ts'
import type { Situation } from '../../src/trust/checks.ts'
import type { User } from '../../src/trust/directory.ts'
import type { Partner } from '../../src/trust/partner.ts'
import { openTokenMemory } from '../../src/trust/token-memory.ts'
import { ANNE, directoryOf, KEN, naming, TOKEN } from '../support/directory.ts'
import {
  actor,
  certificateOf,
  EXCHANGE,
  identity,
  KEYS,
  lync,
  NOW,
  principal,
  SKEW,
  situation,
} from '../support/tokens.ts'
import { issued, lyncBehind, tokenServer } from '../vectors/auth-servers.ts'

const ASKED: Asked = { requestId: 'a request', through: 'GET /ews/exchange.asmx' }

/** A request with nothing but these headers, each a name and a value. */
function requestOver(socket: Socket, ...headers: [string, string][]): IncomingMessage {
  return { socket, rawHeaders: [['Host', 'exchange'], ...headers].flat() } as unknown as IncomingMessage
}

const bearing = (token: string): [string, string] => ['Authorization', `Bearer ${token}`]

interface Watched {
  readonly gate: Gate
  readonly events: AuditEvent[]
  readonly decided: string[]
}

/** A gate whose record is a list. `situationNow` is asked each time. */
function gateOf(directory: UserDirectory, situationNow: () => Situation): Watched {
  const events: AuditEvent[] = []
  const decided: string[] = []
  const gate: Gate = {
    name: 'exchange',
    directory,
    log: { record: (event) => events.push(event), mayExplain: () => false },
    situation: situationNow,
    learn: async () => false,
    stopwatch: () => 0,
    decided: (decision) => decided.push('code' in decision ? decision.code : decision.partner.issuer),
  }
  return { gate, events, decided }
}

async function codeOf(outcome: Outcome<TokenCaller> | Promise<Outcome<TokenCaller>>): Promise<string> {
  const settled = await outcome
  return settled.ok ? (settled.value.user?.upn ?? 'itself') : settled.code
}

describe('a token that came before', () => {
  const open = (directory = directoryOf(KEN)) => {
    const world = { self: identity(), partner: lync(), now: NOW, memory: openTokenMemory() }
    const situationNow = (): Situation => ({
      ...situation({ partners: [world.partner], now: world.now }),
      self: world.self,
      memory: world.memory,
    })
    const watched = gateOf(directory, situationNow)
    const socket = new Socket()
    const show = (token: string, over = socket) =>
      admitRequest(requestOver(over, bearing(token)), watched.gate, ASKED)
    return { ...watched, world, directory, socket, situationNow, show }
  }
  const warm = async (opened: ReturnType<typeof open>, token = TOKEN) => {
    for (let times = 0; times < 3; times++) await opened.show(token)
    expect(opened.show(token)).not.toBeInstanceOf(Promise)
  }

  test('is answered at once, over this connection and others, without a look for its user', async () => {
    const opened = open()
    await warm(opened)
    // A token is kept from the second time on that it is read, and a connection reads it once.
    for (let times = 0; times < 2; times++) await opened.show(TOKEN, new Socket())
    const { looks } = opened.directory
    for (const socket of [opened.socket, new Socket(), new Socket()]) {
      const answer = opened.show(TOKEN, socket)
      expect(answer).not.toBeInstanceOf(Promise)
      expect(await answer).toEqual({ ok: true, value: { partner: opened.world.partner, user: KEN } })
    }
    expect(opened.directory.looks).toBe(looks)
  })

  test('is judged again when the second is another, and its user is not looked for again', async () => {
    const opened = open()
    await warm(opened)
    const { looks } = opened.directory
    opened.world.now += 1
    expect(opened.show(TOKEN)).toMatchObject({ ok: true, value: { user: KEN } })
    expect(opened.directory.looks).toBe(looks)
    opened.world.now += 4_000
    expect(await codeOf(opened.show(TOKEN))).toBe('token_expired')
  })

  test.each<[string, number]>([
    ['in the same second', 0],
    ['in another', 1],
  ])('is of no user that was disabled, renamed or removed since, %s', async (_, later) => {
    const opened = open()
    const changes: [User[], string][] = [
      [[{ ...KEN, enabled: false }], 'user_disabled'],
      [[{ ...KEN, upn: 'ken@litwareinc.com' }], 'ken@litwareinc.com'],
      [[KEN, { ...ANNE, smtp: KEN.smtp! }], 'user_ambiguous'],
      [[], 'user_unknown'],
    ]
    for (const [users, code] of changes) {
      opened.directory.change(KEN)
      await warm(opened)
      opened.world.now += later
      opened.directory.change(...users)
      for (let times = 0; times < 2; times++) expect(await codeOf(opened.show(TOKEN))).toBe(code)
    }
  })

  test('is looked for each time where the directory cannot tell whether it changed', async () => {
    const opened = open()
    await warm(opened)
    opened.directory.version = () => undefined
    const { looks } = opened.directory
    for (let times = 1; times <= 3; times++) {
      expect(await codeOf(opened.show(TOKEN))).toBe(KEN.upn)
      expect(opened.directory.looks).toBe(looks + 2 * times)
    }
    opened.directory.users = []
    expect(await codeOf(opened.show(TOKEN))).toBe('user_unknown')
  })

  test('is not of the user whom a look found that began before a change and ended after it', async () => {
    const opened = open()
    await warm(opened)
    const { find } = opened.directory
    let answerWith = (_: User[]) => {}
    const found = new Promise<User[]>((resolve) => {
      answerWith = resolve
    })
    opened.directory.change(KEN)
    opened.directory.find = () => found
    const overlapping = opened.show(TOKEN)
    opened.directory.change({ ...KEN, enabled: false })
    opened.directory.find = find
    answerWith([KEN])
    await overlapping
    for (let times = 0; times < 2; times++) expect(await codeOf(opened.show(TOKEN))).toBe('user_disabled')
  })

  test('is of no user by its SID once its partner’s SIDs are not accepted, however often it comes', async () => {
    const opened = open()
    opened.world.partner = lync({ acceptSids: true })
    const bySid = naming({ nameid: KEN.sid })
    await warm(opened, bySid)
    opened.world.now += 1
    opened.world.partner = lync({ acceptSids: false })
    for (let times = 0; times < 3; times++)
      expect(await codeOf(opened.show(bySid))).toBe('user_sid_not_accepted')
    opened.world.partner = lync({ acceptSids: true })
    expect(await codeOf(opened.show(bySid))).toBe(KEN.upn)
  })

  test.each<[string, number]>([
    ['in the same second', 0],
    ['in another', 1],
  ])('is looked for in the directory of the gate that it is shown to, %s', async (_, later) => {
    const opened = open()
    await warm(opened)
    opened.world.now += later
    const other = directoryOf(ANNE)
    other.number = opened.directory.number
    const { gate } = gateOf(other, opened.situationNow)
    const answer = admitRequest(requestOver(opened.socket, bearing(TOKEN)), gate, ASKED)
    expect(await codeOf(answer)).toBe('user_unknown')
  })

  test('is read anew at a gate without a memory, or with another, over the same connection', async () => {
    const opened = open()
    await warm(opened)
    const memories = [undefined, openTokenMemory()]
    for (const memory of memories) {
      const { looks } = opened.directory
      const { memory: _, ...judged } = opened.situationNow()
      const { gate } = gateOf(opened.directory, () => ({ ...judged, ...(memory && { memory }) }))
      const answer = admitRequest(requestOver(opened.socket, bearing(TOKEN)), gate, ASKED)
      expect(await codeOf(answer)).toBe(KEN.upn)
      expect(opened.directory.looks).toBe(looks + 2)
    }
  })

  test('is recorded each time with the hash of its own text', async () => {
    const opened = open()
    const other = naming({ upn: KEN.upn, iat: 1 })
    for (let times = 0; times < 4; times++) for (const token of [TOKEN, other]) await opened.show(token)
    const hashes = [TOKEN, other].map((token) => createHash('sha256').update(token).digest('hex'))
    expect(opened.events).toEqual(
      Array.from({ length: 8 }, (_, at) => ({
        kind: 'admitted',
        ...ASKED,
        tokenHash: hashes[at % 2],
        partner: opened.world.partner.issuer,
        user: KEN.upn,
      })),
    )
    expect(opened.decided).toEqual(opened.events.map(({ partner }) => partner))
  })
})

test('a gate that nobody listens to decides the same, and measures nothing', async () => {
  const against = { ...situation({ partners: [lync()] }), memory: openTokenMemory() }
  const { log: _, decided: __, ...silent } = gateOf(directoryOf(KEN), () => against).gate
  const stopwatch = () => {
    throw new Error('it was looked at')
  }
  const ask = (...headers: [string, string][]) =>
    codeOf(admitRequest(requestOver(new Socket(), ...headers), { ...silent, stopwatch }, ASKED))
  for (let times = 0; times < 3; times++) {
    expect(await ask(bearing(TOKEN))).toBe(KEN.upn)
    expect(await ask(bearing(naming({ upn: ANNE.upn })))).toBe('user_unknown')
    expect(await ask(bearing(TOKEN), bearing(TOKEN))).toBe('several_credentials')
    expect(await ask(bearing('a'))).toBe('token_not_jwt')
  }
})

describe('an Authorization header', () => {
  const spellings: [string, string, string][] = [
    ['in the scheme’s own letters', `Bearer ${TOKEN}`, KEN.upn],
    ['in small letters', `bearer ${TOKEN}`, KEN.upn],
    ['in any letters', `bEaReR ${TOKEN}`, KEN.upn],
    ['of nothing', '', 'no_token'],
    ['of a scheme alone', 'Bearer', 'no_token'],
    ['of a scheme and spaces', 'Bearer   ', 'no_token'],
    ['of a scheme and a tab', 'Bearer \t', 'no_token'],
    ['of another scheme', `Basic ${TOKEN}`, 'no_token'],
    ['of a longer scheme', `Bearers ${TOKEN}`, 'no_token'],
    ['of a shorter scheme', `Beare ${TOKEN}`, 'no_token'],
    ['with a tab after its scheme', `Bearer\t${TOKEN}`, 'no_token'],
    ['with a space before its scheme', ` Bearer ${TOKEN}`, 'no_token'],
    ['with two spaces', `Bearer  ${TOKEN}`, 'token_not_jwt'],
    ['with a space after its token', `Bearer ${TOKEN} `, 'token_not_jwt'],
    ['of two tokens', `Bearer ${TOKEN} ${TOKEN}`, 'token_not_jwt'],
    ['of a token alone', TOKEN, 'no_token'],
  ]
  const against = situation()

  test.each(spellings)('%s', async (_, header, code) => {
    const { gate, events } = gateOf(directoryOf(KEN), () => against)
    const answer = admitRequest(requestOver(new Socket(), ['authorization', header]), gate, ASKED)
    expect(await codeOf(answer)).toBe(code)
    expect(events).toHaveLength(code === 'no_token' ? 0 : 1)
  })

  test('is one header, its name in any letters', async () => {
    const { gate } = gateOf(directoryOf(KEN), () => against)
    const ask = (...names: string[]) => {
      const headers = names.map((name): [string, string] => [name, `Bearer ${TOKEN}`])
      return codeOf(admitRequest(requestOver(new Socket(), ...headers), gate, ASKED))
    }
    for (const name of ['authorization', 'Authorization', 'AUTHORIZATION', 'aUTHORIZATION'])
      expect(await ask(name)).toBe(KEN.upn)
    expect(await ask('authorization2')).toBe('no_token')
    expect(await ask('Authorizatio_')).toBe('no_token')
    for (const names of [
      ['authorization', 'Authorization'],
      ['Authorization', 'x', 'AUTHORIZATION'],
    ])
      expect(await ask(...names)).toBe('several_credentials')
  })

  test('that comes three times is refused, and said to be three', async () => {
    const { gate } = gateOf(directoryOf(KEN), () => against)
    const three = [1, 2, 3].map((): [string, string] => bearing(TOKEN))
    expect(await admitRequest(requestOver(new Socket(), ...three), gate, ASKED)).toEqual({
      ...{ ok: false, code: 'several_credentials', at: 'Authorization', expected: 'one', seen: '3' },
    })
  })
})

describe('whatever happens between two calls', () => {
  const NAMED = '11111111-2222-4333-8444-555555555555@litwareinc.com'
  const BROKERED = '22222222-2222-4333-8444-555555555555@litwareinc.com'
  const named = (change: Partial<Partner> = {}) =>
    lyncBehind({ identity: 'Named', application: principal(NAMED), issuer: NAMED, ...change })
  const asNamed = (claims: Record<string, unknown>) =>
    naming({ iss: NAMED, upn: KEN.upn }, issued({ nameid: NAMED, ...claims }))

  const TOKENS = [
    TOKEN,
    naming({ smtp: KEN.smtp }),
    naming({ nameid: KEN.sid, upn: KEN.upn }),
    naming({ nameid: KEN.sid, upn: ANNE.upn }),
    naming({ upn: ANNE.upn }),
    naming({ upn: 'ken@litwareinc.com' }),
    actor({ trustedfordelegation: undefined }),
    actor({ nameid: BROKERED, trustedfordelegation: undefined }),
    naming({ upn: KEN.upn }, actor({ exp: `${NOW + 100}` })),
    issued({ nameid: NAMED, trustedfordelegation: 'false' }),
    asNamed({}),
    asNamed({ consent: '*' }),
    asNamed({ consent: KEN.upn }),
    asNamed({ consent: ANNE.upn }),
    naming({ upn: KEN.upn }, `${actor().slice(0, -4)}AAAA`),
  ]

  interface World {
    users: User[]
    partner: Partner | undefined
    tokenServer: Partner | undefined
    speaker: Partner | undefined
    self: Situation['self']
    formerRealms: readonly string[]
    now: number
  }
  const startWorld = (): World => ({
    ...{ users: [KEN, ANNE], partner: lync(), tokenServer: tokenServer(), speaker: named() },
    ...{ self: identity(), formerRealms: [], now: NOW },
  })
  type Step = (world: World) => void
  const set =
    (change: Partial<World>): Step =>
    (world) =>
      void Object.assign(world, change)
  const ofPartner =
    (change: Partial<Partner>): Step =>
    (world) => {
      if (world.partner !== undefined) world.partner = { ...world.partner, ...change }
    }
  const ofUser =
    (sid: string, change: Partial<User>): Step =>
    (world) => {
      world.users = world.users.map((user) => (user.sid === sid ? { ...user, ...change } : user))
    }
  const sids = fc.constantFrom(KEN.sid, ANNE.sid)
  const steps: Record<string, fc.Arbitrary<Step>> = {
    'add or remove': sids.map((sid) => (world) => {
      const others = world.users.filter((user) => user.sid !== sid)
      const was = others.length < world.users.length
      world.users = was ? others : [...others, sid === KEN.sid ? KEN : ANNE]
    }),
    enable: fc.tuple(sids, fc.boolean()).map(([sid, enabled]) => ofUser(sid, { enabled })),
    rename: fc
      .tuple(sids, fc.constantFrom(KEN.upn, ANNE.upn, 'ken@litwareinc.com'))
      .map(([sid, upn]) => ofUser(sid, { upn })),
    address: fc
      .tuple(sids, fc.constantFrom('kenmyer@litwareinc.com', 'anne@litwareinc.com'))
      .map(([sid, smtp]) => ofUser(sid, { smtp })),
    'all as at the start': fc.constant<Step>((world) => void Object.assign(world, startWorld())),
    'accept SIDs': fc.boolean().map((acceptSids) => ofPartner({ acceptSids })),
    'enable partner': fc.boolean().map((enabled) => ofPartner({ enabled })),
    trust: fc
      .constantFrom('Full', 'Application', 'User')
      .map((trustLevel) => ofPartner({ trustLevel } as never)),
    broker: fc.constantFrom(true, undefined).map(
      (isTrustBroker): Step =>
        (world) => {
          world.partner = lync({ ...(isTrustBroker && { isTrustBroker }) })
        },
    ),
    keys: fc
      .constantFrom(KEYS.partner, KEYS.partnerNext)
      .map((key) => ofPartner({ certificates: [certificateOf(key)] })),
    'no partner': fc.constant(set({ partner: undefined })),
    register: fc.constant<Step>((world) => {
      world.partner = lync()
    }),
    speaker: fc
      .constantFrom<Partial<Partner>[]>(
        {},
        { enabled: false },
        { trustLevel: 'Application' },
        { trustLevel: 'User' },
      )
      .map(
        (change): Step =>
          (world) => {
            world.speaker = named(change)
          },
      ),
    'no speaker': fc.constant(set({ speaker: undefined })),
    'token server': fc
      .constantFrom(tokenServer(), tokenServer({ enabled: false }), undefined)
      .map((server) => set({ tokenServer: server })),
    clock: fc.constantFrom(0, 1, 2, -90, SKEW + 99, SKEW + 101).map((seconds) => set({ now: NOW + seconds })),
    realm: fc
      .constantFrom(EXCHANGE, EXCHANGE, EXCHANGE.replace('litwareinc', 'fabrikam'))
      .map((name) => set({ self: identity({ application: principal(name) }) })),
    'former realms': fc.constantFrom([], [], ['litwareinc.com']).map((formerRealms) => set({ formerRealms })),
    nothing: fc.constant(() => undefined),
  }
  // Most steps make something refused, so that it is all put right again often.
  const names = [...Object.keys(steps), ...Array.from({ length: 8 }, () => 'all as at the start'), 'nothing']
  const walk = fc.array(
    fc.constantFrom(...names).chain((name) => steps[name]!.map((step) => ({ name, step }))),
    { minLength: 1, maxLength: 30 },
  )
  // Which connection, and how the header is put; over one connection several tokens come and go.
  const call = fc.record({
    socket: fc.nat({ max: 2 }),
    token: fc.nat({ max: TOKENS.length - 1 }),
    header: fc.constantFrom<((token: string) => [string, string][])[]>(
      ...Array.from({ length: 8 }, () => (token: string) => [bearing(token)]),
      (token) => [['AUTHORIZATION', `bearer ${token}`]],
      (token) => [bearing(token), bearing(token)],
      (token) => [['authorization', `Bearer  ${token}`]],
      () => [['authorization', 'Bearer']],
      () => [],
    ),
  })
  const calls = fc.array(call, { minLength: 4, maxLength: 10 })

  test('a user who was found with no need of consent is not spoken for without it once there is need', async () => {
    const registered = { speaker: named() }
    const memory = openTokenMemory()
    const self = identity()
    const directory = directoryOf(KEN, ANNE)
    const { gate } = gateOf(directory, () => {
      const against = situation({ partners: [tokenServer(), registered.speaker] })
      return { ...against, self, memory }
    })
    const socket = new Socket()
    const ask = (consent: string) =>
      codeOf(admitRequest(requestOver(socket, bearing(asNamed({ consent }))), gate, ASKED))
    for (let times = 0; times < 3; times++)
      for (const consent of [ANNE.upn, KEN.upn, '*']) expect(await ask(consent)).toBe(KEN.upn)
    const { looks } = directory
    registered.speaker = named({ trustLevel: 'Application' })
    for (let times = 0; times < 3; times++) {
      expect(await ask(ANNE.upn)).toBe('consent_other_user')
      for (const consent of [KEN.upn, '*']) expect(await ask(consent)).toBe(KEN.upn)
    }
    expect(directory.looks).toBe(looks)
  })

  test('a request is answered and recorded as at a gate that remembers nothing', async () => {
    const seen = { atOnce: 0, accepted: 0, refused: 0, forOthers: 0 }
    const storage = await openMemory()
    // What is in the store becomes what is in the world, by the calls that a server makes.
    const bringUpToDate = async (wanted: readonly User[]) => {
      const { directory } = storage
      const there = await directory.list()
      for (const { sid } of there) if (!wanted.some((user) => user.sid === sid)) await directory.remove(sid)
      for (const user of wanted) {
        const before = there.find(({ sid }) => sid === user.sid)
        if (before === undefined) await directory.add(user)
        else if (JSON.stringify(before) !== JSON.stringify(user)) await directory.replace(user)
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(walk, calls), { minLength: 1, maxLength: 8 }), async (walks) => {
        const world = startWorld()
        const memory = openTokenMemory()
        const judged = (): Situation => {
          const partners = [world.partner, world.tokenServer, world.speaker].filter(
            (one) => one !== undefined,
          )
          const { self, formerRealms, now } = world
          return {
            ...{ self, formerRealms, now, skew: SKEW },
            partnerOf: (issuer) => partners.find((one) => one.issuer === issuer),
            isRegistered: (appId) => partners.some(({ application }) => application.appId === appId),
          }
        }
        const plain = gateOf({ find: storage.directory.find }, judged)
        const remembering = gateOf(storage.directory, () => ({ ...judged(), memory }))
        const sockets = [new Socket(), new Socket(), new Socket()]
        for (const [walked, called] of walks) {
          for (const { step } of [{ step: () => undefined }, ...walked]) {
            step(world)
            await bringUpToDate(world.users)
            // Each twice, so that there is something to be remembered before the next step.
            for (const { socket, token, header } of [...called, ...called]) {
              const request = requestOver(sockets[socket]!, ...header(TOKENS[token]!))
              const expected = await admitRequest(request, plain.gate, ASKED)
              const answer = admitRequest(request, remembering.gate, ASKED)
              if (!(answer instanceof Promise) && answer.ok && answer.value.user) seen.atOnce++
              const outcome = await answer
              expect(outcome).toEqual(expected)
              expect(remembering.events.at(-1)).toEqual(plain.events.at(-1))
              seen[outcome.ok ? 'accepted' : 'refused']++
              if (outcome.ok && outcome.value.issuedBy) seen.forOthers++
            }
          }
        }
        expect(remembering.events).toHaveLength(plain.events.length)
        expect(remembering.decided).toEqual(plain.decided)
      }),
      { numRuns: 40, seed: 20_261_121 },
    )
    await storage.close()
    expect(seen.atOnce).toBeGreaterThan(2_000)
    expect(seen.accepted).toBeGreaterThan(2_000)
    expect(seen.refused).toBeGreaterThan(2_000)
    expect(seen.forOthers).toBeGreaterThan(200)
  })
})
