/** Scenario 1 of the 2010 document: Web Portals for Interoperability. */
import {
  createItem,
  deleteItem,
  getFolder,
  getItem,
  itemId,
  message,
  wrap,
} from '../products/exchange/harness.ts'
import { type PresetLab, startPreset } from '../support/preset.ts'

let lab: PresetLab
const [ANNA, BERND, CLARA] = ['anna', 'bernd', 'clara'].map((name) => `${name}@litwareinc.com`) as [
  string,
  string,
  string,
]
const sidOf = (user: string) => lab.lab.users.find(({ upn }) => upn === user)!.sid
const at = (folder: string, owner: string) =>
  `<t:DistinguishedFolderId Id="${folder}"><t:Mailbox><t:EmailAddress>${owner}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const ACCOUNT = 'as portal-account@litwareinc.com'

beforeAll(async () => {
  lab = await startPreset('web-portal')
})
afterAll(async () => {
  expect(lab.surprises).toEqual([])
  await lab.close()
})

test('1. what the preset says to try comes out as it says, and a second start changes nothing', async () => {
  const { passed, printed } = await lab.tries()
  expect([passed, printed.split('\n').length]).toEqual([true, lab.lab.tries.length])
  for (const step of await lab.setUpAgain()) expect(step).not.toMatch(/registered|[1-9]\d* (added|put there)/)
})

test.each([
  [ANNA, '1 items; Welcome, Anna'],
  [BERND, '1 items; Welcome, Bernd'],
])(
  '1. the portal logs on to Exchange on behalf of the desk worker %s, who enters credentials once',
  async (user, said) => {
    expect(await lab.does('portal', { do: 'list', user, mailbox: user })).toEqual({
      outcome: 'done',
      said,
      rules: [],
    })
  },
)

test('1. what the portal writes for a desk worker is the work of that user', async () => {
  const { id } = await lab.ews(
    'portal',
    ANNA,
    createItem(message('<t:Subject>A note</t:Subject>'), at('drafts', ANNA)),
  )
  expect((await lab.ews('portal', ANNA, getItem(itemId(id!)))).text).toContain('A note')
  const stranger = await lab.ews('portal', BERND, getItem(itemId(id!)))
  expect([stranger.code, stranger.rules]).toEqual([
    'ErrorItemNotFound',
    [`ErrorItemNotFound: folder drafts of ${sidOf(ANNA)}: Default, not set None`],
  ])
  expect((await lab.ews('portal', BERND, deleteItem(itemId(id!)))).code).toBe('ErrorItemNotFound')
  expect((await lab.ews('portal', ANNA, deleteItem(itemId(id!)))).code).toBe('NoError')
})

test('1. with the token of one desk worker no other mailbox opens', async () => {
  const seen = await lab.does('portal', { do: 'list', user: ANNA, mailbox: BERND })
  expect(seen).toMatchObject({
    outcome: 'ErrorFolderNotFound',
    rules: [`ErrorFolderNotFound: folder inbox of ${sidOf(BERND)}: Default, not set None`],
  })
})

test('1. for whom the portal may not act, it gets HTTP 403 at every door', async () => {
  const rule = `acting for ${CLARA}: recipient_outside_scope (Portal for desk workers), ${ACCOUNT}`
  for (const mailbox of [CLARA, ANNA])
    expect(await lab.does('portal', { do: 'open', user: CLARA, mailbox })).toMatchObject({
      outcome: 'forbidden',
      rules: [rule],
    })
  const direct = await lab.ews('portal', CLARA, getFolder(at('inbox', CLARA)))
  expect([direct.status, direct.text, direct.rules]).toEqual([403, '', [rule]])
  const { body } = await lab.admin('portal', 'POST', '/tests/partner-connectivity', {
    partner: 'exchange',
    sipUri: `sip:${CLARA}`,
  })
  expect([body.passed, body.failure.seen]).toEqual([false, expect.stringContaining('HTTP 403')])
})

test('1. a desk worker who moves to the board is the portal’s no longer, from the next call on', async () => {
  const move = (unit: string) =>
    lab.admin('exchange', 'PATCH', `/users/${sidOf(BERND)}`, { organizationalUnit: `litwareinc.com/${unit}` })
  await move('Board')
  expect((await lab.does('portal', { do: 'open', user: BERND, mailbox: BERND })).outcome).toBe('forbidden')
  await move('Desk')
  expect((await lab.does('portal', { do: 'open', user: BERND, mailbox: BERND })).outcome).toBe('done')
})

test('1. the portal by itself opens, reads and writes nothing, and may impersonate nobody', async () => {
  for (const [body, operation] of [
    [getFolder(at('inbox', ANNA)), 'GetFolder'],
    [createItem(message(''), at('inbox', ANNA)), 'CreateItem'],
  ] as const) {
    const seen = await lab.ews('portal', undefined, body)
    expect([seen.code, seen.rules]).toEqual([
      'ErrorAccessDenied',
      [`${operation}: operation_outside_roles, ${ACCOUNT}`],
    ])
  }
  const as = `<t:ExchangeImpersonation><t:ConnectingSID><t:SID>${sidOf(ANNA)}</t:SID></t:ConnectingSID></t:ExchangeImpersonation>`
  const impersonating = await lab.ews('portal', undefined, wrap('<m:GetFolder/>', as))
  expect(impersonating.code).toBe('ErrorImpersonateUserDenied')
  const { body: record } = await lab.admin('exchange', 'GET', `/decisions/${impersonating.requestId}`)
  expect(record.items.find(({ kind }: { kind: string }) => kind === 'impersonation')).toMatchObject({
    actingAs: ANNA,
    rule: `role_not_assigned (ApplicationImpersonation), ${ACCOUNT}`,
  })
})

test('1. Exchange, whom the portal knows only to call it, may do nothing at the portal', async () => {
  for (const sipUri of [undefined, `sip:${ANNA}`]) {
    // Exchange registered the portal, so it can mint for it; what counts is what the portal thinks of Exchange.
    const input = { partner: 'sharepoint', ...(sipUri && { sipUri }) }
    const { body } = await lab.admin('exchange', 'POST', '/tests/partner-connectivity', input)
    expect(body.failure.code).toBe(sipUri ? 'trust_level_forbids_user' : 'trust_level_forbids_application')
  }
})
