/** The unified contact store: a user's contacts move into the mailbox at Exchange, are read from there, and come back. */

import { STAY_AFTER_ROLLBACK } from '../../src/products/lync/unified-contact-store.ts'
import { NO_CONTACTS } from '../../src/products/lync/unified-contact-store-test.ts'
import { openMailbox } from '../support/ews.ts'
import { type Farm, KEN, mintAs, startFarm } from '../support/farm.ts'

const PILAR = 'sip:pilar@litwareinc.com'
const DAVID = 'sip:davidl@litwareinc.com'
/** Without a mailbox. */
const JAY = 'sip:jkaufman@litwareinc.com'

let farm: Farm
beforeEach(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('exchange', 'lync')
  await farm.register('lync', 'exchange')
})
afterEach(() => farm.close())

const userOf = (sip: string) => farm.lab.users.find((user) => user.sip === sip)!
const of = (sip: string) => `/users/${userOf(sip).sid}`
const lync = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
  farm.admin('lync', method, path, body)
const add = (sip: string, sipUri: string, displayName?: string) =>
  lync('POST', `${of(sip)}/contacts`, { sipUri, ...(displayName && { displayName }) })
const contacts = async (sip: string) => (await lync('GET', `${of(sip)}/contacts`)).body
const state = async (sip: string) => (await lync('GET', `${of(sip)}/unified-contact-store`)).body.state
const signIn = (sip: string) => lync('POST', `${of(sip)}/unified-contact-store/sign-in`)
const rollBack = (sip: string) => lync('POST', `${of(sip)}/unified-contact-store/rollback`)
const check = async (sipUri: string) => (await lync('POST', '/tests/unified-contact-store', { sipUri })).body

async function inMailbox(sip: string): Promise<string[]> {
  const token = await mintAs(farm, 'lync', 'exchange', userOf(sip))
  const items = await openMailbox(farm, token).items('quickcontacts')
  return items.map(({ itemClass, subject }) => `${itemClass} ${subject}`)
}

describe('migration', () => {
  test('a sign-in moves the contacts into the mailbox, and they are read from there', async () => {
    await add(KEN, PILAR, 'Pilar Ackerman')
    await add(KEN, DAVID)
    expect(await contacts(KEN)).toMatchObject({
      keptBy: 'lync',
      items: [
        { sipUri: PILAR, displayName: 'Pilar Ackerman' },
        { sipUri: DAVID, displayName: 'davidl@litwareinc.com' },
      ],
    })
    expect(await state(KEN)).toBe('UcsAllowed')
    const { status, body } = await signIn(KEN)
    expect([status, body]).toEqual([
      200,
      { state: 'UcsMigrated', allowed: true, movedAt: expect.stringMatching(/^20.*Z$/) },
    ])
    const moved = await contacts(KEN)
    expect(moved.keptBy).toBe('exchange')
    expect(moved.items.map((one: { sipUri: string }) => one.sipUri)).toEqual([DAVID, PILAR])
    expect((await inMailbox(KEN)).sort()).toEqual([
      'IPM.Contact Pilar Ackerman',
      'IPM.Contact davidl@litwareinc.com',
    ])
  })

  test('a second sign-in moves nothing again', async () => {
    await add(KEN, PILAR)
    await signIn(KEN)
    await signIn(KEN)
    expect(await inMailbox(KEN)).toHaveLength(1)
  })

  test('sign-ins at the same time write each contact once', async () => {
    await add(KEN, PILAR)
    await add(KEN, DAVID)
    await Promise.all([signIn(KEN), signIn(KEN), signIn(KEN)])
    expect(await inMailbox(KEN)).toHaveLength(2)
  })

  test('once moved, contacts are added to the mailbox and removed from it', async () => {
    await add(KEN, PILAR)
    await signIn(KEN)
    const { status, body: added } = await add(KEN, DAVID, 'David')
    expect(status).toBe(201)
    expect(await inMailbox(KEN)).toHaveLength(2)
    expect((await add(KEN, 'SIP:DavidL@litwareinc.com')).body.code).toBe('contact_exists')
    const remove = () => lync('DELETE', `${of(KEN)}/contacts/${encodeURIComponent(added.id)}`)
    expect((await remove()).status).toBe(204)
    expect((await remove()).status).toBe(404)
    expect((await contacts(KEN)).items).toMatchObject([{ sipUri: PILAR }])
  })

  test('an id of some other item of the mailbox removes nothing', async () => {
    await signIn(KEN)
    await farm.connectivityTest()
    const token = await mintAs(farm, 'lync', 'exchange', userOf(KEN))
    const [item] = await openMailbox(farm, token).items('conversationhistory')
    const { status } = await lync('DELETE', `${of(KEN)}/contacts/${encodeURIComponent(item!.id)}`)
    expect(status).toBe(404)
    expect(await openMailbox(farm, token).items('conversationhistory')).toHaveLength(1)
  })

  test('policy forbids it for all, for one, or for all but one', async () => {
    const allowed = async (sip: string) => (await signIn(sip)).body.state
    await lync('PATCH', '/user-services-policy', { ucsAllowed: false })
    expect(await allowed(KEN)).toBe('UcsDisabled')
    await lync('PATCH', `${of(KEN)}/storage-settings`, { ucsAllowed: true })
    expect(await allowed(KEN)).toBe('UcsMigrated')
    await lync('PATCH', '/user-services-policy', { ucsAllowed: true })
    await lync('PATCH', `${of(PILAR)}/storage-settings`, { ucsAllowed: false })
    expect(await allowed(PILAR)).toBe('UcsDisabled')
    await lync('PATCH', `${of(PILAR)}/storage-settings`, { ucsAllowed: null })
    expect(await allowed(PILAR)).toBe('UcsMigrated')
  })

  test('a policy that changes later brings nothing back', async () => {
    await add(KEN, PILAR)
    await signIn(KEN)
    await lync('PATCH', '/user-services-policy', { ucsAllowed: false })
    expect(await state(KEN)).toBe('UcsMigrated')
    expect((await contacts(KEN)).keptBy).toBe('exchange')
  })

  test('that fails leaves the contacts with Lync, says why, and is made up for', async () => {
    await add(KEN, PILAR)
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: false })
    const { status, body } = await signIn(KEN)
    expect([status, body.code]).toEqual([502, 'partner_disabled'])
    const { body: view } = await lync('GET', `${of(KEN)}/unified-contact-store`)
    expect(view).toMatchObject({ state: 'UcsFailed', failure: expect.stringMatching(/^partner_disabled: /) })
    expect(await contacts(KEN)).toMatchObject({ keptBy: 'lync', items: [{ sipUri: PILAR }] })
    const { body: noted } = await lync('GET', '/storage-service-failures?component=Other')
    expect(noted.items).toMatchObject([{ sipUri: KEN }])
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: true })
    expect((await signIn(KEN)).body).toMatchObject({ state: 'UcsMigrated' })
    expect(await inMailbox(KEN)).toHaveLength(1)
  })

  test('of a user without a mailbox is refused', async () => {
    const { status, body } = await signIn(JAY)
    expect([status, body.code]).toEqual([409, 'user_without_mailbox'])
  })
})

describe('rollback', () => {
  test('brings the contacts back, those that were added in the mailbox too', async () => {
    await add(KEN, PILAR)
    await signIn(KEN)
    await add(KEN, DAVID)
    const { status, body } = await rollBack(KEN)
    expect(status).toBe(200)
    expect(body).toMatchObject({ state: 'UcsAllowed', broughtBack: 2, leftInMailbox: 0 })
    expect(await contacts(KEN)).toMatchObject({
      keptBy: 'lync',
      items: [{ sipUri: DAVID }, { sipUri: PILAR }],
    })
    expect(await inMailbox(KEN)).toEqual([])
  })

  test('without a change of policy the contacts go back after seven days, not before', async () => {
    await add(KEN, PILAR)
    await signIn(KEN)
    await rollBack(KEN)
    farm.clock.now += STAY_AFTER_ROLLBACK - 1
    expect((await signIn(KEN)).body).toMatchObject({ state: 'UcsAllowed', staysUntil: expect.any(String) })
    farm.clock.now += 1
    expect((await signIn(KEN)).body).toMatchObject({ state: 'UcsMigrated' })
    expect(await inMailbox(KEN)).toHaveLength(1)
  })

  test('with the policy changed they stay', async () => {
    await add(KEN, PILAR)
    await signIn(KEN)
    await lync('PATCH', `${of(KEN)}/storage-settings`, { ucsAllowed: false })
    await rollBack(KEN)
    farm.clock.now += STAY_AFTER_ROLLBACK * 2
    expect((await signIn(KEN)).body.state).toBe('UcsDisabled')
    expect((await contacts(KEN)).keptBy).toBe('lync')
  })

  test('while Exchange is down nothing moves, and the contacts cannot be read', async () => {
    await add(KEN, PILAR)
    await signIn(KEN)
    await farm.stop('exchange')
    const refused = await rollBack(KEN)
    expect([refused.status, refused.body.code]).toEqual([502, 'unreachable'])
    expect((await lync('GET', `${of(KEN)}/contacts`)).status).toBe(502)
    expect(await state(KEN)).toBe('UcsMigrated')
    await farm.restart('exchange')
  })

  test('of who has not moved is refused', async () => {
    const { status, body } = await rollBack(KEN)
    expect([status, body.code]).toEqual([409, 'ucs_not_migrated'])
  })
})

describe('the test of the unified contact store', () => {
  test('passes for a user whose contacts come out of the mailbox', async () => {
    await add(KEN, PILAR)
    await signIn(KEN)
    expect(await check(KEN)).toMatchObject({
      passed: true,
      fields: { 'Target Fqdn': 'lync.litwareinc.com', Result: 'Success' },
      steps: [{}, { detail: 'UcsMigrated' }, { detail: '1 from the mailbox' }],
    })
  })

  test('fails for a user who has moved and has no contacts, in the words of the product', async () => {
    await signIn(KEN)
    expect(await check(KEN)).toMatchObject({
      passed: false,
      failure: { step: 'read contacts', code: 'no_contacts', seen: NO_CONTACTS },
      fields: {
        Result: 'Failure',
        'Error Message': 'No contacts were received for the user. Verify that contacts exist for the user.',
      },
    })
  })

  test('fails for a user who has not moved, and says what to do', async () => {
    expect((await check(KEN)).failure).toMatchObject({
      step: 'state',
      code: 'ucs_not_migrated',
      mend: expect.stringContaining('entente contact-store sign-in'),
    })
  })
})

test('the users of a server are counted by state', async () => {
  await signIn(KEN)
  await lync('PATCH', `${of(PILAR)}/storage-settings`, { ucsAllowed: false })
  await signIn(JAY)
  expect((await lync('GET', '/unified-contact-store')).body).toEqual({
    frontEnd: 'lync',
    ucsDisabledCount: 1,
    ucsAllowedCount: farm.lab.users.length - 3,
    ucsMigratingCount: 0,
    ucsMigratedCount: 1,
    failedUserData: [{ sipUri: JAY, failure: expect.stringMatching(/^user_without_mailbox: /) }],
  })
})

test.each([
  [{ sipUri: 'Pilar' }, 'sipUri'],
  [{}, 'sipUri'],
  [{ sipUri: PILAR, displayName: 'a\u0000b' }, 'displayName'],
  [{ sipUri: PILAR, group: 'x' }, 'group'],
])('the contact %j is refused by name', async (contact, field) => {
  const { status, body } = await lync('POST', `${of(KEN)}/contacts`, contact)
  expect([status, body.errors[0].path]).toEqual([422, field])
})

test('of a user who is not there nothing is shown', async () => {
  for (const path of ['contacts', 'unified-contact-store', 'storage-settings'])
    expect((await lync('GET', `/users/S-1-5-21-9-9-9-9/${path}`)).status).toBe(404)
})
