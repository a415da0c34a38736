/** Every check is needed: with any one of them switched off, a token that must be refused gets in. */
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { admit as Admit } from '../../src/trust/admit.ts'
import { CHECKS, type Check, type Evidence, type Situation } from '../../src/trust/checks.ts'
import { certificateOf, KEYS, lync, situation } from '../support/tokens.ts'
import { VECTORS } from '../vectors/vectors.ts'

const BAD = VECTORS.filter(({ expect }) => expect !== 'accepted')

describe('a check that is passed whatever it sees', () => {
  /** What these find is needed by all that comes after them; they are weakened below. */
  const FINDERS = ['shape and header', 'issuer is registered', 'key is the partner’s', 'signature fits']
  /** The claims are read but once: whoever hands them out looks at this again. */
  const AGAIN = ['claims could be accepted from somebody']

  function passes(token: string, off: Check, against: Situation): boolean {
    const evidence: Partial<Evidence> = { token }
    return CHECKS.every((check) => check.judge(evidence, against) !== false || check === off)
  }

  const single = CHECKS.filter(({ name }) => ![...FINDERS, ...AGAIN].includes(name))
  test.each(single.map((check) => [check.name, check] as const))('lets in: %s', (_, off) => {
    const gotIn = BAD.filter(({ token, against }) => passes(token, off, situation(against)))
    expect(gotIn.length).toBeGreaterThan(0)
  })

  test('are all the checks there are, beside those that find something', () => {
    expect(CHECKS.map(({ name }) => name)).toEqual(expect.arrayContaining([...FINDERS, ...AGAIN]))
  })
})

describe('a build in which one look is taken out', () => {
  const place = resolve('node_modules/.cache/entente-weakened')
  // Module by module, as the program that is delivered is not.
  const modules = join(place, `${process.pid}-modules`)
  const builds = [modules]
  beforeAll(() => {
    const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', modules]
    const emit = ['--emitDeclarationOnly', 'false', '--declaration', 'false', '--incremental', 'false']
    execFileSync(process.execPath, [...tsc, ...emit, '--tsBuildInfoFile', 'null'], { stdio: 'inherit' })
  })
  afterAll(() => {
    for (const build of builds) rmSync(build, { recursive: true, force: true })
  })

  /** The program as it was built, with text of one file replaced. */
  async function weakened(
    file: string,
    changes: readonly (readonly [string, string])[],
  ): Promise<typeof Admit> {
    const build = join(place, `${process.pid}-${builds.length}`)
    builds.push(build)
    for (const part of ['protocol', 'trust'])
      cpSync(join(modules, part), join(build, part), { recursive: true })
    writeFileSync(join(build, 'package.json'), '{"type":"module"}')
    let text = readFileSync(join(build, file), 'utf8')
    for (const [from, to] of changes) {
      if (!text.includes(from)) throw new Error(`${file} has no ${from}: this test is out of date`)
      text = text.replace(from, to)
    }
    writeFileSync(join(build, file), text)
    return ((await import(join(build, 'trust/admit.js'))) as { admit: typeof Admit }).admit
  }

  // prettier-ignore
  const LOOKS: readonly [what: string, file: string, ...changes: (readonly [string, string])[]][] = [
    [
      'the signature',
      'protocol/jws.js',
      ["return verify('RSA-SHA256'", "return true || verify('RSA-SHA256'"],
    ],
    [
      'canonical base64url',
      'protocol/segments.js',
      ["PLACE.toString('base64url', 0, end) === segment ? end", 'true ? end'],
    ],
    ['UTF-8', 'protocol/segments.js', ["return !text.includes('\\ufffd') ||", 'return true ||']],
    [
      'the depth',
      'protocol/strict-json.js',
      ['if (open.length === depth)', 'if (false)'],
      ['if (depth === 0)', 'if (false)'],
    ],
    ['a member named twice', 'protocol/strict-json.js', ['if (names?.has(name))', 'if (false)']],
    [
      'a member named twice, in what seems a plain text',
      'protocol/strict-json.js',
      ['membersOf(value, depth) === namesIn(text)', 'membersOf(value, depth) <= namesIn(text)'],
    ],
    ['header members that steer', 'protocol/jws.js', ['const member of FORBIDDEN', 'const member of []']],
    ['the type', 'protocol/jws.js', ['if (typ !== undefined &&', 'if (false &&']],
    [
      'the algorithm',
      'protocol/jws.js',
      ["if (alg !== 'RS256')", 'if (false)'],
      ['accept({ alg, x5t', "accept({ alg: 'RS256', x5t"],
    ],
    [
      'a signature on an unsigned token',
      'protocol/presented-token.js',
      ['if (signature.length > 0)', 'if (false)'],
    ],
    ['an actor token in a signed token', 'protocol/presented-token.js', ['if (carriesActor)', 'if (false)']],
    [
      'an actor token in an actor token',
      'protocol/presented-token.js',
      ["if (Object.hasOwn(actor.value.payload, 'actortoken'))", 'if (false)'],
    ],
    [
      'the kind of a text',
      'protocol/claims.js',
      [
        "if (typeof value !== 'string') {",
        'if (typeof value !== "string") return String(value?.[0] ?? "x");\nif (false) {',
      ],
    ],
    ['control characters', 'protocol/claims.js', ['if (!isPrintable && hasControl(value))', 'if (false)']],
    [
      'the kind of a flag',
      'protocol/claims.js',
      [
        "return refuse('claim_malformed', { at: name, expected: 'true or false'",
        "return true || ({ at: name, expected: 'true or false'",
      ],
    ],
    [
      'the form of a time',
      'protocol/claims.js',
      [
        "typeof value === 'string' ? readDigits(value) : value",
        "typeof value === 'string' ? Number(value) : value",
      ],
    ],
    [
      'whom a token server names: its realm',
      'trust/auth-server.js',
      ['if (realm !== ownRealm)', 'if (false)'],
    ],
    [
      'whom a token server names: that it uses one',
      'trust/auth-server.js',
      ["if (named.source.kind === 'auth server')", 'if (true)'],
    ],
    [
      'who gave a consent',
      'trust/checks.js',
      ['partner.authServer !== undefined && opened.actor.consent', 'opened.actor.consent'],
    ],
    [
      'whose trust level counts',
      'trust/checks.js',
      ['forbiddenBy(speaker.trustLevel', 'forbiddenBy(partner.trustLevel'],
    ],
    ['the lifetime', 'protocol/claims.js', ['if (seconds > LONGEST_LIFETIME)', 'if (false)']],
  ]

  test.each(LOOKS)('lets in: %s', async (_, file, ...changes) => {
    const admit = await weakened(file, changes)
    const gotIn = BAD.filter(({ token, against }) => admit(token, situation(against)).ok)
    expect(gotIn.length).toBeGreaterThan(0)
  })

  test('is as good as ours when nothing is taken out', async () => {
    const admit = await weakened('protocol/jws.js', [])
    expect(BAD.filter(({ token, against }) => admit(token, situation(against)).ok)).toEqual([])
  })
})

describe('a lookup that is not bound to the issuer', () => {
  const gotInWith = (weaker: (against: Situation) => Situation) =>
    BAD.filter(({ token, against }) => {
      const weak = weaker(situation(against))
      const evidence: Partial<Evidence> = { token }
      return CHECKS.every((check) => check.judge(evidence, weak) !== false)
    })

  test('lets in whoever names another issuer, if the partner is taken for granted', () => {
    expect(gotInWith((against) => ({ ...against, partnerOf: () => lync() })).length).toBeGreaterThan(0)
  })

  test('lets in whoever has any key, if every key is the partner’s', () => {
    const certificates = Object.values(KEYS).map(certificateOf)
    const gotIn = gotInWith((against) => ({
      ...against,
      partnerOf: (issuer) => against.partnerOf(issuer) && lync({ certificates }),
    }))
    expect(gotIn.some(({ expect: code }) => code === 'key_unknown')).toBe(true)
  })
})
