/** The import rule of the layout, as data: a folder imports from itself and from what stands before it. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  trust: ['protocol'],
  products: ['protocol', 'trust'],
  storage: ['protocol', 'trust', 'products'],
  http: ['protocol', 'trust', 'products'],
  server: ['protocol', 'trust', 'products', 'storage', 'http'],
  lab: ['protocol', 'trust', 'products', 'storage', 'http', 'server'],
  cli: ['protocol', 'trust', 'products', 'storage', 'http', 'server', 'lab'],
}

/** Packages that are at home in one folder, or in one file. */
const AT_HOME: Readonly<Record<string, string>> = {
  jose: 'protocol/',
  express: 'http/',
  undici: 'http/outbound.ts',
  kysely: 'storage/',
  'node:sqlite': 'storage/',
  '@photostructure/sqlite': 'storage/',
  '@peculiar/x509': 'server/x509.ts',
  asn1js: 'protocol/pfx.ts',
  saxes: 'products/xml.ts',
  'postal-mime': 'products/exchange/mime-parser.ts',
  'nodemailer/lib/mail-composer': 'products/exchange/mime-writing.ts',
  commander: 'cli/',
  pino: 'cli/lab.ts',
  'prom-client': 'http/metrics.ts',
}

/** What only `server/` may ask the machine for; everywhere else it is an argument. */
const AMBIENT =
  /\bDate\.now\(|\bnew Date\(\)|\bprocess\.env\b|\bMath\.random\(|\brandomUUID\b|(?<![\w.])fetch\(|\bperformance\.now\(/

const files = sourceFiles()

function sourceFiles(): { path: string; text: string }[] {
  const paths = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
  return paths.map((path) => ({
    path: path.split(sep).join('/'),
    text: readFileSync(join('src', path), 'utf8'),
  }))
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')
}

test('there are files in every folder of the layout', () => {
  for (const folder of Object.keys(MAY_IMPORT))
    expect(files.some(({ path }) => path.startsWith(`${folder}/`))).toBe(true)
})

test('every file lies in a folder of the layout', () => {
  expect(files.map(({ path }) => path).filter((path) => !(path.split('/')[0]! in MAY_IMPORT))).toEqual([])
})

test('a folder imports from itself and from the left of itself', () => {
  const wrong = files.flatMap(({ path, text }) => {
    const folder = path.split('/')[0]!
    return importsOf(text)
      .filter((target) => target.startsWith('.'))
      .map((target) => normalize(join(dirname(path), target)).split(sep)[0]!)
      .filter((target) => target !== folder && !MAY_IMPORT[folder]?.includes(target))
      .map((target) => `${path} imports ${target}/`)
  })
  expect(wrong).toEqual([])
})

test('a package is imported where it is at home', () => {
  const wrong = files.flatMap(({ path, text }) =>
    importsOf(text)
      .filter((name) => name in AT_HOME && !path.startsWith(AT_HOME[name]!))
      .map((name) => `${path} imports ${name}`),
  )
  expect(wrong).toEqual([])
})

test('time, environment, chance and network are arguments outside server/', () => {
  const wrong = files.filter(({ path, text }) => !path.startsWith('server/') && AMBIENT.test(text))
  expect(wrong.map(({ path }) => path)).toEqual([])
})

test('relative imports name the file they mean', () => {
  const wrong = files.flatMap(({ path, text }) =>
    importsOf(text)
      .filter((target) => target.startsWith('.') && !target.endsWith('.ts'))
      .map((target) => `${path} imports ${target}`),
  )
  expect(wrong).toEqual([])
})

test('no file is longer than 400 lines', () => {
  expect(files.filter(({ text }) => text.split('\n').length > 400).map(({ path }) => path)).toEqual([])
})
