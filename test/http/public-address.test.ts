/** Which addresses count as the Internet, and that no spelling of another hides it. */
import { isPublicAddress } from '../../src/http/public-address.ts'

const NOT_PUBLIC_4 = [
  ['this machine', '0.0.0.0'],
  ['this network', '0.255.255.255'],
  ['private', '10.0.0.0'],
  ['private', '10.255.255.255'],
  ['private', '172.16.0.0'],
  ['private', '172.31.255.255'],
  ['private', '192.168.0.0'],
  ['private', '192.168.255.255'],
  ['carrier-grade NAT', '100.64.0.0'],
  ['carrier-grade NAT', '100.127.255.255'],
  ['loopback', '127.0.0.1'],
  ['loopback', '127.255.255.255'],
  ['link-local', '169.254.0.0'],
  ['metadata service', '169.254.169.254'],
  ['metadata service of Azure', '168.63.129.16'],
  ['metadata service of Alibaba', '100.100.100.200'],
  ['protocol assignment', '192.0.0.192'],
  ['documentation', '192.0.2.1'],
  ['documentation', '198.51.100.1'],
  ['documentation', '203.0.113.1'],
  ['benchmark', '198.19.255.255'],
  ['6to4 relay', '192.88.99.1'],
  ['multicast', '224.0.0.1'],
  ['multicast', '239.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
] as const

const PUBLIC_4 = ['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255']
  .concat(['128.0.0.0', '168.63.129.17', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0'])
  .concat(['192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255'])

const NOT_PUBLIC_6 = [
  ['unspecified', '::'],
  ['loopback', '::1'],
  ['loopback in full', '0:0:0:0:0:0:0:1'],
  ['IPv4-compatible', '::8.8.8.8'],
  ['IPv4-compatible loopback', '::127.0.0.1'],
  ['unique local', 'fc00::1'],
  ['unique local', 'fdff:ffff::1'],
  ['metadata service of EC2', 'fd00:ec2::254'],
  ['link-local', 'fe80::1'],
  ['link-local', 'febf::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['public with a zone', '2606:4700::1111%1'],
  ['site-local', 'fec0::1'],
  ['multicast', 'ff02::1'],
  ['multicast', 'ff0e::1'],
  ['discard', '100::1'],
  ['NAT64 for local use', '64:ff9b:1::8.8.8.8'],
  ['Teredo', '2001::1'],
  ['ORCHID', '2001:20::1'],
  ['documentation', '2001:db8::1'],
  ['documentation', '3fff::1'],
  ['6to4 of a loopback address', '2002:7f00:1::'],
  ['6to4 of a private address', '2002:a00:1::1'],
  ['6to4 of a public address', '2002:808:808::1'],
  ['IPv4-translated', '::ffff:0:127.0.0.1'],
  ['segment routing', '5f00::1'],
] as const

describe('not public is', () => {
  test.each([...NOT_PUBLIC_4, ...NOT_PUBLIC_6])('%s: %s', (_what, address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  test.each(NOT_PUBLIC_4)('%s: %s, mapped or translated into IPv6', (_what, address) => {
    const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
    const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
    const spellings = [`::ffff:${address}`, `::FFFF:${hex}`, `0:0:0:0:0:ffff:${hex}`, `::${address}`]
    for (const spelling of [...spellings, `64:ff9b::${address}`, `64:ff9b::${hex}`, `2002:${hex}::1`]) {
      expect([spelling, isPublicAddress(spelling)]).toEqual([spelling, false])
    }
  })

  test.each([
    '',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '8.8.8',
    '8.8.8.8 ',
    '[::1]',
  ])('what is no address at all: "%s"', (text) => {
    expect(isPublicAddress(text)).toBe(false)
  })
})

describe('public is', () => {
  test.each(PUBLIC_4)('%s, also mapped or translated into IPv6', (address) => {
    expect([address, `::ffff:${address}`, `64:ff9b::${address}`].map(isPublicAddress)).toEqual([
      true,
      true,
      true,
    ])
  })

  test.each(['2606:4700:4700::1111', '2a00:1450::1', '2001:200::1', '2001:4860:4860::8888', '3ffe::1'])(
    '%s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )
})
