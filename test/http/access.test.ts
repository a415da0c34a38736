/** EWS access and permissions over REST: what is taken, what is shown, and what is said of input that is wrong. */
import { type Farm, startFarm } from '../support/farm.ts'

let farm: Farm
const KEN = 'kenmyer@litwareinc.com'
const PILAR = 'pilar@litwareinc.com'
const NO_MAILBOX = 'jkaufman@litwareinc.com'

beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})
const admin = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
  farm.admin('exchange', method, path, body)

const NOTHING_SET = {
  ewsEnabled: null,
  ewsApplicationAccessPolicy: null,
  ewsAllowList: null,
  ewsBlockList: null,
  ewsAllowOutlook: null,
  ewsAllowMacOutlook: null,
  ewsAllowEntourage: null,
}

describe('settings', () => {
  test('of a new organization and its mailboxes are not set', async () => {
    const { body } = await admin('GET', '/organization-config')
    expect(body).toMatchObject({ ...NOTHING_SET, orgDisableIsFinal: false })
    const mailboxes = await admin('GET', '/cas-mailboxes')
    expect(mailboxes.body.items).toHaveLength(4) // the fifth user has no mailbox
    expect(mailboxes.body.items[0]).toEqual({ user: KEN, displayName: 'Ken Myer', ...NOTHING_SET })
  })

  test('are changed one by one, by any name of the user, and set back by null', async () => {
    const [ken] = farm.lab.users
    for (const name of [KEN, KEN.toUpperCase(), ken!.sid]) {
      const { status, body } = await admin('PATCH', `/cas-mailboxes/${name}`, { ewsEnabled: false })
      expect([status, body.ewsEnabled, body.ewsAllowOutlook]).toEqual([200, false, null])
      await admin('PATCH', `/cas-mailboxes/${name}`, { ewsEnabled: null, ewsAllowOutlook: true })
      expect((await admin('GET', `/cas-mailboxes/${KEN}`)).body).toMatchObject({
        ewsEnabled: null,
        ewsAllowOutlook: true,
      })
      await admin('PATCH', `/cas-mailboxes/${name}`, { ewsAllowOutlook: null })
    }
  })

  test('that are lists are replaced, added to, taken from, or cleared', async () => {
    const edit = async (ewsAllowList: unknown) =>
      (await admin('PATCH', '/organization-config', { ewsAllowList })).body.ewsAllowList
    expect(await edit({ add: ['A/*'] })).toEqual(['A/*'])
    expect(await edit(['B/*', 'b/*', 'C'])).toEqual(['b/*', 'C'])
    expect(await edit({ add: ['D', 'c'], remove: ['B/*', 'never there'] })).toEqual(['c', 'D'])
    expect(await edit([])).toEqual([])
    expect(await edit(null)).toBeNull()
    const many = Array.from({ length: 200 }, (_, n) => `App${n}`)
    expect(await edit(many)).toHaveLength(200)
    const over = await admin('PATCH', '/organization-config', { ewsAllowList: { add: ['one more'] } })
    expect([over.status, over.body.detail]).toEqual([
      422,
      'ewsAllowList: expected at most 200 patterns in all, saw 201',
    ])
    expect(await edit({ remove: many })).toEqual([])
  })

  test('two changes at once both count', async () => {
    await Promise.all(
      ['x', 'y', 'z'].map((name) =>
        admin('PATCH', `/cas-mailboxes/${PILAR}`, { ewsBlockList: { add: [name] } }),
      ),
    )
    const { body } = await admin('GET', `/cas-mailboxes/${PILAR}`)
    expect(body.ewsBlockList.toSorted()).toEqual(['x', 'y', 'z'])
  })

  test('families of applications are known by patterns that can be set one by one', async () => {
    const before = (await admin('GET', '/organization-config')).body.userAgentClasses
    const change = { userAgentClasses: { outlook: ['MyOutlook/*'] } }
    const { body } = await admin('PATCH', '/organization-config', change)
    expect(body.userAgentClasses).toEqual({ ...before, outlook: ['MyOutlook/*'] })
  })

  test.each<[unknown, string]>([
    [{}, '(body): expected at least one of ewsEnabled'],
    [{ ewsEnabled: 'yes' }, 'ewsEnabled: expected true, false, or null for not set, saw "yes"'],
    [
      { ewsApplicationAccessPolicy: 'Enforce' },
      'ewsApplicationAccessPolicy: expected EnforceAllowList, EnforceBlockList or null, saw "Enforce"',
    ],
    [
      { ewsAllowList: 'OWA/*' },
      'ewsAllowList: expected a list of at most 200 patterns of at most 256 characters, null, or {"add": […], "remove": […]}, saw "OWA/*"',
    ],
    [{ ewsAllowList: {} }, 'ewsAllowList: expected add, remove or both, saw {}'],
    [{ ewsAllowList: { plus: ['a'] } }, 'ewsAllowList.plus: unknown member'],
    [{ ewsAllowList: ['*'.repeat(10_000)] }, 'ewsAllowList[0]: expected at most 256 characters, saw "****'],
    [{ ewsAllowList: ['a\nb'] }, 'ewsAllowList[0]: expected a pattern without control characters'],
    [{ owaEnabled: true }, 'owaEnabled: unknown member'],
  ])('wrong input %# is refused with what is wrong', async (input, detail) => {
    for (const path of ['/organization-config', `/cas-mailboxes/${KEN}`]) {
      const answer = await admin('PATCH', path, input)
      expect([path, answer.status]).toEqual([path, 422])
      expect(answer.body.detail).toContain(detail)
    }
  })

  test('the switch of the organization is none of a mailbox', async () => {
    const answer = await admin('PATCH', `/cas-mailboxes/${KEN}`, { orgDisableIsFinal: true })
    expect(answer.body.errors).toEqual([{ path: 'orgDisableIsFinal', detail: 'unknown member' }])
  })

  test('of nobody are not found', async () => {
    const { status, body } = await admin('GET', '/cas-mailboxes/nobody')
    expect([status, body.errors]).toEqual([
      404,
      [{ path: 'user', detail: 'expected a SID, UPN, SMTP address or name, saw nobody' }],
    ])
  })
})

describe('permissions on folders', () => {
  const calendar = `/folder-permissions/${KEN}/Calendar`
  const usersIn = async (path: string) =>
    (await admin('GET', path)).body.items.map(
      ({ user, accessRights }: { user: string; accessRights: string[] }) => [user, ...accessRights].join(' '),
    )

  test('are shown, added, changed and removed', async () => {
    expect(await usersIn(calendar)).toEqual(['Default AvailabilityOnly', 'Anonymous None'])
    const added = await admin('POST', calendar, { user: PILAR, accessRights: ['reviewer'] })
    expect([added.status, added.body.accessRights, added.body.readItems]).toEqual([
      201,
      ['Reviewer'],
      'FullDetails',
    ])
    const rights = ['FolderVisible', 'CreateItems']
    await admin('PATCH', `${calendar}/${PILAR}`, { accessRights: [...rights, 'ReadItems', 'EditOwnedItems'] })
    await admin('PATCH', `${calendar}/default`, { accessRights: ['LimitedDetails'] })
    expect(await usersIn(calendar)).toEqual([
      'Default LimitedDetails',
      'Anonymous None',
      `${PILAR} FolderVisible ReadItems CreateItems EditOwnedItems`,
    ])
    expect((await admin('DELETE', `${calendar}/${PILAR}`)).status).toBe(204)
    expect(await usersIn(calendar)).toEqual(['Default LimitedDetails', 'Anonymous None'])
  })

  test.each(['calendar', 'Calendar', 'CALENDAR', '%5CCalendar', 'msgfolderroot', '%5C'])(
    'the folder %s is found',
    async (folder) => {
      expect((await admin('GET', `/folder-permissions/${KEN}/${folder}`)).status).toBe(200)
    },
  )

  test('of someone who is no user any more are gone with him', async () => {
    const user = { sid: 'S-1-5-21-7-7-7-7', upn: 'gone@litwareinc.com', displayName: 'Gone' }
    await admin('POST', '/users', user)
    await admin('POST', calendar, { user: user.upn, accessRights: ['Editor'] })
    expect(await usersIn(calendar)).toContain(`${user.upn} Editor`)
    await admin('DELETE', `/users/${user.sid}`)
    expect(await usersIn(calendar)).toEqual(['Default LimitedDetails', 'Anonymous None'])
    expect((await admin('DELETE', `${calendar}/${user.sid}`)).status).toBe(404)
  })

  test.each<[string, 'GET' | 'POST' | 'PATCH' | 'DELETE', string, unknown, number, string]>([
    [
      'an unknown right',
      'POST',
      calendar,
      { user: PILAR, accessRights: ['Boss'] },
      422,
      'accessRights: expected one role or several single rights out of None, ',
    ],
    [
      'a role and a right',
      'POST',
      calendar,
      { user: PILAR, accessRights: ['Editor', 'ReadItems'] },
      422,
      'accessRights: expected one role',
    ],
    ['no right', 'POST', calendar, { user: PILAR, accessRights: [] }, 422, 'accessRights: '],
    ['no user', 'POST', calendar, { accessRights: ['Editor'] }, 422, 'user: '],
    [
      'a stranger',
      'POST',
      calendar,
      { user: 'no@body.com', accessRights: ['Editor'] },
      404,
      'user: expected a SID, UPN, SMTP address or name, saw no@body.com',
    ],
    [
      'an entry that everyone has',
      'POST',
      calendar,
      { user: 'Default', accessRights: ['Editor'] },
      409,
      'user: saw Default: change its entry instead',
    ],
    [
      'an entry that is not there',
      'PATCH',
      `${calendar}/${PILAR}`,
      { accessRights: ['Editor'] },
      404,
      `user: expected a user with an entry, saw ${PILAR}`,
    ],
    [
      'to remove everyone',
      'DELETE',
      `${calendar}/Anonymous`,
      undefined,
      409,
      'user: expected a user, saw Anonymous: set None',
    ],
    [
      'a calendar’s right elsewhere',
      'POST',
      `/folder-permissions/${KEN}/Inbox`,
      { user: PILAR, accessRights: ['AvailabilityOnly'] },
      422,
      'accessRights: expected rights for a folder that is no calendar, saw AvailabilityOnly',
    ],
    [
      'an unknown folder',
      'GET',
      `/folder-permissions/${KEN}/Nowhere`,
      undefined,
      404,
      'folder: expected a folder such as Calendar or Inbox\\Team, saw Nowhere',
    ],
    ['an unknown mailbox', 'GET', '/folder-permissions/no@body.com/Inbox', undefined, 404, 'mailbox: '],
    [
      'a user without a mailbox',
      'GET',
      `/folder-permissions/${NO_MAILBOX}/Inbox`,
      undefined,
      404,
      'mailbox: expected a user with a mailbox, saw ',
    ],
  ])('%s: %s %s', async (_, method, path, input, status, detail) => {
    const answer = await admin(method, path, input)
    expect(answer.status).toBe(status)
    expect(answer.body.detail).toContain(detail)
    expect(answer.body.errors.length).toBeGreaterThan(0)
  })
})

describe('permissions on mailboxes', () => {
  const mailbox = `/mailbox-permissions/${KEN}`
  const full = { user: PILAR, accessRights: ['FullAccess'] }

  test('are added, shown and removed, those that deny by themselves', async () => {
    expect((await admin('POST', mailbox, full)).status).toBe(201)
    expect((await admin('POST', mailbox, { ...full, deny: true })).status).toBe(201)
    const { body } = await admin('GET', mailbox)
    const row = { user: PILAR, displayName: 'Pilar Ackerman', accessRights: ['FullAccess'] }
    expect(body.items).toEqual([
      { ...row, deny: false },
      { ...row, deny: true },
    ])
    expect((await admin('POST', mailbox, full)).status).toBe(409)
    expect((await admin('DELETE', `${mailbox}/${PILAR}?deny=true`)).status).toBe(204)
    expect((await admin('DELETE', `${mailbox}/${PILAR}`)).status).toBe(204)
    expect((await admin('DELETE', `${mailbox}/${PILAR}`)).status).toBe(404)
  })

  test.each<[unknown, string]>([
    [{ ...full, accessRights: ['SendAs'] }, 'expected FullAccess'],
    [{ ...full, deny: 'no' }, 'deny: '],
    [{ ...full, autoMapping: true }, 'autoMapping: unknown member'],
  ])('%j is refused', async (input, detail) => {
    const { status, body } = await admin('POST', mailbox, input)
    expect([status, body.detail]).toEqual([422, expect.stringContaining(detail)])
  })
})

test('there are none of these at the other products', async () => {
  for (const path of ['/organization-config', '/cas-mailboxes', `/mailbox-permissions/${KEN}`]) {
    for (const server of ['lync', 'sharepoint'] as const) {
      expect((await farm.admin(server, 'GET', path)).status).toBe(404)
    }
  }
})
