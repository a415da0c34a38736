/** A second credential is seen wherever it stands: whoever is in front of the server may have looked at that one. */
import { connect } from 'node:tls'
import { CA, type Farm, mintAs, startFarm } from '../support/farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('exchange', 'lync')
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

/** The first line of the answer to these headers. */
function ask(headers: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = farm.servers.exchange
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: CA() }, () =>
      socket.write(['GET /ews/nothing HTTP/1.1', 'Host: localhost', ...headers, '', ''].join('\r\n')),
    )
    socket.setEncoding('latin1')
    socket.once('data', (answer: string) => {
      socket.destroy()
      resolve(answer.slice(0, answer.indexOf('\r\n')))
    })
    socket.on('error', reject)
  })
}

test.each([0, 900, 1_100])('two credentials are refused with %d other headers between them', async (many) => {
  const [ken, pilar] = farm.lab.users
  const bearing = async (user: typeof ken) =>
    `Authorization: Bearer ${await mintAs(farm, 'lync', 'exchange', user)}`
  const between = Array.from({ length: many }, () => 'a:')
  const both = [await bearing(ken), ...between, await bearing(pilar)]
  expect(await ask(both)).toBe('HTTP/1.1 400 Bad Request')
})
