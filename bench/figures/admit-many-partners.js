/** Admitting tokens of random partners where 100,000 are registered, beside where 10 are. No token is shown twice. */
import { verify } from 'node:crypto'
import { keptCertificate } from '../../dist/trust/kept-certificate.js'
import { openPartnerIndex } from '../../dist/trust/partner-index.js'
import { figure } from '../harness/figure.js'
import { applicationOf, openKeyMaker } from '../harness/many-partners.js'
import { actorTokenOf, asReceived, openAdmission, openWorld, userTokenOf } from '../harness/ours.js'
import { certificateOf, registrationOf } from '../harness/partner-store.js'
import { compare, inTurns, rateOf } from '../harness/turns.js'

const MANY = 100_000
const FEW = 10
/** Partners that call, of the many. */
const CALLERS = 1_000
const ROUNDS = 15
const WARM_UP = 3
const TOKENS = 300
/** From one key to the next, so that they come in no order of their numbers. */
const STRIDE = 617

await figure(import.meta.url, async () => {
  const world = await openWorld()
  const { now } = world
  const keys = await openKeyMaker(MANY, now)
  const indexOf = (count) => {
    const records = Array.from({ length: count }, (_, number) => {
      const { der, ...read } = keys.certificate(number)
      // Read in full only where somebody calls; the others are as a start leaves them.
      const certificate =
        number < FEW ? certificateOf(der) : keptCertificate({ der, ...read, keyMark: number })
      return registrationOf(number, [certificate], now)
    })
    return openPartnerIndex(records)
  }
  const random = randomNumbers(MANY, CALLERS)
  const sideOf = async (index, numbers) => {
    const admit = openAdmission(world, index.byIssuer)
    const callers = numbers.map((number) => {
      const identity = { application: applicationOf(number), signingKey: keys.signingKey(number) }
      return { ...world, lync: { identity } }
    })
    // The first token of a partner makes its key; that is once for each, however long the server runs.
    const first = await Promise.all(callers.map((caller) => nested(caller, 0)))
    for (const token of first) admit(token)
    const order = randomNumbers(1_000_003, (ROUNDS + WARM_UP) * TOKENS)
    const tokens = await Promise.all(
      order.map((number, at) => nested(callers[number % callers.length], at + 1)),
    )
    return (round) => rateOf(tokens.slice((round + WARM_UP) * TOKENS, (round + WARM_UP + 1) * TOKENS), admit)
  }
  const few = await sideOf(
    indexOf(FEW),
    Array.from({ length: FEW }, (_, number) => number),
  )
  const many = await sideOf(indexOf(MANY), random)
  const alone = await verifyAlone(keys, random, now)
  const keysOfRound = (round, count) =>
    Array.from({ length: TOKENS }, (_, at) => alone[(at * STRIDE + round + WARM_UP) % count])
  const rates = await inTurns(
    {
      ...{ few, many },
      fewKeys: () => rateOf(keysOfRound(0, FEW), verifies),
      manyKeys: (round) => rateOf(keysOfRound(round, CALLERS), verifies),
    },
    { rounds: ROUNDS, warmUp: WARM_UP },
  )
  const row = (title, what, mine, theirs, names, wish) => {
    const { ours, peer, ...figures } = compare(rates[mine], rates[theirs])
    return {
      title,
      ours: { what: names[0], value: ours, unit: '/s' },
      peer: { what: names[1], value: peer, unit: '/s' },
      ...figures,
      ...wish,
      notes: [what],
    }
  }
  const count = MANY.toLocaleString('en-US')
  const callers = CALLERS.toLocaleString('en-US')
  return [
    row(
      `admit at ${count} partners, random ones`,
      `${callers} of them call, each token new, their keys made before`,
      ...['many', 'few', [`at ${count}`, `at ${FEW}`], { atLeast: 0.9, floor: 0.65 }],
    ),
    row(
      'crypto.verify alone with many keys',
      'what the processor’s caches make of it without anything of ours',
      ...['manyKeys', 'fewKeys', [`${callers} keys`, `${FEW} keys`], {}],
    ),
  ]
})

function verifies({ signed, signature, key }) {
  if (!verify('RSA-SHA256', signed, key, signature)) throw new Error('the signature fits')
}

async function verifyAlone(keys, numbers, now) {
  const tokens = await Promise.all(
    numbers.map(async (number) => {
      const { x5t, sign } = keys.signingKey(number)
      const token = await sign(
        { typ: 'JWT', alg: 'RS256', x5t },
        JSON.stringify({ now, text: 'x'.repeat(300) }),
      )
      const end = token.lastIndexOf('.')
      return {
        signed: Buffer.from(token.slice(0, end), 'ascii'),
        signature: Buffer.from(token.slice(end + 1), 'base64url'),
        key: certificateOf(keys.certificate(number).der).publicKey,
      }
    }),
  )
  for (const one of tokens) verifies(one)
  return tokens
}

async function nested(caller, number) {
  return asReceived(userTokenOf(caller, await actorTokenOf(caller, number), number))
}

/** Numbers below `limit`, spread like chance and the same every time. */
function randomNumbers(limit, count) {
  let state = 42
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  })
}
