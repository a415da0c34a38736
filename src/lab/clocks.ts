/** Moving the clocks of several running servers as one. */
import type { ClockAnswer } from '../http/admin/clock.ts'
import { type AdminClient, openAdminClient, problemText, UnreachableError } from './admin-client.ts'
import { LabError } from './pairing.ts'

type Clients = readonly (readonly [string, AdminClient])[]

/**
 * Makes one change (`PATCH /clock`) to the clocks of these servers. First every server is asked for its clock: where one does not
 * answer, or has one that nobody moves, none is moved. Then every clock moves, and then each server makes up for what came due meanwhile: none asks another
 * whose time is still the old one. Answers with the clocks and what was done. An error names who was moved before it, if any.
 */
export async function changeClocks(
  dataDir: string,
  servers: readonly string[],
  change: Readonly<Record<string, unknown>>,
  tokenFile?: string,
): Promise<ReadonlyMap<string, ClockAnswer>> {
  const clients: [string, AdminClient][] = []
  try {
    for (const name of servers) clients.push([name, openAdminClient(dataDir, name, tokenFile)])
    if (clients.length > 1) for (const [name, client] of clients) await refuseUnmovable(name, client)
    const moved = await eachInOrder(clients, { ...change, settle: false })
    const settled = await eachInOrder(clients, { settle: true })
    return new Map(
      [...settled].map(([name, answer]) => [
        name,
        { ...answer, played: [...(moved.get(name)?.played ?? []), ...answer.played] },
      ]),
    )
  } finally {
    await Promise.all(clients.map(([, client]) => client.close()))
  }
}

async function eachInOrder(clients: Clients, change: object): Promise<Map<string, ClockAnswer>> {
  const answers = new Map<string, ClockAnswer>()
  for (const [name, client] of clients) {
    try {
      answers.set(name, await ask(name, client, 'PATCH', change))
    } catch (error) {
      throw apart(error, [...answers.keys()], clients)
    }
  }
  return answers
}

async function refuseUnmovable(name: string, client: AdminClient): Promise<void> {
  const { kind } = await ask(name, client, 'GET')
  if (kind !== 'lab') throw new LabError(`${name} runs on the clock of its machine: no clock is moved`, 409)
}

async function ask(
  name: string,
  client: AdminClient,
  method: 'GET' | 'PATCH',
  change?: object,
): Promise<ClockAnswer> {
  const answer = await client.call(method, '/clock', change)
  if (answer.status === 200) return answer.body as ClockAnswer
  throw new LabError(`${name}: ${problemText(answer)}`, answer.status)
}

// Whose clock is where now, and the way to one time for all.
function apart(error: unknown, moved: readonly string[], clients: Clients): unknown {
  const isKnown = error instanceof LabError || error instanceof UnreachableError
  if (!isKnown || moved.length === 0) return error
  const left = clients.map(([name]) => name).filter((name) => !moved.includes(name))
  const text = `${error.message}; the change is made at ${moved.join(', ')} and not at ${left.join(', ')}: set all to one time with entente clock set, or entente clock reset`
  return error instanceof LabError ? new LabError(text, error.status) : new UnreachableError(text)
}
