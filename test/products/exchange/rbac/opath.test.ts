/** Recipient filters: what they say, whom they hold, and where one that cannot be read goes wrong. */
import fc from 'fast-check'
import { prepareFilter } from '../../../../src/products/exchange/rbac/filter.ts'
import { DEEPEST_FILTER, LONGEST_FILTER, readFilter } from '../../../../src/products/exchange/rbac/opath.ts'
import { RECIPIENT_PROPERTIES } from '../../../../src/products/exchange/rbac/recipient.ts'
import { groupState } from '../../../../src/trust/groups.ts'
import { account, group, person, team } from './samples.ts'

const KEN = account(1104, 'kenmyer', {
  displayName: 'Ken Myer',
  upn: 'kenmyer@corp.litwareinc.com',
  sip: 'sip:kenmyer@litwareinc.com',
  organizationalUnit: 'litwareinc.com/Sales/West',
  mailboxDatabase: 'DB01',
  attributes: {
    alias: 'kmyer',
    firstName: 'Ken',
    lastName: "O'Myer",
    department: 'Sales',
    title: 'Manager "West"',
    company: 'Litware',
    office: '12/3',
    city: 'Reno',
    stateOrProvince: 'NV',
    postalCode: '89501',
    countryOrRegion: 'US',
    customAttribute1: 'vip',
    customAttribute15: 'last',
  },
})
const ROOM = account(1200, 'room1', { enabled: false, recipientTypeDetails: 'RoomMailbox' })
const NOBODY = account(1300, 'svc', { mailboxEnabled: false, enabled: false })
const GROUPS = groupState([group('Team', person(KEN)), group('All', team('Team'), person(ROOM))])

function holds(filter: string, user = KEN): boolean {
  const read = readFilter(filter)
  if (!read.ok) throw new Error(`${filter}: ${read.position}: expected ${read.expected}, saw ${read.seen}`)
  return prepareFilter(read.filter)({ user, groups: GROUPS })
}

const TEAM = 'CN=Team,CN=Users,DC=litwareinc,DC=com'

const OF_KEN: [string, boolean][] = [
  ["Alias -eq 'KMYER'", true],
  ["City -eq 'Reno'", true],
  ["Company -like 'lit*'", true],
  ["CountryOrRegion -eq 'US'", true],
  ["CustomAttribute1 -eq 'vip'", true],
  ['CustomAttribute2 -eq $null', true],
  ["CustomAttribute15 -eq 'last'", true],
  ["Database -eq 'db01'", true],
  ["Department -ne 'Sales'", false],
  ["DisplayName -eq 'Ken Myer'", true],
  ["DistinguishedName -eq 'CN=Ken Myer,OU=West,OU=Sales,DC=litwareinc,DC=com'", true],
  ["EmailAddresses -like 'SMTP:*@litwareinc.com'", true],
  ["EmailAddresses -notlike 'sip:*'", false],
  ["ExchangeUserAccountControl -ne 'AccountDisabled'", true],
  ["FirstName -eq 'ken'", true],
  ['IsLinked -eq $false', true],
  ['IsResource -ne $true', true],
  ['IsShared -eq $true', false],
  ["LastName -eq 'O''Myer'", true],
  ['LastName -eq "O\'Myer"', true],
  [`MemberOfGroup -eq '${TEAM}'`, true],
  ["MemberOfGroup -like 'CN=All,*'", false], // a nested group does not count in a filter
  ["Name -eq 'Ken Myer'", true],
  ["Office -eq '12/3'", true],
  ["OrganizationalUnit -like 'litwareinc.com/Sales*'", true],
  ["PostalCode -eq '89501'", true],
  ["PrimarySmtpAddress -eq 'KenMyer@litwareinc.com'", true],
  ["RecipientType -eq 'UserMailbox'", true],
  ["RecipientTypeDetails -eq 'UserMailbox'", true],
  ["SamAccountName -eq 'kmyer'", true],
  ["Sid -eq 's-1-5-21-1-2-3-1104'", true],
  ["StateOrProvince -eq 'NV'", true],
  ['Title -eq "Manager ""West"""', true],
  ["UserPrincipalName -like '*@corp.*'", true],
  ["WindowsEmailAddress -eq 'kenmyer@litwareinc.com'", true],
]

test.each(OF_KEN)('of Ken, %s: %s', (filter, expected) => {
  expect(holds(filter)).toBe(expected)
})

test('the table above asks for every property there is', () => {
  const asked = new Set(OF_KEN.map(([filter]) => filter.split(' ')[0]))
  const known = RECIPIENT_PROPERTIES.map(({ name }) => name).filter(
    (name) => !/^CustomAttribute([3-9]|1[0-4])$/.test(name),
  )
  expect([...asked].sort()).toEqual(known.sort())
})

test.each<[string, boolean]>([
  ["Department -eq 'Sales' -and Title -like 'Man*'", true],
  ["Department -eq 'IT' -or Title -like 'Man*'", true],
  ["Department -eq 'IT' -and Title -like 'Man*'", false],
  ["-not (Department -eq 'IT')", true],
  ["!(Department -eq 'Sales')", false],
  ["-not -not Department -eq 'Sales'", true],
  ["((Department -eq 'IT') -or (City -eq 'Reno')) -and (Company -eq 'Litware')", true],
  ["{ Department -eq 'Sales' }", true],
  ["DEPARTMENT -EQ 'sales' -AND -NOT CITY -EQ 'LA'", true],
  ['Department -ne $null', true],
  ['(Office -eq $null)', false],
])('words are joined as they say: %s: %s', (filter, expected) => {
  expect(holds(filter)).toBe(expected)
})

test('what is not set is equal to $null, unlike everything else, and like nothing', () => {
  const rows = ['-eq $null', "-eq 'x'", "-ne 'x'", "-like '*'", "-notlike '*'", '-ne $null']
  expect(rows.map((row) => holds(`Department ${row}`, NOBODY))).toEqual([
    true,
    false,
    true,
    false,
    true,
    false,
  ])
})

test('kinds of recipients and disabled accounts can be asked for', () => {
  expect(holds('IsResource -eq $true', ROOM)).toBe(true)
  expect(holds("ExchangeUserAccountControl -eq 'AccountDisabled'", ROOM)).toBe(true)
  expect(holds("RecipientTypeDetails -eq 'DisabledUser'", NOBODY)).toBe(true)
  expect(holds('Database -eq $null', NOBODY)).toBe(true)
})

test.each<[filter: string, position: number, expected: RegExp, seen: string]>([
  ['', 1, /a property, -not or \(/, 'the end'],
  ['   ', 4, /a property/, 'the end'],
  ['Department', 11, /one of -eq, -ne, -like, -notlike/, 'the end'],
  ["Department 'Sales'", 12, /one of -eq/, "'Sales'"],
  ['Department -eq', 15, /a value in quotes, \$true, \$false or \$null/, 'the end'],
  ['Department -eq Sales', 16, /a value in quotes/, 'Sales'],
  ["Department -eq 'Sales", 16, /a text that ends with '/, "'Sales"],
  ["Departmen -eq 'Sales'", 1, /a property that recipients have here/, 'Departmen'],
  ["Department -gt 'A'", 12, /one of -eq/, '-gt'],
  ["Department -eq 'A' -xor City -eq 'B'", 20, /-and, -or or the end/, '-xor'],
  ["Department -eq 'A' -and", 24, /a property/, 'the end'],
  ["(Department -eq 'A'", 20, /-and, -or or \)/, 'the end'],
  ["Department -eq 'A')", 19, /-and, -or or the end/, ')'],
  ["{Department -eq 'A'", 20, /-and, -or or \}/, 'the end'],
  ["{Department -eq 'A'} -and", 22, /the end/, '-and'],
  ["Department -eq 'A' -and City -eq 'B' -or City -eq 'C'", 38, /-and, or parentheses where/, '-or'],
  ['Department -eq $true', 16, /a value in quotes or \$null for Department/, '$true'],
  ["IsLinked -eq 'true'", 14, /\$true or \$false for IsLinked/, "'true'"],
  ["IsLinked -like 'true'", 16, /-eq or -ne, since IsLinked/, "'true'"],
  ['Department -like $null', 18, /a pattern in quotes/, '$null'],
  ['Department -eq $something', 16, /\$true, \$false or \$null/, '$something'],
  ['Department -eq ;', 16, /a property, an operator/, ';'],
  ['$true', 1, /a property/, '$true'],
])('%s cannot be read: position %i', (filter, position, expected, seen) => {
  expect(readFilter(filter)).toMatchObject({
    ok: false,
    position,
    expected: expect.stringMatching(expected),
    seen,
  })
})

test('depth and length are bounded, and told', () => {
  const nested = (depth: number) => `${'('.repeat(depth)}City -eq 'x'${')'.repeat(depth)}`
  expect(readFilter(nested(DEEPEST_FILTER)).ok).toBe(true)
  expect(readFilter(nested(DEEPEST_FILTER + 1))).toMatchObject({ ok: false, expected: 'at most 64 levels' })
  expect(readFilter(nested(10_000)).ok).toBe(false)
  expect(readFilter(`${'-not '.repeat(6_000)}City -eq 'x'`).ok).toBe(false)
  const long = `City -eq '${'x'.repeat(LONGEST_FILTER)}'`
  expect(readFilter(long)).toMatchObject({ ok: false, seen: `${long.length} characters` })
})

test('a pattern of 10,000 stars is answered in bounded time', () => {
  const started = performance.now()
  expect(holds(`DisplayName -like '${'*'.repeat(10_000)}'`)).toBe(true)
  expect(holds(`DisplayName -like '${'*'.repeat(10_000)}x'`)).toBe(false)
  expect(performance.now() - started).toBeLessThan(500)
})

describe('whatever a filter is', () => {
  const words = fc.constantFrom(
    ...[
      "'x'",
      '"',
      "'",
      '(',
      ')',
      '{',
      '}',
      '$true',
      '$null',
      '$',
      '-eq',
      '-like',
      '-and',
      '-or',
      '-not',
      '!',
    ],
    ...['City', 'IsLinked', 'MemberOfGroup', 'nothing', '*', ' ', '\n', '\u0000', 'ſ', '-'],
  )
  const junk = fc.oneof(
    fc.string({ maxLength: 200, unit: 'binary' }),
    fc.array(words, { maxLength: 60 }).map((parts) => parts.join(' ')),
    fc.array(words, { maxLength: 60 }).map((parts) => parts.join('')),
  )

  test('it is read or refused with a place in it, and never throws', () => {
    fc.assert(
      fc.property(junk, (filter) => {
        const read = readFilter(filter)
        if (read.ok) prepareFilter(read.filter)({ user: KEN, groups: GROUPS })
        else {
          expect(read.position).toBeGreaterThan(0)
          expect(read.position).toBeLessThanOrEqual(filter.length + 1)
          expect(read.expected).not.toBe('')
        }
      }),
      { numRuns: 3_000 },
    )
  })

  const simple = fc
    .tuple(
      fc.constantFrom('City', 'Department', 'DisplayName', 'EmailAddresses'),
      fc.constantFrom('-eq', '-ne', '-like', '-notlike'),
      fc.string({ maxLength: 6 }).map((value) => `'${value.replaceAll("'", "''")}'`),
    )
    .map((parts) => parts.join(' '))
  const { filter } = fc.letrec<{ filter: string }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 5 },
      simple,
      tie('filter').map((one) => `-not (${one})`),
      fc.tuple(tie('filter'), tie('filter')).map(([one, other]) => `(${one}) -and (${other})`),
      fc.tuple(tie('filter'), tie('filter')).map(([one, other]) => `(${one}) -or (${other})`),
    ),
  }))

  test('of a recipient, either it holds or its -not does', () => {
    fc.assert(
      fc.property(filter, (one) => {
        expect(holds(`-not (${one})`)).toBe(!holds(one))
      }),
    )
  })

  test('-and narrows and -or widens', () => {
    fc.assert(
      fc.property(filter, filter, (one, other) => {
        expect(holds(`(${one}) -and (${other})`)).toBe(holds(one) && holds(other))
        expect(holds(`(${one}) -or (${other})`)).toBe(holds(one) || holds(other))
      }),
    )
  })
})
