/** Which IP addresses belong to the public Internet. What does not may be a server that only this one can reach. */
import { BlockList, isIP } from 'node:net'

/** IPv4 that is not globally reachable (IANA special-purpose registry), and one that is and still is inside a cloud. */
const NOT_PUBLIC_4 = [
  '0.0.0.0/8', // this network; 0.0.0.0 reaches the machine itself
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and the metadata services of clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
  '168.63.129.16/32', // the host under an Azure machine
]

/** Within global unicast, what leads elsewhere: protocol assignments with Teredo, documentation, 6to4. */
const NOT_PUBLIC_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

/** NAT64: the last 32 bits are the IPv4 address that is meant (RFC 6052). BlockList sees through ::ffff:0:0/96 itself. */
const NAT64 = '64:ff9b::'

const global = new BlockList()
global.addSubnet('0.0.0.0', 0, 'ipv4')
global.addSubnet('2000::', 3, 'ipv6')
global.addSubnet(NAT64, 96, 'ipv6')

const notPublic = new BlockList()
for (const subnet of NOT_PUBLIC_4) {
  const [address, bits] = split(subnet)
  notPublic.addSubnet(address, bits, 'ipv4')
  notPublic.addSubnet(NAT64 + address, 96 + bits, 'ipv6')
}
for (const subnet of NOT_PUBLIC_6) notPublic.addSubnet(...split(subnet), 'ipv6')

/** Whether an address in text is one of the public Internet. With a zone (`fe80::1%eth0`), or none at all: no. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 0 || address.includes('%')) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  return global.check(address, family) && !notPublic.check(address, family)
}

function split(subnet: string): [address: string, bits: number] {
  const [address = '', bits] = subnet.split('/')
  return [address, Number(bits)]
}
