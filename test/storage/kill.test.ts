/** What was acknowledged is there, even if the process is killed in the middle of its writing. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSqlite } from '../../src/storage/sqlite.ts'

const WRITER = fileURLToPath(new URL('kill-writer.mjs', import.meta.url))
const OWNER = 'S-1-5-21-1-2-3-1104'
const FOLDER = 'root-id'
const ROUNDS = 5
const ENOUGH = 200

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'entente-kill-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

test('every acknowledged item survives kill -9, again and again', async () => {
  const path = join(dir, 'entente.sqlite')
  await makeMailbox(path)
  let acknowledged: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const ids = await writeUntilKilled(path, `round${round}`)
    expect(ids.length).toBeGreaterThanOrEqual(ENOUGH)
    acknowledged = [...acknowledged, ...ids]
    const { present, total } = await lookUp(path, acknowledged)
    expect(present).toEqual(acknowledged)
    // One more per round may be there: written, and killed before it could say so.
    expect(total).toBeLessThanOrEqual(acknowledged.length + round + 1)
  }
})

async function makeMailbox(path: string): Promise<void> {
  const storage = await openSqlite(path)
  const folder = { id: FOLDER, owner: OWNER, displayName: 'Root', folderClass: 'IPF', changeKey: 'ck' }
  await storage.mailboxes.createMailbox(OWNER, [folder])
  await storage.close()
}

async function writeUntilKilled(path: string, round: string): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, path, OWNER, FOLDER, round], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let output = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    output += String(chunk)
    if (output.split('\n').length > ENOUGH) child.kill('SIGKILL')
  }
  expect(await closed).toEqual([null, 'SIGKILL'])
  return output.split('\n').slice(0, -1) // what follows the last line end is empty, or an id that was cut off
}

async function lookUp(path: string, ids: readonly string[]): Promise<{ present: string[]; total: number }> {
  const storage = await openSqlite(path)
  const items = await Promise.all(ids.map((id) => storage.mailboxes.item(id)))
  const [folder] = await storage.mailboxes.folders(OWNER)
  await storage.close()
  return { present: items.flatMap((item) => item?.id ?? []), total: folder?.totalCount ?? 0 }
}
