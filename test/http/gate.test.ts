/** What tokens are judged against is one object for as long as it says the same, and another from the moment on that it does not. */
import { type GateParts, openGate } from '../../src/http/gate.ts'
import { DEFAULT_REFRESH } from '../../src/trust/refresh-policy.ts'
import { EXCHANGE, identity, LYNC, lync, NOW, principal, SKEW } from '../support/tokens.ts'

function openWorld() {
  const partners = new Map([[LYNC, lync()]])
  const world = { identity: identity(), formerRealms: [] as readonly string[], now: NOW, partners }
  const kit = {
    name: 'exchange',
    get identity() {
      return world.identity
    },
    formerRealms: () => world.formerRealms,
    now: () => world.now,
  }
  const parts = {
    ...{ kit, skew: SKEW, refreshing: DEFAULT_REFRESH, refresher: {}, metrics: {}, decisions: {} },
    partners: {
      byIssuer: (issuer: string) => partners.get(issuer),
      hasApplication: (appId: string) =>
        [...partners.values()].some(({ application }) => application.appId === appId),
    },
  }
  return { world, gate: openGate(parts as unknown as GateParts) }
}

test('it is the same object while nothing in it is another, and says what it is asked for', () => {
  const { world, gate } = openWorld()
  const situation = gate.situation()
  expect(gate.situation()).toBe(situation)
  expect(situation).toMatchObject({
    ...{ self: world.identity, formerRealms: world.formerRealms, now: NOW, skew: SKEW },
    keysGoodFor: DEFAULT_REFRESH.goodFor,
  })
  expect(situation.partnerOf(LYNC)).toBe(world.partners.get(LYNC))
  expect(situation.isRegistered(principal(LYNC).appId)).toBe(true)
})

test.each<[string, Partial<ReturnType<typeof openWorld>['world']>]>([
  ['a second has gone by', { now: NOW + 1 }],
  ['its identity is another', { identity: identity({ application: principal(EXCHANGE) }) }],
  ['it gave up a realm', { formerRealms: ['fabrikam.com'] }],
])('it is another object that says so when %s', (_, change) => {
  const { world, gate } = openWorld()
  const before = gate.situation()
  Object.assign(world, change)
  const after = gate.situation()
  expect(after).not.toBe(before)
  expect([after.now, after.self, after.formerRealms]).toEqual([world.now, world.identity, world.formerRealms])
  expect(after.self).toBe(world.identity)
  expect(gate.situation()).toBe(after)
})

test('who is registered is asked of it each time, and no part of it', () => {
  const { world, gate } = openWorld()
  const situation = gate.situation()
  world.partners.delete(LYNC)
  expect(gate.situation()).toBe(situation)
  expect(situation.partnerOf(LYNC)).toBeUndefined()
})
