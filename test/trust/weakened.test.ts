/** Every check is needed: with any one of them switched off, a token that must be refused gets in. */
import { CHECKS, type Check, type Evidence } from '../../src/trust/checks.ts'
import { situation } from '../support/tokens.ts'
import { VECTORS } from '../vectors/vectors.ts'

/** Without what these find nothing after them can be asked: they cannot be switched off. */
const FINDERS = [
  'shape and header',
  'issuer is registered',
  'key is the partner’s',
  'signature, and claims of the right kind',
]

/** Whether a token passes when one check holds whatever it sees. */
function passes(token: string, off: Check, against: ReturnType<typeof situation>): boolean {
  let evidence: Partial<Evidence> = { token }
  for (const check of CHECKS) {
    const { holds, found } = check.judge(evidence, against)
    if (holds === false && check !== off) return false
    evidence = { ...evidence, ...found }
  }
  return true
}

test.each(CHECKS.filter(({ name }) => !FINDERS.includes(name)).map((check) => [check.name, check] as const))(
  'without the check “%s” a token that must be refused gets in',
  (_, off) => {
    const gotIn = VECTORS.filter(({ expect }) => expect !== 'accepted').filter(({ token, against }) =>
      passes(token, off, situation(against)),
    )
    expect(gotIn.length).toBeGreaterThan(0)
  },
)

test('what the finders find is needed by what comes after them', () => {
  for (const name of FINDERS) {
    const index = CHECKS.findIndex((check) => check.name === name)
    const needed = CHECKS.slice(index + 1).flatMap(({ needs }) => needs)
    const before = new Set([
      'token',
      ...CHECKS.slice(0, index).flatMap(({ name: earlier }) => GIVES[earlier] ?? []),
    ])
    expect(GIVES[name]!.every((found) => needed.includes(found) && !before.has(found))).toBe(true)
  }
})

const GIVES: Record<string, readonly (keyof Evidence)[]> = {
  'shape and header': ['presented'],
  'issuer is registered': ['partner'],
  'key is the partner’s': ['certificate'],
  'signature, and claims of the right kind': ['opened'],
}

test('without a look at the signature, tokens of strangers get in', () => {
  // The key of the partner, believed without asking whether it made the signature: what CVE-2026-55040 did.
  const forged = VECTORS.filter(({ expect }) => expect === 'bad_signature')
  expect(forged.length).toBeGreaterThan(20)
  for (const { token, against } of forged) expect(refusedAt(token, situation(against))).toBe(FINDERS[3])
})

function refusedAt(token: string, against: ReturnType<typeof situation>): string | undefined {
  let evidence: Partial<Evidence> = { token }
  for (const { name, judge } of CHECKS) {
    const { holds, found } = judge(evidence, against)
    if (holds === false) return name
    evidence = { ...evidence, ...found }
  }
  return undefined
}
