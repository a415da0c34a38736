/** What `npm run build` makes: a bundle, and a door to each module of it. The tests run the program as it was built. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CERTIFICATES } from './support/farm.ts'

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>
}
const MODULES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.ts') && path !== 'cli/main.ts')
const BUILT = readdirSync('dist', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.js'))
  .map((path) => ({ path, text: readFileSync(join('dist', path), 'utf8') }))

/** What a module of a program of its own says, as JSON. */
function ask(program: string, cwd = '.') {
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program]
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8', cwd }))
}

const urlOf = (path: string) =>
  JSON.stringify(pathToFileURL(resolve('dist', path.replace(/\.ts$/, '.js'))).href)

// What stands there is the source as people write it here: one declaration to an export, or a list of names.
function exportsOf(path: string): string[] {
  const text = readFileSync(join('src', path), 'utf8')
  const declared = [...text.matchAll(/^export (?:async )?(?:function\*?|const|let|class) (\w+)/gm)]
  const listed = [...text.matchAll(/^export (?!type)\{([^}]*)\}/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/(?<!type )\b(\w+)\s*(?:,|$)/g)].filter(([whole]) => whole !== ''),
  )
  return [...declared, ...listed].map(([, name = '']) => name).sort()
}

test('each module is imported from where its source lies, with all that it exports', () => {
  const imports = MODULES.map((path) => `[${JSON.stringify(path)}, await import(${urlOf(path)})]`)
  const seen: Record<string, string[]> = ask(
    `const all = [${imports.join(',\n')}]
     console.log(JSON.stringify(Object.fromEntries(all.map(([path, its]) => [path, Object.keys(its).sort()]))))`,
  )
  expect(seen).toEqual(Object.fromEntries(MODULES.map((path) => [path, exportsOf(path)])))
  expect(Object.values(seen).flat().length).toBeGreaterThan(1_000)
})

test('a module has its types beside it', () => {
  expect(MODULES.filter((path) => !existsSync(join('dist', path.replace(/\.ts$/, '.d.ts'))))).toEqual([])
})

// The bundler says before each module from which file it is.
test('a module is in the bundle once, ours and those of packages', () => {
  const places = BUILT.flatMap(({ path, text }) =>
    [...text.matchAll(/^(?:\/\/| *"?)((?: |)(?:src|node_modules)\/[\w@./-]+\.[cm]?[jt]s)(?:"?\(|$)/gm)].map(
      ([, module = '']) => ({ module: module.trim(), path }),
    ),
  )
  const files = new Map<string, Set<string>>()
  for (const { module, path } of places) files.set(module, (files.get(module) ?? new Set()).add(path))
  expect([...files].filter(([, paths]) => paths.size > 1)).toEqual([])
  expect([...files.keys()].filter((path) => path.startsWith('src/')).length).toBeGreaterThan(350)
  for (const name of ['express', 'kysely', 'zod'])
    expect([...files.keys()].filter((path) => path.startsWith(`node_modules/${name}/`))).not.toEqual([])
})

test('no package is imported before it is needed, but what is in the bundle', () => {
  const imported = BUILT.flatMap(({ path, text }) =>
    [...text.matchAll(/^(?:import|export|\} from)\b[^'"\n]*["']([^."'][^"']*)["'];?$/gm)].map(
      ([, name = '']) => ({
        path,
        name,
      }),
    ),
  )
  expect(imported.length).toBeGreaterThan(100)
  expect(imported.filter(({ name }) => !isBuiltin(name))).toEqual([])
})

test('what one module throws is an instance of what another exports', () => {
  const said = ask(`
    const { startServer } = await import(${urlOf('server/start.ts')})
    const { ConfigError } = await import(${urlOf('server/config-error.ts')})
    const config = { product: 'lync', tls: { key: '/nowhere/key', certificate: '/nowhere/certificate' } }
    const error = await startServer(config).catch((thrown) => thrown)
    console.log(JSON.stringify([error instanceof ConfigError, error.message]))`)
  expect(said).toEqual([true, '/nowhere/key is missing'])
})

test('each package of which something is in the bundle has its licence with it', () => {
  const bundled = new Set(
    BUILT.flatMap(({ text }) =>
      [...text.matchAll(/^\s*(?:\/\/ |")node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(
        ([, name = '']) => name,
      ),
    ),
  )
  const licences = readFileSync('dist/bundle/LICENSES.txt', 'utf8').split(/\n-{80}\n\n/)
  expect(licences.map((text) => text.split(' ')[0])).toEqual([...bundled].sort())
  expect(licences.filter((text) => text.length < 500)).toEqual([])
  expect([...bundled]).toEqual(expect.arrayContaining(['express', 'kysely', 'path-to-regexp', 'zod']))
})

test('a server starts where none of the bundled packages is, and answers', async () => {
  const asked = new Set(
    BUILT.flatMap(({ text }) =>
      [
        ...text.matchAll(
          /\b(?:import|import\.meta\.url\))\("([^."][^"]*)"\)|^import .* from "([^."][^"]*)"/gm,
        ),
      ].map(([, called, first]) => called ?? first ?? ''),
    ),
  )
  const packages = Object.keys(dependencies).filter((name) =>
    [...asked].some((path) => path === name || path.startsWith(`${name}/`)),
  )
  expect(packages).not.toEqual(expect.arrayContaining(['express']))
  const dir = mkdtempSync(join(tmpdir(), 'entente-built-'))
  try {
    for (const part of ['dist', 'metadata', 'package.json'])
      cpSync(part, join(dir, part), { recursive: true, filter: (path) => !path.endsWith('.map') })
    for (const name of packages) {
      mkdirSync(join(dir, 'node_modules', name, '..'), { recursive: true })
      symlinkSync(resolve('node_modules', name), join(dir, 'node_modules', name), 'dir')
    }
    const program = `
      import { get } from 'node:https'
      import { readLabFile, serverConfigOf } from './dist/lab/lab-file.js'
      import { machine } from './dist/server/ambient.js'
      import { startServer } from './dist/server/start.js'
      const places = { labFile: 'metadata/lab.json', dataDir: 'data', certsDir: ${JSON.stringify(resolve(CERTIFICATES))} }
      const config = { ...serverConfigOf(readLabFile(places), 'sharepoint', places), port: 0 }
      const server = await startServer(config, machine, { request() {}, surprise(error) { throw error } })
      const status = await new Promise((answered, failed) =>
        get(server.url + '/_layouts/15/metadata/json/1', { rejectUnauthorized: false, agent: false }, (res) =>
          answered(res.resume().statusCode)).on('error', failed))
      await server.close()
      console.log(JSON.stringify(status))`
    expect(ask(program, dir)).toBe(200)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

test('what is up to date is not built again', () => {
  const [{ path = '' } = {}] = BUILT
  const before = statSync(join('dist', path)).mtimeMs
  execFileSync(process.execPath, ['build.js'])
  expect(statSync(join('dist', path)).mtimeMs).toBe(before)
})

describe('a small program', () => {
  let dir: string
  const write = (path: string, text: string) => {
    mkdirSync(join(dir, path, '..'), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  const build = () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['build.js'], {
      cwd: dir,
      encoding: 'utf8',
    })
    return { status, said: stdout + stderr }
  }
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'entente-build-'))
    for (const name of [
      'build.js',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
    ])
      cpSync(name, join(dir, name))
    symlinkSync(resolve('node_modules'), join(dir, 'node_modules'), 'dir')
    write('src/protocol/word.ts', `export const WORD: string = 'first'\n`)
    write('src/cli/main.ts', `import { WORD } from '../protocol/word.ts'\n\nconsole.log(WORD)\n`)
    for (const path of ['cli/output', 'cli/program', 'server/start'])
      write(`src/${path}.ts`, 'export const NOTHING = 0\n')
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const run = () =>
    execFileSync(process.execPath, ['dist/cli/main.js'], { cwd: dir, encoding: 'utf8' }).trim()

  test('is built again where a source has changed', () => {
    expect(build()).toEqual({ status: 0, said: '' })
    expect(run()).toBe('first')
    write('src/protocol/word.ts', `export const WORD: string = 'second'\n`)
    expect(build()).toEqual({ status: 0, said: '' })
    expect(run()).toBe('second')
  })

  test('has nothing left of a module that is no more', () => {
    write('src/protocol/gone.ts', 'export const GONE = 1\n')
    expect(build().status).toBe(0)
    const files = ['js', 'd.ts'].map((end) => join(dir, `dist/protocol/gone.${end}`))
    expect(files.map((file) => existsSync(file))).toEqual([true, true])
    rmSync(join(dir, 'src/protocol/gone.ts'))
    expect(build().status).toBe(0)
    expect(files.map((file) => existsSync(file))).toEqual([false, false])
    expect(run()).toBe('second')
  })

  test.each([
    ['of a wrong type', `export const WORD: string = 1\n`, /word\.ts.*TS2322/s],
    ['that is no TypeScript', `export const WORD: string = \n`, /word\.ts/],
  ])('with a source %s is not built, and is not taken for built the next time', (_, text, said) => {
    write('src/protocol/word.ts', text)
    for (let times = 0; times < 2; times++) {
      const built = build()
      expect(built.status).not.toBe(0)
      expect(built.said).toMatch(said)
      expect(built.said).not.toMatch(/^ +at /m)
    }
    write('src/protocol/word.ts', `export const WORD: string = 'third'\n`)
    expect(build().status).toBe(0)
    expect(run()).toBe('third')
  })

  test('with a folder that has no part in the bundle is not built', () => {
    write('src/extra/more.ts', 'export const MORE = 1\n')
    expect(build()).toMatchObject({
      status: 1,
      said: expect.stringContaining('src/extra/more.ts is in no part'),
    })
    rmSync(join(dir, 'src/extra'), { recursive: true })
    expect(build().status).toBe(0)
  })

  test('whose builder is not installed keeps what was built', () => {
    rmSync(join(dir, 'node_modules'))
    expect(build()).toEqual({ status: 0, said: '' })
    write('src/protocol/word.ts', `export const WORD: string = 'fourth'\n`)
    expect(build()).toMatchObject({ status: 1, said: expect.stringContaining('npm ci') })
    expect(run()).toBe('third')
    write('src/protocol/word.ts', `export const WORD: string = 'third'\n`)
    expect(build()).toEqual({ status: 0, said: '' })
  })
})
