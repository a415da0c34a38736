/** The table that slows down whoever guesses admin tokens. */
import { networkOf, openFailureLimit } from '../../src/http/admin/failure-limit.ts'

const fail = (limit: ReturnType<typeof openFailureLimit>, address: string, times: number) => {
  for (let n = 0; n < times; n++) limit.note(address)
}

test('an address waits for the end of its minute, and begins anew', () => {
  const clock = { now: 1_000 }
  const limit = openFailureLimit(3, () => clock.now)
  fail(limit, '192.0.2.1', 2)
  expect(limit.wait('192.0.2.1')).toBe(0)
  clock.now += 10
  fail(limit, '192.0.2.1', 1)
  expect(limit.wait('192.0.2.1')).toBe(50)
  expect(limit.wait('192.0.2.2')).toBe(0)
  clock.now += 49
  expect(limit.wait('192.0.2.1')).toBe(1)
  clock.now += 1
  expect(limit.wait('192.0.2.1')).toBe(0)
  fail(limit, '192.0.2.1', 2)
  expect(limit.wait('192.0.2.1')).toBe(0)
})

test('ten thousand addresses are remembered; of more the oldest is forgotten, and of the newest none', () => {
  const clock = { now: 1_000 }
  const limit = openFailureLimit(1, () => clock.now)
  const address = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
  for (let n = 0; n < 10_001; n++) limit.note(address(n))
  expect(limit.wait(address(0))).toBe(0)
  expect(limit.wait(address(1))).toBe(60)
  expect(limit.wait(address(10_000))).toBe(60)
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['', ''],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
