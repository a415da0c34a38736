/** Connections by where they come from: no address may take all that a server holds. */
import type { Socket } from 'node:net'
import type { Server, TLSSocket } from 'node:tls'
import { networkOf } from './admin/failure-limit.ts'

export interface FairnessLimits {
  readonly connectionsPerAddress: number
  readonly handshakesPerAddress: number
}

interface Guests {
  readonly all: Set<Socket>
  /** Those that have not finished their handshake, oldest first, by the port they come from. */
  readonly silent: Map<number, Socket>
}

/**
 * Closes connections over an address's share at once. Of those whose TLS does not stand yet the oldest makes room for the
 * newest: a client that means it needs milliseconds, so it gets in while another opens connections and says nothing.
 */
export function keepConnectionsFair(server: Server, limits: FairnessLimits): void {
  const networks = new Map<string, Guests>()
  server.on('connection', (socket: Socket) => {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) return // it is gone already
    const network = networkOf(remoteAddress)
    const guests = networks.get(network) ?? { all: new Set(), silent: new Map() }
    if (guests.all.size >= limits.connectionsPerAddress) {
      socket.destroy()
      return
    }
    networks.set(network, guests)
    const [oldest] = guests.silent.values()
    if (oldest !== undefined && guests.silent.size >= limits.handshakesPerAddress) oldest.destroy()
    guests.all.add(socket)
    guests.silent.set(remotePort, socket)
    socket.once('close', () => {
      guests.all.delete(socket)
      if (guests.silent.get(remotePort) === socket) guests.silent.delete(remotePort)
      if (guests.all.size === 0) networks.delete(network)
    })
  })
  server.on('secureConnection', ({ remoteAddress, remotePort }: TLSSocket) => {
    if (remoteAddress === undefined || remotePort === undefined) return
    networks.get(networkOf(remoteAddress))?.silent.delete(remotePort)
  })
}
