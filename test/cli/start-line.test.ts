/** The line that starts a server again where it was. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startLine } from '../../src/cli/start-line.ts'
import { writeReachable } from '../../src/server/state-files.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'entente start-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function runsAt(name: string, port: number, ca: string): void {
  mkdirSync(join(dir, name), { recursive: true })
  writeReachable(join(dir, name), {
    ...{ name, product: name, url: `https://localhost:${port}`, pid: 1 },
    ca: join(ca, 'ca.pem'),
  })
}

test('of a lab that was moved it has the port base, the folder of the state and that of the certificates', () => {
  runsAt('exchange', 9861, join(dir, 'own certs'))
  const line = startLine(dir, ['exchange'])
  const expected = `entente serve sharepoint --data '${dir}' --certs '${dir}/own certs' --port-base 9861`
  expect(line('sharepoint', 'https://localhost:9863')).toBe(expected)
  expect(line('sharepoint', undefined)).toBe(expected) // as the others are
  expect(line('exchange', 'https://localhost:8441')).toBe(
    `entente serve exchange --data '${dir}' --certs '${dir}/own certs'`,
  )
})

test('where everything is as usual there is nothing to say', () => {
  expect(startLine(resolve('data'), [])('lync', 'https://localhost:8442')).toBe('entente serve lync')
})

test('of a server that other machines reach it says so, of one that the lab file does not have nothing', () => {
  const line = startLine(resolve('data'), [])
  expect(line('lync', 'https://lync.litwareinc.com:8442')).toBe('entente serve lync --expose --address <ip>')
  expect(line('other', 'https://localhost:8450')).toBeUndefined()
})
