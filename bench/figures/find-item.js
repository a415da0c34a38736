/**
 * What a page of FindItem costs in a folder of 50,000 items beside one of 500: 50 items, newest first, from the beginning, the
 * middle and the end. The whole way of a request is measured, from its XML to that of the reply. The ratio should be near 1
 * and is to be at most 2: a page costs what is on it, not what is before it.
 */
import { makeMailbox } from '../../dist/products/exchange/distinguished-folders.js'
import { ews } from '../../dist/products/exchange/ews.js'
import { openMemory } from '../../dist/storage/sqlite.js'
import { figure } from '../harness/figure.js'
import { compare, inTurns } from '../harness/turns.js'

const SIZES = { small: 500, large: 50_000 }
const PAGE = 50
const RUNS = 60
const WARM_UP = 15
const NOW = 1_795_000_000
const KEN = { sid: 'S-1-5-21-1-2-3-1104', mailboxEnabled: true, archivingEnabled: false }
const BODY = 'It is a body of the length that a short message has. '.repeat(8)

let ids = 0
const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`

function itemOf(folder, number) {
  const properties = [
    { name: 'Subject', text: `Message ${number}` },
    { name: 'Body', attributes: { BodyType: 'Text' }, text: BODY },
    {
      name: 'From',
      children: [
        {
          name: 'Mailbox',
          children: [{ name: 'EmailAddress', text: `sender${number % 97}@litwareinc.com` }],
        },
      ],
    },
  ]
  // Received in an order that is not that of the store.
  const at = NOW - ((number * 7919) % 1_000_003)
  return {
    id: newId(),
    owner: KEN.sid,
    folderId: folder.id,
    changeKey: newId(),
    kind: 'Message',
    author: KEN.sid,
    itemClass: 'IPM.Note',
    subject: `Message ${number}`,
    isRead: number % 3 === 0,
    importance: 1,
    hasAttachments: false,
    size: BODY.length,
    receivedAt: at,
    sentAt: at,
    createdAt: at,
    modifiedAt: at,
    fromName: `sender${number % 97}`,
    displayName: '',
    content: JSON.stringify(properties),
  }
}

/** A server's kit around one mailbox with a folder of this many items. */
async function fill(size) {
  // In memory: 50,000 items that each are on disk before the next take minutes where others write too.
  const storage = await openMemory()
  await makeMailbox(storage.mailboxes, KEN.sid, newId)
  const inbox = await storage.mailboxes.distinguishedFolder(KEN.sid, 'inbox')
  for (let number = 0; number < size; number++) await storage.mailboxes.addItem(itemOf(inbox, number))
  return { storage, kit: { ...storage, newId, now: () => NOW } }
}

function request(offset) {
  const body = `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="${PAGE}" Offset="${offset}" BasePoint="Beginning"/><m:SortOrder><t:FieldOrder Order="Descending"><t:FieldURI FieldURI="item:DateTimeReceived"/></t:FieldOrder></m:SortOrder><m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>`
  return {
    method: 'POST',
    path: '/EWS/Exchange.asmx',
    header: () => undefined,
    body: Buffer.from(
      `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><soap:Body>${body}</soap:Body></soap:Envelope>`,
    ),
  }
}

async function measure(kit, offset) {
  const started = performance.now()
  const { body } = await ews(request(offset), { user: KEN }, kit)
  const milliseconds = performance.now() - started
  const shown = body.split('<t:Message>').length - 1
  if (shown !== PAGE) throw new Error(`${shown} items at ${offset}: ${body.slice(0, 400)}`)
  return milliseconds
}

await figure(import.meta.url, async () => {
  const stores = {}
  for (const [name, size] of Object.entries(SIZES)) stores[name] = { size, ...(await fill(size)) }
  const pages = { first: () => 0, middle: (size) => size / 2, last: (size) => size - PAGE }
  const rows = []
  for (const [name, offsetIn] of Object.entries(pages)) {
    const side =
      ({ size, kit }) =>
      () =>
        measure(kit, offsetIn(size))
    const times = await inTurns(
      { large: side(stores.large), small: side(stores.small) },
      { rounds: RUNS, warmUp: WARM_UP },
    )
    const { ours, peer, ...figures } = compare(times.large, times.small)
    rows.push({
      title: `FindItem, ${name} page of ${PAGE}`,
      ours: { what: `${SIZES.large} items`, value: ours, unit: 'ms' },
      peer: { what: `${SIZES.small} items`, value: peer, unit: 'ms' },
      ...figures,
      ...{ atMost: 2, ceiling: 3 },
    })
  }
  for (const { storage } of Object.values(stores)) await storage.close()
  return rows
})
