/** The decision table of the application access policy, complete over its axes; and what must hold besides. */
import * as fc from 'fast-check'
import {
  AGENT_FAMILIES,
  type AgentFamily,
  decideEwsAccess,
  type EwsSettings,
  familyOf,
  NOTHING_SET,
  ORGANIZATION_DEFAULTS,
  type OrganizationEwsSettings,
} from '../../../../src/products/exchange/access/ews-access.ts'

const organization = (change: Partial<OrganizationEwsSettings> = {}): OrganizationEwsSettings => ({
  ...ORGANIZATION_DEFAULTS,
  ...change,
})
const mailbox = (change: Partial<EwsSettings> = {}): EwsSettings => ({ ...NOTHING_SET, ...change })
const SWITCH = { on: true, off: false, '-': null } as const
type SwitchWord = keyof typeof SWITCH
const WORDS = Object.keys(SWITCH) as SwitchWord[]

describe('EwsEnabled of the organization and of the mailbox', () => {
  const ENABLED: readonly [
    org: SwitchWord,
    own: SwitchWord,
    document: readonly ['allowed' | 'denied', string],
    reference: readonly ['allowed' | 'denied', string],
  ][] = [
    // organization, mailbox, as the document of 2012 has it, with orgDisableIsFinal
    ['-', '-', ['allowed', 'nothing is set'], ['allowed', 'nothing is set']],
    ['-', 'on', ['allowed', 'mailbox EwsEnabled'], ['allowed', 'mailbox EwsEnabled']],
    ['-', 'off', ['denied', 'mailbox EwsEnabled'], ['denied', 'mailbox EwsEnabled']],
    ['on', '-', ['allowed', 'organization EwsEnabled'], ['allowed', 'organization EwsEnabled']],
    ['on', 'on', ['allowed', 'mailbox EwsEnabled'], ['allowed', 'mailbox EwsEnabled']],
    ['on', 'off', ['denied', 'mailbox EwsEnabled'], ['denied', 'mailbox EwsEnabled']],
    ['off', '-', ['denied', 'organization EwsEnabled'], ['denied', 'organization EwsEnabled']],
    ['off', 'on', ['allowed', 'mailbox EwsEnabled'], ['denied', 'organization EwsEnabled']],
    ['off', 'off', ['denied', 'mailbox EwsEnabled'], ['denied', 'organization EwsEnabled']],
  ]

  test('the table has every combination once', () => {
    const seen = ENABLED.map(([org, own]) => `${org} ${own}`)
    expect(seen.sort()).toEqual(WORDS.flatMap((org) => WORDS.map((own) => `${org} ${own}`)).sort())
  })

  test.each(ENABLED)(
    'organization %s, mailbox %s: %s; where the organization is final: %s',
    (org, own, ...both) => {
      for (const [index, [outcome, rule]] of both.entries()) {
        const settings = organization({ ewsEnabled: SWITCH[org], orgDisableIsFinal: index === 1 })
        const decision = decideEwsAccess('Tool/1', settings, mailbox({ ewsEnabled: SWITCH[own] }))
        expect(decision).toEqual({ allowed: outcome === 'allowed', rule })
      }
    },
  )
})

const AGENTS: Record<AgentFamily, string> = {
  outlook: 'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.4266; Pro)',
  macOutlook: 'MacOutlook/15.20.0.160315 (Intelx64 Mac OS X)',
  entourage: 'Entourage/13.0.9',
}
const MEMBERS = {
  outlook: 'ewsAllowOutlook',
  macOutlook: 'ewsAllowMacOutlook',
  entourage: 'ewsAllowEntourage',
} as const

describe('the switches of the three families', () => {
  // organization, mailbox, who decides; `-` leaves it to the policies, which here block everything
  const FAMILY: readonly [
    SwitchWord,
    SwitchWord,
    'allowed' | 'denied',
    'organization' | 'mailbox' | 'policy',
  ][] = [
    ['-', '-', 'denied', 'policy'],
    ['-', 'on', 'allowed', 'mailbox'],
    ['-', 'off', 'denied', 'mailbox'],
    ['on', '-', 'allowed', 'organization'],
    ['on', 'on', 'allowed', 'mailbox'],
    ['on', 'off', 'denied', 'mailbox'],
    ['off', '-', 'denied', 'organization'],
    ['off', 'on', 'allowed', 'mailbox'],
    ['off', 'off', 'denied', 'mailbox'],
  ]
  const blocksAll = { ewsApplicationAccessPolicy: 'EnforceAllowList', ewsAllowList: [] } as const

  describe.each(AGENT_FAMILIES)('%s', (family) => {
    const member = MEMBERS[family]
    const name = member.replace('ews', 'Ews')

    test('the table has every combination once', () => {
      const seen = FAMILY.map(([org, own]) => `${org} ${own}`)
      expect(seen.sort()).toEqual(WORDS.flatMap((org) => WORDS.map((own) => `${org} ${own}`)).sort())
    })

    test.each(FAMILY)('organization %s, mailbox %s: %s by the %s', (org, own, outcome, by) => {
      const decision = decideEwsAccess(
        AGENTS[family],
        organization({ [member]: SWITCH[org], ...blocksAll }),
        mailbox({ [member]: SWITCH[own] }),
      )
      const rule = by === 'policy' ? 'organization EnforceAllowList' : `${by} ${name}`
      expect(decision).toEqual({ allowed: outcome === 'allowed', rule })
    })

    test('its switch is nothing to the other families and to other applications', () => {
      const others = [...AGENT_FAMILIES.filter((one) => one !== family).map((one) => AGENTS[one]), 'Tool/1']
      for (const agent of [...others, undefined]) {
        const decision = decideEwsAccess(
          agent,
          organization({ [member]: false }),
          mailbox({ [member]: false }),
        )
        expect([agent, decision]).toEqual([agent, { allowed: true, rule: 'nothing is set' }])
      }
    })

    test('an application is of the family that its patterns name, and of none without patterns', () => {
      const userAgentClasses = { ...ORGANIZATION_DEFAULTS.userAgentClasses, [family]: ['Tool/*'] }
      expect(familyOf('tool/7', { userAgentClasses })).toBe(family)
      expect(familyOf(AGENTS[family], { userAgentClasses })).toBeUndefined()
    })
  })
})

describe('the policies of the organization and of the mailbox', () => {
  const allow = (list: readonly string[] | null) =>
    ({ ewsApplicationAccessPolicy: 'EnforceAllowList', ewsAllowList: list, ewsBlockList: ['*'] }) as const
  const block = (list: readonly string[] | null) =>
    ({ ewsApplicationAccessPolicy: 'EnforceBlockList', ewsBlockList: list, ewsAllowList: [] }) as const
  const POLICIES: Record<string, Partial<EwsSettings>> = {
    'no policy': { ewsAllowList: [], ewsBlockList: ['*'] },
    'allow it': allow(['Other/*', 'OWA/*']),
    'allow another': allow(['Other/*']),
    'allow none': allow([]),
    'allow, no list': allow(null),
    'block it': block(['Other/*', 'OWA/*']),
    'block another': block(['Other/*']),
    'block none': block([]),
    'block, no list': block(null),
  }
  /** What a policy says of `OWA/15`, and of an application that does not say what it is. */
  const SAYS: Record<string, readonly [named: boolean, unnamed: boolean]> = {
    'no policy': [true, true],
    'allow it': [true, false],
    'allow another': [false, false],
    'allow none': [false, false],
    'allow, no list': [false, false],
    'block it': [false, true],
    'block another': [true, true],
    'block none': [true, true],
    'block, no list': [true, true],
  }
  const names = Object.keys(POLICIES)
  const rows = names.flatMap((org) => names.map((own) => [org, own] as const))

  test.each(rows)('organization: %s; mailbox: %s', (org, own) => {
    const decider = own === 'no policy' ? org : own
    for (const [agent, index] of [
      ['OWA/15', 0],
      ['owa/15', 0],
      [undefined, 1],
    ] as const) {
      const decision = decideEwsAccess(agent, organization(POLICIES[org]), mailbox(POLICIES[own]))
      expect([agent, decision.allowed]).toEqual([agent, SAYS[decider]![index]])
      const place = own === 'no policy' ? 'organization' : 'mailbox'
      const policy = decider.startsWith('allow') ? 'EnforceAllowList' : 'EnforceBlockList'
      expect(decision.rule).toBe(decider === 'no policy' ? 'nothing is set' : `${place} ${policy}`)
      const fits = agent !== undefined && decider.endsWith(' it')
      expect(decision.pattern).toBe(fits ? 'OWA/*' : undefined)
    }
  })

  test('both must allow: a mailbox that is enabled still needs an application that is', () => {
    const decision = decideEwsAccess('Tool/1', organization(allow(['OWA/*'])), mailbox({ ewsEnabled: true }))
    expect(decision).toEqual({ allowed: false, rule: 'organization EnforceAllowList' })
    const off = decideEwsAccess('OWA/1', organization(allow(['OWA/*'])), mailbox({ ewsEnabled: false }))
    expect(off).toEqual({ allowed: false, rule: 'mailbox EwsEnabled' })
  })

  test('nothing but the star has a meaning in a pattern', () => {
    for (const [pattern, agent, fits] of [
      ['a.c', 'abc', false],
      ['a?c', 'abc', false],
      ['[ab]', 'a', false],
      ['(a', '(a', true],
      ['OWA/', 'OWA/15', false],
      ['*Outlook*', 'my outlook!', true],
    ] as const) {
      const decision = decideEwsAccess(agent, organization(allow([pattern])), mailbox())
      expect([pattern, agent, decision.allowed]).toEqual([pattern, agent, fits])
    }
  })

  test.each([
    ['stars alone', '*'.repeat(10_000), true],
    ['stars between letters', '*a'.repeat(10_000), false],
    ['stars, then what is not there', `${'*'.repeat(10_000)}b`, false],
  ])('10,000 %s are answered at once', (_, pattern, fits) => {
    const started = process.hrtime.bigint()
    const settings = organization(allow(Array.from({ length: 20 }, () => pattern)))
    expect(decideEwsAccess('a'.repeat(8_000), settings, mailbox()).allowed).toBe(fits)
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(1_000)
  })
})

const tri = fc.constantFrom(true, false, null)
const agents = fc.constantFrom(undefined, 'Tool/1', 'OWA/15', ...Object.values(AGENTS))
const patterns = fc.subarray(['Tool/*', 'OWA/*', '*', 'MacOutlook/*', '*Outlook*', 'None/*'])
const lists = fc.option(patterns, { nil: null })
const settingsOf: fc.Arbitrary<EwsSettings> = fc.record({
  ewsEnabled: tri,
  ewsApplicationAccessPolicy: fc.constantFrom('EnforceAllowList' as const, 'EnforceBlockList' as const, null),
  ewsAllowList: lists,
  ewsBlockList: lists,
  ewsAllowOutlook: tri,
  ewsAllowMacOutlook: tri,
  ewsAllowEntourage: tri,
})
const organizations = fc
  .tuple(settingsOf, fc.boolean())
  .map(([settings, orgDisableIsFinal]) => organization({ ...settings, orgDisableIsFinal }))

describe('a deny that is added never lets anyone in', () => {
  type Change = (settings: EwsSettings) => EwsSettings
  const DENIES: Record<string, Change> = {
    'EwsEnabled false': (settings) => ({ ...settings, ewsEnabled: false }),
    'EwsAllowOutlook false': (settings) => ({ ...settings, ewsAllowOutlook: false }),
    'EwsAllowMacOutlook false': (settings) => ({ ...settings, ewsAllowMacOutlook: false }),
    'EwsAllowEntourage false': (settings) => ({ ...settings, ewsAllowEntourage: false }),
    'an entry in the block list': (settings) => ({
      ...settings,
      ewsBlockList: [...(settings.ewsBlockList ?? []), 'Tool/*'],
    }),
    'an entry less in the allow list': (settings) => ({
      ...settings,
      ewsAllowList: settings.ewsAllowList?.slice(1) ?? null,
    }),
  }

  test.each(Object.entries(DENIES))('%s, for the organization or the mailbox', (_, change) => {
    void fc.assert(
      fc.property(agents, organizations, settingsOf, (agent, org, own) => {
        const before = decideEwsAccess(agent, org, own).allowed
        const after = [
          decideEwsAccess(agent, { ...org, ...change(org) }, own).allowed,
          decideEwsAccess(agent, org, change(own)).allowed,
        ]
        expect(after.every((allowed) => before || !allowed)).toBe(true)
      }),
    )
  })

  test('orgDisableIsFinal', () => {
    void fc.assert(
      fc.property(agents, organizations, settingsOf, (agent, org, own) => {
        const decide = (orgDisableIsFinal: boolean) =>
          decideEwsAccess(agent, { ...org, orgDisableIsFinal }, own).allowed
        expect(decide(false) || !decide(true)).toBe(true)
      }),
    )
  })
})
