/** An application that acts for a user, in the mailbox of another: over HTTPS, with real tokens, it sees what was shared. */

import {
  codes,
  createItem,
  deleteItem,
  find,
  getFolder,
  getItem,
  itemId,
  message,
  root,
  wrap,
} from '../products/exchange/harness.ts'
import { type Farm, mintAs, startFarm } from '../support/farm.ts'

let farm: Farm
const [KEN, PILAR, DAVID] = ['kenmyer', 'pilar', 'davidl'].map((name) => `${name}@litwareinc.com`) as [
  string,
  string,
  string,
]

beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('exchange', 'lync')
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

/** Lync calls EWS for this user, as the application it says it is. */
async function ews(user: string | undefined, body: string, agent = 'Relay/1.0') {
  const who = farm.lab.users.find(({ upn }) => upn === user)
  const {
    status,
    body: text,
    header,
  } = await farm.send(
    'POST',
    `${farm.servers.exchange.url}/EWS/Exchange.asmx`,
    {
      authorization: `Bearer ${await mintAs(farm, 'lync', 'exchange', who)}`,
      'content-type': 'text/xml; charset=utf-8',
      'user-agent': agent,
    },
    body,
  )
  return { status, body: text, requestId: header('request-id')[0] ?? '', header }
}
const admin = (...call: Parameters<Farm['admin']> extends [unknown, ...infer Rest] ? Rest : never) =>
  farm.admin('exchange', ...call)
const at = (folder: string, owner = KEN) =>
  `<t:DistinguishedFolderId Id="${folder}"><t:Mailbox><t:EmailAddress>${owner}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const idOf = (reply: { status: number; body: string }) =>
  find(root(reply), 'ItemId')?.attributes.get('Id') ?? ''
const share = (folder: string, user: string, ...accessRights: string[]) =>
  admin('POST', `/folder-permissions/${KEN}/${folder}`, { user, accessRights })

test('an application acting for Pilar sees of Ken’s mailbox what Ken shared with Pilar, and no more', async () => {
  const mine = idOf(await ews(KEN, createItem(message('<t:Subject>Ken’s</t:Subject>'), at('inbox'))))
  const sent = idOf(await ews(KEN, createItem(message('<t:Subject>sent</t:Subject>'), at('sentitems'))))
  const items = itemId(mine) + itemId(sent)
  expect(codes(await ews(PILAR, getItem(items)))).toEqual(['ErrorItemNotFound', 'ErrorItemNotFound'])

  expect((await share('Inbox', PILAR, 'Author')).status).toBe(201)
  expect(codes(await ews(PILAR, getFolder(at('inbox') + at('sentitems') + at('root'))))).toEqual([
    'NoError',
    'ErrorFolderNotFound',
    'ErrorFolderNotFound',
  ])
  expect(codes(await ews(PILAR, getItem(items)))).toEqual(['NoError', 'ErrorItemNotFound'])
  expect(codes(await ews(PILAR, deleteItem(itemId(mine))))).toEqual(['ErrorAccessDenied'])
  const hers = idOf(await ews(PILAR, createItem(message(''), at('inbox'))))
  expect(codes(await ews(PILAR, deleteItem(itemId(hers))))).toEqual(['NoError'])

  // The same application for others, and by itself, has nothing of it.
  expect(codes(await ews(DAVID, getItem(items)))).toEqual(['ErrorItemNotFound', 'ErrorItemNotFound'])
  expect(codes(await ews(DAVID, getFolder(at('inbox'))))).toEqual(['ErrorFolderNotFound'])
  expect(codes(await ews(undefined, getFolder(at('inbox'))))).toEqual(['ErrorFolderNotFound'])

  // What is taken back counts from the next request.
  const entry = `/folder-permissions/${KEN}/Inbox/${PILAR}`
  expect((await admin('PATCH', entry, { accessRights: ['Reviewer'] })).status).toBe(200)
  expect(codes(await ews(PILAR, createItem(message(''), at('inbox'))))).toEqual([
    'ErrorCreateItemAccessDenied',
  ])
  expect((await admin('DELETE', entry)).status).toBe(204)
  expect(codes(await ews(PILAR, getItem(items)))).toEqual(['ErrorItemNotFound', 'ErrorItemNotFound'])
})

test('a delegate works through the application as he would himself', async () => {
  const delegates = `<m:DelegateUsers><t:DelegateUser><t:UserId><t:PrimarySmtpAddress>${PILAR}</t:PrimarySmtpAddress></t:UserId><t:DelegatePermissions><t:NotesFolderPermissionLevel>Editor</t:NotesFolderPermissionLevel></t:DelegatePermissions></t:DelegateUser></m:DelegateUsers>`
  const add = wrap(
    `<m:AddDelegate><m:Mailbox><t:EmailAddress>${KEN}</t:EmailAddress></m:Mailbox>${delegates}</m:AddDelegate>`,
  )
  expect(find(root(await ews(PILAR, add)), 'ResponseCode')?.text).toBe('ErrorAccessDenied')
  expect(find(root(await ews(KEN, add)), 'ResponseCode')?.text).toBe('NoError')
  const note = idOf(await ews(KEN, createItem(message(''), at('notes'))))
  expect(codes(await ews(PILAR, getItem(itemId(note))))).toEqual(['NoError'])
  expect(codes(await ews(PILAR, deleteItem(itemId(note))))).toEqual(['NoError'])
  expect(codes(await ews(PILAR, getFolder(at('tasks'))))).toEqual(['ErrorFolderNotFound'])
})

test('an application that the organization does not allow gets 403, and the record says by which rule', async () => {
  await admin('PATCH', '/organization-config', {
    ewsApplicationAccessPolicy: 'EnforceAllowList',
    ewsAllowList: ['Relay/*'],
  })
  const request = getFolder(at('inbox'))
  expect((await ews(KEN, request)).status).toBe(200)
  const denied = await ews(KEN, request, 'Scraper/2.0')
  expect([denied.status, denied.body]).toEqual([403, ''])
  const said = Object.values({ ...denied, header: undefined }).join(' ')
  expect(said).not.toMatch(/EnforceAllowList|organization/i)
  const { body } = await admin('GET', `/decisions/${denied.requestId}`)
  expect(body.items.map(({ kind }: { kind: string }) => kind)).toEqual(['admitted', 'forbidden'])
  expect(body.items[1]).toMatchObject({
    rule: 'organization EnforceAllowList',
    user: KEN,
    status: 403,
    requestId: denied.requestId,
  })
  const newest = await admin('GET', '/decisions?limit=1')
  expect(newest.body.items[0]).toMatchObject({ kind: 'forbidden' })

  // Not a word of the policy before the token is believed.
  const stranger = await farm.send('POST', `${farm.servers.exchange.url}/EWS/Exchange.asmx`, {
    authorization: 'Bearer no',
    'user-agent': 'Scraper/2.0',
  })
  expect(stranger.status).toBe(401)

  // The mailbox's own policy counts instead, and orgDisableIsFinal ends that for the switch of the organization.
  await admin('PATCH', `/cas-mailboxes/${KEN}`, {
    ewsApplicationAccessPolicy: 'EnforceBlockList',
    ewsEnabled: true,
  })
  expect((await ews(KEN, request, 'Scraper/2.0')).status).toBe(200)
  expect((await ews(PILAR, request, 'Scraper/2.0')).status).toBe(403)
  await admin('PATCH', '/organization-config', { ewsEnabled: false })
  expect((await ews(KEN, request, 'Scraper/2.0')).status).toBe(200)
  await admin('PATCH', '/organization-config', { orgDisableIsFinal: true })
  expect((await ews(KEN, request, 'Scraper/2.0')).status).toBe(403)
})
