/** What is this machine and no other: the one place that knows. */
import { BlockList, isIP } from 'node:net'

/** What every server is called on its own machine. */
export const LOOPBACK = ['localhost', '127.0.0.1', '::1']

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether an IP address can be reached from this machine only. */
export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Whether the host of a URL, as a URL spells it, is this machine: by address, or as `localhost` and what is below it (RFC 6761, 6.3). */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    isLoopback(hostname.replace(/^\[|\]$/g, ''))
  )
}
