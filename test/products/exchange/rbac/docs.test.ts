/** docs/authorization.md says of roles, rules and properties what the code says. */
import { readFileSync } from 'node:fs'
import { ADMINISTRATORS } from '../../../../src/products/exchange/impersonation-rights.ts'
import { LONGEST_FILTERS, MOST_SCOPES } from '../../../../src/products/exchange/rbac/authorization.ts'
import { DEEPEST_FILTER, LONGEST_FILTER } from '../../../../src/products/exchange/rbac/opath.ts'
import { RECIPIENT_PROPERTIES } from '../../../../src/products/exchange/rbac/recipient.ts'
import { ENTERPRISE_ROLES, ROLE_NAMES, roleOf } from '../../../../src/products/exchange/rbac/roles.ts'
import { RULES } from '../../../../src/products/exchange/rbac/rules.ts'
import { RECIPIENT_KINDS } from '../../../../src/trust/account.ts'

const PAGE = readFileSync('docs/authorization.md', 'utf8')
const LINES = PAGE.split('\n')
const code = (name: string) => `\`${name}\``

/** The rows of the table under this head, each as its cells. */
function tableUnder(head: string): string[][] {
  const lines = LINES.slice(LINES.indexOf(head) + 2)
  const end = lines.findIndex((line) => !line.startsWith('|'))
  return lines.slice(0, end).map((line) => line.slice(2, -2).split(' | '))
}

test('every role, with its folders and operations', () => {
  expect(tableUnder('| role | what for | folders | EWS operations by itself |')).toEqual(
    ROLE_NAMES.map((name) => {
      const { description, folders, operations } = roleOf(name)
      return [
        code(name),
        description,
        folders.map(({ under, access }) => `${code(under)}: ${access}`).join(', ') || 'none',
        operations.map(code).join(', ') || 'none',
      ]
    }),
  )
})

test('every rule', () => {
  expect(tableUnder('| rule | meaning |')).toEqual(
    Object.entries(RULES).map(([rule, meaning]) => [code(rule), meaning]),
  )
})

test('every property, with its kind', () => {
  const kinds = { text: 'text', texts: 'texts', boolean: 'true or false' }
  const rows = tableUnder('| property | kind | what it is |').map(([name, kind]) => [name, kind])
  expect(rows).toEqual(
    RECIPIENT_PROPERTIES.filter(({ name }) => !/^CustomAttribute(?!1$)/.test(name)).map(({ name, kind }) => [
      name === 'CustomAttribute1' ? `${code(name)} to ${code('CustomAttribute15')}` : code(name),
      kinds[kind],
    ]),
  )
})

test('what the configuration of a partner gives, the administrators’ groups, and the bounds', () => {
  const flowing = PAGE.replace(/\s+/g, ' ')
  for (const [type, roles] of Object.entries(ENTERPRISE_ROLES))
    expect(flowing).toContain(`${type}: ${roles.map(code).join(', ')}`)
  expect(flowing).toContain(ADMINISTRATORS.join(', '))
  expect(flowing).toContain(
    `At most ${LONGEST_FILTER.toLocaleString('en')} characters and ${DEEPEST_FILTER} levels`,
  )
  expect(flowing).toContain(
    `at most ${MOST_SCOPES.toLocaleString('en')} management scopes, whose filters have at most ${LONGEST_FILTERS.toLocaleString('en')} characters`,
  )
  for (const kind of Object.keys(RECIPIENT_KINDS)) expect(flowing).toContain(code(kind))
})
