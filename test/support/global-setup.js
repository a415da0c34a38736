/**
 * Once before all tests: the program is built, because some tests run it, and the lab's certificates are made in
 * `node_modules/.cache`, because making RSA keys takes time.
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'

export default async function globalSetup() {
  execFileSync(process.execPath, ['build.js'], { stdio: 'inherit' })
  const { ensureLabCertificates } = await import('../../dist/lab/certificates.js')
  const { readLabFile } = await import('../../dist/lab/lab-file.js')
  const { certificateWanted } = await import('../../dist/lab/run.js')
  const places = { labFile: 'metadata/lab.json', dataDir: '', certsDir: '', tokenServer: true }
  const { servers } = readLabFile(places)
  const dir = 'node_modules/.cache/entente-test-certificates'
  const make = () => ensureLabCertificates(dir, servers.map(certificateWanted), Math.floor(Date.now() / 1000))
  try {
    await make()
  } catch {
    rmSync(dir, { recursive: true, force: true }) // left half-made by another version of the program
    await make()
  }
}
