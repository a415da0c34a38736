/** A rollover from beginning to end on a copy of the farm, under its clock, with calls going on all the while. */
import type { ClockAnswer } from '../../http/admin/clock.ts'
import type { RolloverAnswer } from '../../http/admin/rollover.ts'
import type { ProbeReport } from '../../products/product.ts'
import { isoTime } from '../../protocol/ids.ts'
import { type AdminClient, openAdminClient, problemText } from '../admin-client.ts'
import { changeClocks } from '../clocks.ts'
import { LabError } from '../pairing.ts'
import { StoppedError } from '../run.ts'
import type { FarmCopy } from './copy.ts'

export interface Rehearsal {
  /** The server whose key is rolled over. */
  readonly server: string
  /** Seconds from staging to the effective date; 0: at once, without a lead. */
  readonly lead: number
  /** Partners cannot read the server's document from the moment of staging until the previous key is cleared. */
  readonly isCutOff: boolean
  /** Seconds between two rounds of calls. */
  readonly every: number
  readonly sipUri: string
  /** Ends the play before its next call. */
  readonly signal: AbortSignal
  /** Takes what happens as it happens. */
  readonly step: (at: string, what: string) => void
}

/** A call that was refused, or that did not come through. */
export interface RefusedCall {
  readonly at: string
  readonly caller: string
  readonly callee: string
  readonly as: 'application' | 'user'
  readonly code: string
}

export interface RehearsalReport {
  readonly server: string
  readonly calls: number
  readonly refused: readonly RefusedCall[]
  /** Calls that did not work before anything was done; they are not made again. */
  readonly brokenBefore: readonly RefusedCall[]
  /** Registrations of the farm that are not in the copy: what a rollover does to their calls is not known. */
  readonly leftOut: readonly string[]
  /** Whose keys are not read again, and why. */
  readonly remarks: readonly string[]
}

const HOUR = 3_600
/** How long it goes on after the new key signs, and again after the old one is gone: the longest that partners keep keys. */
const AFTER = 24 * HOUR

interface Route {
  readonly caller: string
  readonly callee: string
  readonly as: 'application' | 'user'
}

export async function rehearse(copy: FarmCopy, wish: Rehearsal): Promise<RehearsalReport> {
  const { lab, dataDir } = copy
  const names = lab.servers.map(({ name }) => name)
  const clients = new Map(names.map((name) => [name, openAdminClient(dataDir, name)]))
  const at = (name: string): AdminClient => {
    const client = clients.get(name)
    if (client === undefined) throw new LabError(`no server ${name} in the lab`)
    return client
  }
  const ask = async <T>(name: string, method: 'GET' | 'POST', path: string, body?: object): Promise<T> => {
    if (wish.signal.aborted) throw new StoppedError('stopped')
    const answer = await at(name).call(method, path, body)
    if (answer.status < 300) return answer.body as T
    throw new LabError(`the copy of ${name}: ${problemText(answer)}`)
  }
  const time = async () => (await ask<ClockAnswer>(wish.server, 'GET', '/clock')).time
  let calls = 0

  const round = async (routes: readonly Route[]): Promise<RefusedCall[]> => {
    const moment = await time()
    const failed: RefusedCall[] = []
    for (const route of routes) {
      const { caller, callee, as } = route
      const target = lab.servers.find(({ name }) => name === callee)
      const input = {
        partner: target?.product,
        url: `https://localhost:${target?.port}`,
        ...(as === 'user' && { sipUri: wish.sipUri }),
      }
      const { passed, failure } = await ask<ProbeReport>(caller, 'POST', '/tests/partner-connectivity', input)
      calls++
      if (!passed) failed.push({ at: moment, ...route, code: failure?.code ?? 'failed' })
    }
    return failed
  }
  const advance = async (seconds: number) => {
    const clocks = await changeClocks(dataDir, names, { advanceSeconds: seconds })
    for (const [name, { played }] of clocks)
      for (const { at: when, what } of played) wish.step(when, `${name}: ${what}`)
  }
  const say = async (what: string) => wish.step(await time(), `${wish.server}: ${what}`)

  try {
    await changeClocks(dataDir, names, { frozen: true })
    const others = names.filter((name) => name !== wish.server)
    const routes = others
      .flatMap((other) =>
        [[wish.server, other] as const, [other, wish.server] as const].flatMap(([caller, callee]) =>
          (['application', 'user'] as const).map((as): Route => ({ caller, callee, as })),
        ),
      )
      .filter(({ caller, callee }) => productOf(copy, caller) !== productOf(copy, callee))
    const brokenBefore = await round(routes)
    const isBroken = (route: Route) =>
      brokenBefore.some(
        (one) => one.caller === route.caller && one.callee === route.callee && one.as === route.as,
      )
    const good = routes.filter((route) => !isBroken(route))
    if (good.length === 0) {
      const [first] = brokenBefore
      const why =
        first === undefined ? 'there is nobody to call' : `${first.caller} → ${first.callee}: ${first.code}`
      throw new LabError(
        `no call of ${wish.server} works in the copy, so there is nothing to rehearse (${why}); see entente doctor`,
      )
    }
    const refused: RefusedCall[] = []
    const pass = async (seconds: number) => {
      for (let left = seconds; left > 0; left -= wish.every) {
        await advance(Math.min(left, wish.every))
        refused.push(...(await round(good)))
      }
    }

    if (wish.isCutOff) {
      const target = lab.servers.find(({ name }) => name === wish.server)
      const fault = { to: `localhost:${target?.port}`, on: 'documents', order: 'down', again: true }
      for (const other of others) await ask(other, 'POST', '/faults', fault)
      await say('its document cannot be read from now on')
    }
    if (wish.lead === 0) {
      const made = await ask<{ thumbprint: string }>(wish.server, 'POST', '/signing-keys', {})
      await ask(wish.server, 'POST', `/signing-keys/${made.thumbprint}/publish`)
      await say('a new key signs, without a lead')
      refused.push(...(await round(good)))
    } else {
      const effectiveAt = isoTime(Date.parse(await time()) / 1000 + wish.lead)
      await ask(wish.server, 'POST', '/signing-keys', { stage: true, effectiveAt, force: true })
      await say(`a key is staged, to be current from ${effectiveAt}`)
      refused.push(...(await round(good)))
      await pass(wish.lead)
      // A servicelet that looks twice a day may be late.
      for (let beat = 0; beat < AFTER && (await phase(ask, wish.server)) === 'staged'; beat += wish.every)
        await pass(wish.every)
    }
    await pass(AFTER)
    if (wish.isCutOff) for (const other of others) await at(other).call('DELETE', '/faults')
    await ask(wish.server, 'POST', '/rollover/finish', {})
    await say('the previous key is cleared')
    await pass(AFTER)
    const { leftOut, remarks } = copy
    return { server: wish.server, calls, refused, brokenBefore, leftOut, remarks }
  } finally {
    await Promise.all([...clients.values()].map((client) => client.close()))
  }
}

type Ask = <T>(name: string, method: 'GET', path: string) => Promise<T>

async function phase(ask: Ask, server: string): Promise<RolloverAnswer['phase']> {
  return (await ask<RolloverAnswer>(server, 'GET', '/rollover')).phase
}

function productOf({ lab }: FarmCopy, name: string): string | undefined {
  return lab.servers.find((server) => server.name === name)?.product
}
