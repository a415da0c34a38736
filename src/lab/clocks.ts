/** Moving the clocks of several running servers as one. */
import type { ClockAnswer } from '../http/admin/clock.ts'
import { type AdminClient, openAdminClient, problemText } from './admin-client.ts'
import { LabError } from './pairing.ts'

/**
 * Makes one change (`PATCH /clock`) to the clocks of these servers. First every clock moves, then each server makes up for
 * what came due meanwhile: none asks another whose time is still the old one. Answers with the clocks and what was done.
 */
export async function changeClocks(
  dataDir: string,
  servers: readonly string[],
  change: Readonly<Record<string, unknown>>,
  tokenFile?: string,
): Promise<ReadonlyMap<string, ClockAnswer>> {
  const clients = servers.map((name) => [name, openAdminClient(dataDir, name, tokenFile)] as const)
  try {
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

async function eachInOrder(
  clients: readonly (readonly [string, AdminClient])[],
  change: object,
): Promise<Map<string, ClockAnswer>> {
  const answers = new Map<string, ClockAnswer>()
  for (const [name, client] of clients) {
    const answer = await client.call('PATCH', '/clock', change)
    if (answer.status !== 200) throw new LabError(`${name}: ${problemText(answer)}`, answer.status)
    answers.set(name, answer.body as ClockAnswer)
  }
  return answers
}
