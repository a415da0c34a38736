/** What README and docs say is true. `npm run docs` writes the parts that are made from the code. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { CMDLETS } from '../src/cli/cmdlets.ts'
import { createProgram } from '../src/cli/program.ts'
import { translateCmdlet } from '../src/cli/translate-cmdlet.ts'
import { CONNECTION_LIMITS } from '../src/http/app-server.ts'
import { readLabFile } from '../src/lab/lab-file.ts'
import { CATALOG } from '../src/products/catalog.ts'
import { FAULTS } from '../src/products/sharepoint/faults.ts'
import { writeFullDocument, writeSharePointDocument } from '../src/protocol/auth-document.ts'
import { readCertificate } from '../src/protocol/certificate.ts'
import { REFUSALS, type RefusalCode, rowOf } from '../src/protocol/refusal.ts'
import { ServerConfig } from '../src/server/config.ts'
import { DEFAULT_SKEW } from '../src/trust/admit.ts'
import { ASSERTION_LIMITS, LONGEST_ASSERTION } from '../src/trust/assertion.ts'
import { FINDINGS, type FindingCode, SAFE_COMMANDS, SEVERITIES } from '../src/trust/doctor/finding.ts'
import { TOKEN_LIFETIME } from '../src/trust/mint.ts'
import { DEFAULT_REFRESH } from '../src/trust/refresh-policy.ts'
import {
  BEAT,
  CURRENT_WARNING_DAYS,
  EXCHANGE_ROLLOVER,
  LYNC_ROLLOVER,
  NEXT_WARNING_DAYS,
  SHAREPOINT_ROLLOVER,
} from '../src/trust/signing-keys.ts'
import { corpusListing } from './vectors/listing.ts'

const UPDATE = process.env['UPDATE_DOCS'] === '1'
const README = read('README.md')
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((f) => join('docs', f)),
].filter((file) => file.endsWith('.md'))

function read(file: string): string {
  return readFileSync(file, 'utf8')
}

/** A file made from the code: written by `npm run docs`, compared otherwise. */
function generated(file: string, content: string): void {
  if (UPDATE) writeFileSync(file, content)
  expect(read(file)).toBe(content)
}

test('docs/refusals.md lists every refusal code as the table has it', () => {
  const about = {
    request: 'How the request carried it',
    token: 'Tokens',
    user: 'Users',
    registration: 'Registering a partner application',
    'signing key': 'Signing keys of this server',
  }
  const sections = Object.entries(about).map(([kind, title]) => {
    const rows = (Object.keys(REFUSALS) as RefusalCode[])
      .filter((code) => rowOf(code).about === kind)
      .map((code) => {
        const row = rowOf(code)
        const numbers =
          kind === 'token' || kind === 'user'
            ? `${row.exchange?.number ?? 2000001} | ${row.sharepoint?.number ?? 3001000}`
            : ' | '
        return `| \`${code}\` | ${row.status} | ${numbers} | ${row.title} |`
      })
    return `## ${title}\n\n| code | status | Exchange | SharePoint | meaning |\n|---|---|---|---|---|\n${rows.join('\n')}\n`
  })
  const head =
    '# Refusal codes\n\nOne table, made from [refusal.ts](../src/protocol/refusal.ts). The code travels in `x-entente-refusal`, ' +
    'the numbers in the\nproduct’s `x-ms-diagnostics`. Lync uses one number, 28020, for all.\n\n'
  generated('docs/refusals.md', head + sections.join('\n'))
})

// Cmdlets of runbooks that have no row of the table, and what does instead.
const NO_CMDLET = {
  'Test-OAuthConnectivity': '`entente test matrix`',
  'Set-SPTrustedRootAuthority': 'remove it and add it anew',
  'Get-SPSecurityTokenServiceConfig': '`entente key list --server sharepoint`',
  'Test-CsExUMConnectivity': 'nothing: there is no unified messaging',
}

test('docs/parity/cmdlets.md has every parameter that a cmdlet takes without effect, or not at all', () => {
  const holds =
    '“[docs/parity/cmdlets.md has every parameter that a cmdlet takes without effect, or not at all](../../test/docs.test.ts)”'
  const code = (names: readonly string[]) => names.map((name) => `\`-${name}\``).join(', ')
  const rows = Object.entries(CMDLETS).map(
    ([name, { quiet = [], quietValues = [], absent = {}, fixed = {} }]) => {
      const one = Object.entries(fixed).map(([parameter, value]) => `\`-${parameter} ${value}\` alone`)
      const idle = code([...quiet, ...quietValues].sort())
      const why = Object.entries(absent).map(([parameter, reason]) => `\`-${parameter}\`: ${reason}`)
      return `| \`${name}\` | ${[idle, ...one].filter((text) => text !== '').join('; ')} | ${why.join('; ')} | ${holds} |`
    },
  )
  const without = Object.entries(NO_CMDLET).map(([name, instead]) => {
    expect(CMDLETS).not.toHaveProperty(name)
    return `| \`${name}\` | ${instead} | ${holds} |`
  })
  generated(
    'docs/parity/cmdlets.md',
    `# Cmdlets

Made from the table of cmdlets ([cmdlets.ts](../../src/cli/cmdlets.ts)). What is in neither
column has an effect here. A parameter that is *not here* is wrong usage, with the reason as the message. Nothing asks for
confirmation, everything is said anyway, and there is one directory and one site: hence most of what has no effect.

Cmdlets are read as PowerShell reads them: names in any case, as short as they are clear; a switch takes its value behind a
colon (\`-Confirm:$false\`), and does nothing when it is off; words of a closed set in any case; one object, and no parameter
twice. What is ours: options of \`entente\` may follow (\`--data\`, \`--json\`), and of pipes there are \`| fl\`, \`| ft\` and
\`| ConvertTo-Json\` alone.

| cmdlet | without effect | not here, and why | test |
|---|---|---|---|
${rows.join('\n')}

## Not there

| cmdlet | instead | test |
|---|---|---|
${without.join('\n')}
`,
  )
})

test('metadata/ keeps an example document of each product', () => {
  const certificate = readCertificate(read('test/vectors/keys/partner.cert.pem'), 'example')
  if (!certificate.ok) throw new Error(certificate.code)
  for (const { name, product, realm, port } of readLabFile({
    labFile: 'metadata/lab.json',
    dataDir: '',
    certsDir: '',
    tokenServer: true,
  }).servers) {
    const { applicationId, metadata, title } = CATALOG[product]
    const { issuancePath } = metadata
    const document = metadata.write({
      name: title,
      application: { appId: applicationId, realm },
      documentId: '70b34511-d105-4e2b-9675-39f53305bb01',
      location: `https://localhost:${port}${metadata.paths[0]}`,
      ...(issuancePath !== undefined && { issuance: `https://localhost:${port}${issuancePath}` }),
      certificates: [certificate.value],
    })
    generated(`metadata/examples/${name}.json`, `${JSON.stringify(document, undefined, 2)}\n`)
  }
  expect([writeFullDocument, writeSharePointDocument]).toContain(CATALOG.exchange.metadata.write)
})

test('test/vectors/corpus.json is the corpus as the code makes it', () => {
  const file = 'test/vectors/corpus.json'
  const made = corpusListing()
  if (UPDATE) writeFileSync(file, made)
  const vectorsIn = (text: string) => JSON.parse(text).vectors as { id: string }[]
  const kept = new Map(vectorsIn(read(file)).map((vector) => [vector.id, JSON.stringify(vector)]))
  const changed = vectorsIn(made).filter((vector) => kept.get(vector.id) !== JSON.stringify(vector))
  // By id first: a difference of the whole file would be a page of tokens.
  expect(changed.map(({ id }) => id)).toEqual([])
  expect(read(file) === made).toBe(true)
  expect(made.length).toBeLessThan(3_000_000)
})

test('every link leads to a file, and every anchor to a heading', () => {
  const broken = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1]!)
      .filter((target) => !target.startsWith('https:'))
      .filter((target) => {
        const [path = '', anchor] = target.split('#')
        const file = path === '' ? page : join(dirname(page), path)
        if (!existsSync(file)) return true
        return anchor !== undefined && !headings(read(file)).includes(anchor)
      })
      .map((target) => `${page}: ${target}`),
  )
  expect(broken).toEqual([])
})

function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('every test that the parity tables name is there, and every line names one', () => {
  const pages = PAGES.filter((page) => dirname(page) === join('docs', 'parity'))
  expect(pages.length).toBeGreaterThan(0)
  expect(README.match(/“\[/g)?.length).toBeGreaterThan(8)
  for (const page of ['README.md', ...pages]) {
    const named = [...read(page).matchAll(/“\[([^\]]+)\]\((?:\.\.\/)*(test\/[^)]+)\)”/g)]
    expect([page, named.length > 0]).toEqual([page, true])
    // As the first argument of test() or of what test.each() returns.
    for (const [, title, file] of named) expect(read(file!)).toMatch(titled(title!))
  }
  const lines = pages.flatMap((page) => read(page).split('\n'))
  const rows = lines.filter((line, i) => line.startsWith('| ') && lines[i + 1]?.startsWith('|---') !== true)
  expect(rows.filter((row) => !row.includes('“['))).toEqual([])
})

test('docs/sharepoint-errors.md lists every error of SharePoint’s REST as the table has it', () => {
  const rows = Object.entries(FAULTS).map(
    ([name, { status, code }]) => `| \`${name}\` | ${status} | ${code} |`,
  )
  const head =
    '# Errors of SharePoint’s REST\n\nOne table, made from [faults.ts](../src/products/sharepoint/faults.ts), which has the texts. ' +
    'Our code travels in\n`x-entente-refusal`, the product’s in the body. Refused tokens are in [refusals.md](refusals.md).\n\n' +
    '| our code | status | SharePoint’s code |\n|---|---|---|\n'
  generated('docs/sharepoint-errors.md', `${head}${rows.join('\n')}\n`)
})

test('docs/doctor.md lists every finding of the doctor as the table has it', () => {
  const sections = SEVERITIES.map((severity) => {
    const rows = Object.entries<(typeof FINDINGS)[FindingCode] & { known?: string }>(FINDINGS)
      .filter(([, row]) => row.severity === severity)
      .map(([code, { title, known = '', basis }]) => `| \`${code}\` | ${title} | ${known} | ${basis} |`)
    const head = '| code | what is wrong | what Microsoft’s tools say | where the expectation comes from |'
    return `## ${severity[0]!.toUpperCase()}${severity.slice(1)}s\n\n${head}\n|---|---|---|---|\n${rows.join('\n')}\n`
  })
  generated('docs/doctor.md', `${DOCTOR_HEAD}\n${sections.join('\n')}`)
})

const DOCTOR_HEAD = `# What the doctor finds

One table, made from [finding.ts](../src/trust/doctor/finding.ts). \`entente doctor\` asks every server that has a folder among
the servers’ state over its admin REST, and holds what each says against what the others are; a server that was ended is missed
like one that does not answer. Then it has each call each other, and whoever else it has registered at a URL as Exchange, Lync or
SharePoint, as itself and for a user. It sets nothing. Its calls are calls, though: they are in the records, and a partner that
meets a key it does not know reads the caller’s document, as it would for any call. So everything is asked once more after the
calls, and what is told is how it stands then. Letters and numbers such as F.1 name the project’s notes on how the products are
administered: F.1 is the list of what administrators struggle with, F.3 the texts of Microsoft’s diagnostics, B.5 its certificate
monitor.

An *error* stops calls, or may at any moment; a *warning* will; a *note* is nothing wrong. A warning by which a call of the doctor
was refused is an error. An error, or any call that failed, is exit code 1; a server that does not answer is exit code 3.
Every finding says on which server it is to be mended, and by which command; where no command does it, what a person is to do.

\`--fix\` shows the commands of the findings that are *safe*, runs them and looks again; with \`--json\` it shows them on standard
error, and what they printed is in the JSON as \`ran\`. Safe is a command that gives nobody trust that he had not, takes nothing
away that is used, and may be repeated: ${SAFE_COMMANDS.map((command) => `*${command}*`).join(', ')}. To enable a partner, to raise its
trust level, to register it, or to change where its keys are read from is left to a person: who handed over a certificate wants
no other.

Over REST there is half of it. A server has no admin token of another, so \`GET /admin/v1/doctor\` says what one server can find
wrong with itself and with its own record of each partner, and \`POST /admin/v1/tests/partner-connectivity\` has it call one. What
only two servers together show (keys and realms held against each other, registrations that are missing at one side, clocks, users)
is found by the command alone, which has the tokens of all.

Of the list F.1 these have nothing to happen to here: a certificate that lies on some servers of a farm only (2; each product
is one server), the unified contact store (9), tokens over http (16; there is only https), scopes of impersonation (19) and
the allow-list of user agents (20).
`

function titled(title: string): RegExp {
  return new RegExp(`\\(\\s*'${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)
}

test('every command in README and docs is one that the program takes', () => {
  const lines = PAGES.filter((page) => page !== 'CHANGELOG.md').flatMap((page) => commandsIn(read(page)))
  expect(lines.length).toBeGreaterThan(12)
  for (const line of lines) expect([line, problemWith(line)]).toEqual([line, undefined])
})

// `npx entente …` in code blocks, `entente …` in code spans; a line that ends in a backslash goes on.
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!.replaceAll('\\\n', ' '))
  const inBlocks = blocks.flatMap((block) =>
    [...block.matchAll(/^npx entente (.*)$/gm)].map((match) => match[1]!),
  )
  const inSpans = [...text.matchAll(/`entente ([^`]+)`/g)].map((match) => match[1]!)
  return [...inBlocks, ...inSpans]
}

function subcommand(command: Command, args: readonly string[]): Command | undefined {
  return command.commands.find((sub) => sub.name() === args[0])
}

function problemWith(line: string): string | undefined {
  // What stands in quotes belongs to its word, as a shell has it.
  const words = [...line.replaceAll(/[[\]]/g, '').matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single),
  )
  let command: Command = createProgram({ out: () => undefined, err: () => undefined }, () => undefined)
  const args = translateCmdlet(words)
  for (let sub = subcommand(command, args); sub !== undefined; sub = subcommand(command, args)) {
    command = sub
    args.shift()
  }
  if (command.commands.length > 0) return `no such command: ${args[0]}`
  for (const flag of args.filter((word) => word.startsWith('--'))) {
    if (!command.options.some((option) => option.long === flag)) return `no option ${flag}`
  }
  const missing = command.options.filter(
    (option) => option.mandatory && option.defaultValue === undefined && !args.includes(option.long!),
  )
  return missing.length > 0 ? `needs ${missing.map((option) => option.long).join(', ')}` : undefined
}

test('every command and cmdlet of the program is in the README', () => {
  const leaves = (command: Command): string[] =>
    command.commands.length === 0
      ? [command.name()]
      : command.commands.flatMap((sub) =>
          leaves(sub).map((rest) => (command.parent === null ? rest : `${command.name()} ${rest}`)),
        )
  const program = createProgram({ out: () => undefined, err: () => undefined }, () => undefined)
  for (const name of leaves(program)) expect(README).toContain(`entente ${name}`)
  for (const cmdlet of Object.keys(CMDLETS)) expect(README).toContain(cmdlet)
})

test('figures in the README are those of the code', () => {
  expect(README).toContain(`Clocks may lie ${DEFAULT_SKEW} seconds apart`)
  expect(TOKEN_LIFETIME).toBe(3600)
  expect(README).toContain('Tokens that Entente makes live an hour.')
  const { failuresPerMinute } = ServerConfig.shape.admin.parse(undefined)
  expect(README).toContain(`after ${failuresPerMinute} wrong ones from one address in a minute`)
  expect(README).toContain(`"admin": {"failuresPerMinute": ${failuresPerMinute}}`)
  expect(README).toContain(`take ${CONNECTION_LIMITS.headersMs / 1000} seconds`)
  expect(README).toContain(`with the headers, ${CONNECTION_LIMITS.requestMs / 1000} seconds`)
  expect(README).toContain(`holds ${CONNECTION_LIMITS.connections} connections`)
  expect(README).toContain(`${CONNECTION_LIMITS.connectionsPerAddress} of them from one address`)
  for (const [kind, { records, days }] of Object.entries(ServerConfig.shape.audit.parse(undefined)))
    expect(README).toMatch(new RegExp(`\\| \`${kind}\` \\| .* \\| ${records} \\| ${days} \\|`))
  const { port } = readLabFile({ labFile: 'metadata/lab.json', dataDir: '', certsDir: '' }).servers[0]!
  expect(README).toContain(`| \`--port-base\` | | \`${port}\` |`)
})

test('figures in docs/keys-and-time.md are those of the code', () => {
  const page = read('docs/keys-and-time.md')
  const hours = (seconds: number) => `${seconds / 3_600} h`
  const leads = [EXCHANGE_ROLLOVER, LYNC_ROLLOVER, SHAREPOINT_ROLLOVER].map(({ lead }) => lead)
  expect(page).toContain(
    `| lead that is asked for | ${leads.map(hours).join(' | ')}, where a date is given |`,
  )
  expect(page).toContain(`every ${hours(BEAT)} |`)
  expect(page).toContain(
    `${CURRENT_WARNING_DAYS} days for the current key, ${NEXT_WARNING_DAYS} for the next`,
  )
  const { usual, floor, ceiling, retry, goodFor, coolDown, unknownFor } = DEFAULT_REFRESH
  expect(page).toContain(`| \`usual\` | ${hours(usual)} |`)
  expect(page).toContain(`| \`floor\`, \`ceiling\` | ${hours(floor)}, ${hours(ceiling)} |`)
  expect(page).toContain(`| \`retry\` | ${retry / 60} min |`)
  expect(page).toContain(`| \`goodFor\` | ${goodFor / 86_400} days |`)
  expect(page).toContain(`| \`coolDown\` | ${coolDown / 60} min |`)
  expect(page).toContain(`| \`unknownFor\` | ${unknownFor / 60} min |`)
  // What the page promises: whoever reads as seldom as he may has read before a lead is over.
  expect(ceiling).toBeLessThanOrEqual(Math.min(...leads))
})

test('every mutant that docs/mutation.md explains is of code that stands there', () => {
  const listed = [...read('docs/mutation.md').matchAll(/^@@ (\S+) \w+ @@\n-(.*)$/gm)]
  expect(listed.length).toBeGreaterThan(5)
  const missing = listed.filter(([, file = '', code = '']) => {
    const oneLine = read(file).replace(/\s+/g, ' ')
    return !oneLine.includes(code.replace(/ …$/, ''))
  })
  expect(missing.map(([text]) => text)).toEqual([])
})

test('figures in docs/token-server.md are those of the code', () => {
  const page = read('docs/token-server.md')
  expect(page).toContain(`\`nbf\`, \`exp\` at most ${LONGEST_ASSERTION / 60} minutes apart`)
  const thousands = (count: number) => `${count / 1_000} 000`
  expect(page).toContain(
    `${thousands(ASSERTION_LIMITS.ofOne)} of one client and ${thousands(ASSERTION_LIMITS.ofAll)} of all`,
  )
  const { tokenServer } = readLabFile({ labFile: 'metadata/lab.json', dataDir: '', certsDir: '' })
  expect(page).toContain(`at port ${tokenServer?.port} (\`https://${tokenServer?.hosts[0]}\` to the others)`)
})

test('every npm script that the docs name is there', () => {
  const { scripts } = JSON.parse(read('package.json'))
  const named = PAGES.flatMap((page) =>
    [...read(page).matchAll(/npm run ([a-z0-9:]+)/g)].map((match) => match[1]!),
  )
  expect(named.length).toBeGreaterThan(3)
  for (const name of named) expect(Object.keys(scripts)).toContain(name)
})

test('every figure of the bench has its place in docs/performance.md, and those that have bounds are there', () => {
  const scripts = readdirSync('bench/figures').map((file) => file.replace(/\.js$/, ''))
  const page = read('docs/performance.md')
  for (const script of scripts) expect(page).toContain(`\`${script}\``)
  const gated = [...(/GATED = \[([^\]]*)\]/.exec(read('bench/check.js'))?.[1] ?? '').matchAll(/'([a-z-]+)'/g)]
  expect(gated.length).toBeGreaterThan(5)
  for (const [, script] of gated) expect(scripts).toContain(script)
  // What the paper on scale builds on is calculated from these.
  for (const [, script] of read('docs/scale.md').matchAll(/\(`([a-z-]+)`/g)) expect(scripts).toContain(script)
})

test('CI runs the test command of the README and nothing weaker', () => {
  expect(read('.ci/run')).toContain('\nnpm ci && npm test\n')
  expect(README).toContain('`npm ci && npm test`')
  expect(JSON.parse(read('package.json')).scripts.check).toBe(
    'npm run lint && npm run typecheck && npm run jest',
  )
})

test('the lock file names no registry and lacks no platform’s package', () => {
  const lock = JSON.parse(read('package-lock.json'))
  expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/)
  const missing = Object.entries<{ optionalDependencies?: Record<string, string> }>(lock.packages).flatMap(
    ([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) =>
          !(`node_modules/${name}` in lock.packages) && !(`${path}/node_modules/${name}` in lock.packages),
      ),
  )
  expect(missing).toEqual([])
})
