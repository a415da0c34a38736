/** What this machine is called, for all who ask: the one list. */
import { isLoopbackHost } from '../../src/server/loopback.ts'

test.each(['localhost', 'a.localhost', '127.0.0.1', '127.9.8.7', '[::1]'])('%s is this machine', (host) => {
  expect(isLoopbackHost(new URL(`https://${host}/`).hostname)).toBe(true)
})

test.each([
  'localhost.example.com',
  'notlocalhost',
  '127.0.0.1.example.com',
  '128.0.0.1',
  '[::2]',
  '0.0.0.0',
  '10.0.0.1',
])('%s is not', (host) => {
  expect(isLoopbackHost(new URL(`https://${host}/`).hostname)).toBe(false)
})
