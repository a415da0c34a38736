/** The clocks of a lab against each other: which is off, and the commands that bring it to where the others are. Pure. */
import { type Finding, findingOf } from '../../trust/doctor/finding.ts'
import type { ServerEvidence } from './evidence.ts'

const DAY = 86_400

/** Each clock against the middle one: of three, the one that is off is named, not its partners. */
export function examineClocks(servers: readonly ServerEvidence[]): Finding[] {
  const middle = middleOf(servers)
  if (servers.length < 2 || middle === undefined) return []
  const allowed = Math.min(...servers.map(({ own }) => own.server.clockSkewSeconds))
  return servers.flatMap((server) => {
    const apart = Math.round(server.time - middle.time)
    if (Math.abs(apart) <= allowed / 2) return []
    const code = Math.abs(apart) > allowed ? 'clocks_apart' : 'clocks_drifting'
    return [
      findingOf(
        code,
        { server: server.name },
        {
          seen: `${Math.abs(apart)} s ${apart > 0 ? 'ahead of' : 'behind'} ${middle.name}`,
          expected: `at most ${allowed} s`,
          ...setRight(server, middle, apart),
        },
      ),
    ]
  })
}

// Of two, the one that nobody moved is right; of two that were moved, the one that was moved with no other in mind.
function middleOf(servers: readonly ServerEvidence[]): ServerEvidence | undefined {
  const times = [...servers].sort((one, other) => one.time - other.time)
  if (servers.length > 2) return times[times.length >> 1]
  return times.find((one) => !isMoved(one)) ?? times.find(({ clock }) => clock.skewSeconds === 0) ?? times[0]
}

function isMoved({ clock: { kind, frozen, rate, aheadSeconds } }: ServerEvidence): boolean {
  return kind === 'lab' && (frozen || rate !== 1 || Math.abs(aheadSeconds) >= 2)
}

// To where the middle one is, and on at its pace. Back to the machine’s time is right only if that is where the others are.
function setRight(
  server: ServerEvidence,
  middle: ServerEvidence,
  apart: number,
): { commands: string[][] } | { advice: string } {
  const at = (...words: string[]) => ['clock', ...words, '--server', server.name]
  if (server.clock.kind === 'machine') {
    const isOwn = !isMoved(middle)
    return {
      advice: isOwn
        ? `set the clock of the machine of ${server.name}`
        : `${server.name} has the time of its machine, which nobody moves here; the others are set back by: entente clock reset`,
    }
  }
  if (!isMoved(middle))
    return isMoved(server)
      ? { commands: [at('reset')] }
      : { advice: `set the clock of the machine of ${server.name}` }
  const { frozen, rate, skewSeconds } = middle.clock
  const isPaced = server.clock.frozen === frozen && (frozen || server.clock.rate === rate)
  const isSkewed = server.clock.skewSeconds !== skewSeconds
  const left = apart - (server.clock.skewSeconds - skewSeconds)
  return {
    commands: [
      ...(isPaced ? [] : [frozen ? at('freeze') : at('run', String(rate))]),
      ...(isSkewed ? [at('skew', duration(skewSeconds))] : []),
      ...(Math.abs(left) < 2 ? [] : [at('advance', duration(-left))]),
    ],
  }
}

function duration(seconds: number): string {
  if (seconds === 0) return '0'
  return seconds % DAY === 0 ? `${seconds / DAY}d` : `${seconds}s`
}
