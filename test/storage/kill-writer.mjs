/** Writes items into the file it is given until it is killed, and prints the id of each that is done. */
import { writeSync } from 'node:fs'
import { openSqlite } from '../../dist/storage/sqlite.js'

const [path, owner, folderId, round] = process.argv.slice(2)
const { mailboxes } = await openSqlite(path)

for (let i = 0; ; i++) {
  const id = `${round}-${i}`
  const answer = await mailboxes.addItem({
    id,
    owner,
    folderId,
    changeKey: 'ck',
    kind: 'Message',
    author: owner,
    itemClass: 'IPM.Note',
    subject: id,
    isRead: false,
    importance: 1,
    hasAttachments: false,
    size: 0,
    receivedAt: i,
    sentAt: i,
    createdAt: i,
    modifiedAt: i,
    fromName: '',
    displayName: '',
    content: id.repeat(50),
  })
  if (answer !== 'added') throw new Error(answer)
  writeSync(1, `${id}\n`)
}
