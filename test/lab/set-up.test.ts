/** Setting up a lab's servers, which is done at once: what is said of it when some cannot be. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LabPlaces, readLabFile } from '../../src/lab/lab-file.ts'
import { setUpLab } from '../../src/lab/set-up.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'entente-set-up-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

test('of several servers that cannot be set up the first of the lab file is named, and nothing is said to be done', async () => {
  const places: LabPlaces = { labFile: 'metadata/lab.json', dataDir, certsDir: dataDir }
  const said: string[] = []
  const setUp = setUpLab(readLabFile(places), places, async (name, task) => {
    said.push(name)
    return task()
  })
  await expect(setUp).rejects.toThrow(/^exchange is not running/)
  expect(said).toEqual([])
})
