/** Where a conversation is archived, as a table of everything the decision depends on. */
import {
  type ArchivingQuestion,
  decideArchiving,
  EXCHANGE_ARCHIVING_POLICIES,
  MODALITIES,
} from '../../../src/products/lync/archiving.ts'

const QUESTION: ArchivingQuestion = {
  configuration: {
    enableArchiving: 'ImAndWebConf',
    enableExchangeArchiving: true,
    blockOnArchiveFailure: false,
  },
  policy: { archiveInternal: false, archiveExternal: false },
  userPolicy: 'Uninitialized',
  isHeld: false,
  modality: 'InstantMessage',
  isExternal: false,
}

type Row = [
  archiving: ArchivingQuestion['configuration']['enableArchiving'],
  exchange: boolean,
  user: ArchivingQuestion['userPolicy'],
  held: boolean,
  internal: boolean,
  to: 'exchange' | 'lync' | 'nowhere',
  because: string,
]

describe('an instant message among users', () => {
  test.each<Row>([
    ['None', true, 'ArchivingToExchange', true, true, 'nowhere', 'enableArchiving is None'],
    ['None', false, 'Uninitialized', true, true, 'nowhere', 'enableArchiving is None'],
    [
      'ImOnly',
      true,
      'ArchivingToExchange',
      false,
      false,
      'exchange',
      'exchangeArchivingPolicy is ArchivingToExchange',
    ],
    ['ImOnly', true, 'Uninitialized', true, false, 'exchange', 'the mailbox is held'],
    ['ImOnly', true, 'Uninitialized', false, true, 'lync', 'archiveInternal is true'],
    ['ImOnly', true, 'Uninitialized', false, false, 'nowhere', 'archiveInternal is false'],
    ['ImOnly', true, 'UseLyncArchivingPolicy', true, true, 'lync', 'archiveInternal is true'],
    ['ImOnly', true, 'UseLyncArchivingPolicy', true, false, 'nowhere', 'archiveInternal is false'],
    ['ImOnly', true, 'NoArchiving', true, true, 'nowhere', 'exchangeArchivingPolicy is NoArchiving'],
    ['ImOnly', false, 'NoArchiving', true, true, 'nowhere', 'exchangeArchivingPolicy is NoArchiving'],
    ['ImOnly', false, 'ArchivingToExchange', true, true, 'lync', 'archiveInternal is true'],
    ['ImOnly', false, 'Uninitialized', true, false, 'nowhere', 'archiveInternal is false'],
    ['ImAndWebConf', true, 'Uninitialized', true, false, 'exchange', 'the mailbox is held'],
  ])(
    'archiving %s, to Exchange %s, user %s, held %s, policy %s: %s, for %s',
    (enableArchiving, enableExchangeArchiving, userPolicy, isHeld, archiveInternal, to, because) => {
      const configuration = { ...QUESTION.configuration, enableArchiving, enableExchangeArchiving }
      const policy = { archiveInternal, archiveExternal: !archiveInternal }
      expect(decideArchiving({ ...QUESTION, configuration, policy, userPolicy, isHeld })).toEqual({
        to,
        because,
      })
    },
  )
})

test.each([
  ['ImOnly', 'InstantMessage', 'exchange'],
  ['ImOnly', 'WebConference', 'nowhere'],
  ['ImAndWebConf', 'WebConference', 'exchange'],
] as const)('%s archives a %s %s', (enableArchiving, modality, to) => {
  const configuration = { ...QUESTION.configuration, enableArchiving }
  expect(decideArchiving({ ...QUESTION, configuration, modality, isHeld: true }).to).toBe(to)
})

test.each([
  [true, { archiveInternal: false, archiveExternal: true }, 'lync', 'archiveExternal is true'],
  [true, { archiveInternal: true, archiveExternal: false }, 'nowhere', 'archiveExternal is false'],
  [false, { archiveInternal: true, archiveExternal: false }, 'lync', 'archiveInternal is true'],
] as const)(
  'with somebody from outside %s, the policy %j says %s, for %s',
  (isExternal, policy, to, because) => {
    expect(decideArchiving({ ...QUESTION, isExternal, policy })).toEqual({ to, because })
  },
)

describe('whatever else is set', () => {
  const booleans = [true, false]
  const everything = EXCHANGE_ARCHIVING_POLICIES.flatMap((userPolicy) =>
    MODALITIES.flatMap((modality) =>
      booleans.flatMap((isHeld) =>
        booleans.flatMap((isExternal) =>
          booleans.flatMap((archiveInternal) =>
            booleans.flatMap((archiveExternal) =>
              booleans.map((enableExchangeArchiving) => ({
                ...QUESTION,
                ...{ userPolicy, modality, isHeld, isExternal },
                policy: { archiveInternal, archiveExternal },
                configuration: { ...QUESTION.configuration, enableExchangeArchiving },
              })),
            ),
          ),
        ),
      ),
    ),
  )

  test('without archiving nothing is archived', () => {
    for (const question of everything) {
      const configuration = { ...question.configuration, enableArchiving: 'None' as const }
      expect(decideArchiving({ ...question, configuration }).to).toBe('nowhere')
    }
  })

  test('nothing goes to Exchange unless that is on, and NoArchiving beats all', () => {
    for (const question of everything) {
      const { to } = decideArchiving(question)
      if (!question.configuration.enableExchangeArchiving) expect(to).not.toBe('exchange')
      if (question.userPolicy === 'NoArchiving') expect(to).toBe('nowhere')
    }
  })

  test('Lync’s policies have no say over what goes to Exchange', () => {
    for (const question of everything) {
      if (decideArchiving(question).to !== 'exchange') continue
      const policy = { archiveInternal: false, archiveExternal: false }
      expect(decideArchiving({ ...question, policy }).to).toBe('exchange')
    }
  })
})
