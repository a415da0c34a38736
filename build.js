/**
 * Makes `dist` from `src`. `node build.js` does it where something has changed since the last time, `--clean` from nothing.
 *
 * Node takes longer to read a program of a thousand small files than to run it, so what is loaded together is in one file:
 * our own modules and most of the packages, in `dist/bundle`. Each module can still be imported from where it would be without
 * that (`dist/http/bearer.js`), and is the same module then. Why, and at what price: docs/decisions/0015-one-file-for-many.md.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('.', import.meta.url))
const MAIN = 'cli/main.ts'
/** What is loaded first; what only an `import()` leads to from here is loaded later. */
const FIRST = [MAIN, 'cli/output.ts', 'cli/program.ts', 'server/start.ts']
/** Folders whose modules come together. A part imports from itself and from what stands before it, as the folders do. */
const PART_OF = {
  ...{ protocol: 'trust', trust: 'trust' },
  ...{ products: 'server', storage: 'server', http: 'server', server: 'server' },
  ...{ lab: 'lab', 'lab/attack': 'cli', 'lab/doctor': 'cli', cli: 'cli' },
}
/**
 * Packages that most starts or commands load, and that are many files. The others stay packages. One that is CommonJS has only its
 * `default` where it is imported with `import()`.
 */
const BUNDLED = ['commander', 'express', 'jose', 'kysely', 'pino', 'prom-client', 'undici', 'zod']
/** Says of what `dist` was made; there is none where that failed. */
const STAMP = join(ROOT, 'dist/.built-from')
const LICENCES = 'dist/bundle/LICENSES.txt'
/** Packages that are CommonJS ask for Node's own modules with this. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"

process.exitCode = await build(process.argv.includes('--clean'))

async function build(fromNothing) {
  if (fromNothing) rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
  const stamp = stampOf(sources)
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp) return 0
  // Before anything is touched: what was built from other sources is still there for `node dist/cli/main.js`.
  const esbuild = await import('esbuild').catch(() => undefined)
  if (esbuild === undefined) {
    process.stderr.write('dist is not of these sources, and what builds it is not installed: npm ci\n')
    return 1
  }
  rmSync(STAMP, { force: true })
  // Both say themselves what is wrong. Neither is left behind.
  const [declared, bundled] = await Promise.all([declare(), bundle(esbuild, sources).then(() => 0, failed)])
  if (declared === 0 && bundled === 0) writeFileSync(STAMP, stamp)
  return declared || bundled
}

// The bundler has printed its own errors.
function failed(error) {
  if (error.errors === undefined) process.stderr.write(`${error.message}\n`)
  return 1
}

// Of everything that decides what comes out: the sources, how they are compiled, and the packages. npm has it built when it installs
// others.
function stampOf(sources) {
  const hash = createHash('sha256')
  const others = ['build.js', 'tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json']
  for (const path of [...sources.map((source) => `src/${source}`), ...others]) {
    const bytes = readFileSync(join(ROOT, path))
    hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

// The types, which tsc also checks. What it finds wrong it prints.
async function declare() {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const args = [tsc, '-p', join(ROOT, 'tsconfig.build.json')]
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')
  return code ?? 1
}

async function bundle(esbuild, sources) {
  const modules = await readModules(esbuild, sources)
  const parts = partsOf(modules)
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const { metafile } = await esbuild.build({
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19' },
    ...{ absWorkingDir: ROOT, outdir: 'dist', chunkNames: 'bundle/[name]-[hash]' },
    entryPoints: [
      { in: `src/${MAIN}`, out: MAIN.replace(/\.ts$/, '') },
      ...[...parts.keys()].map((part) => ({ in: `part:${part}`, out: `bundle/${part}` })),
    ],
    external: Object.keys(dependencies).filter((name) => !BUNDLED.includes(name)),
    banner: { js: REQUIRE },
    ...{
      sourcemap: true,
      sourcesContent: false,
      legalComments: 'inline',
      metafile: true,
      logLevel: 'warning',
    },
    plugins: [partsPlugin(parts, modules)],
  })
  for (const [part, members] of parts) for (const path of members) writeDoor(part, path, modules)
  writeFileSync(join(ROOT, LICENCES), licencesOf(metafile))
  removeLeftovers(sources, metafile)
}

/** What is in `dist` of modules and parts that are no more: the names of parts change with what is in them. */
function removeLeftovers(sources, { outputs }) {
  const modules = new Set(sources.map((path) => path.replace(/\.ts$/, '')))
  for (const path of readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' })) {
    const name = path.replaceAll('\\', '/')
    const module = /^(.*?)\.(?:js|js\.map|d\.ts)$/.exec(name)?.[1]
    if (module === undefined || modules.has(module) || `dist/${name}` in outputs) continue
    rmSync(join(ROOT, 'dist', path))
  }
}

/** What each module exports, and which of ours it imports at once, not later. */
async function readModules(esbuild, sources) {
  const { metafile } = await esbuild.build({
    ...{ bundle: true, splitting: true, packages: 'external', format: 'esm', write: false, metafile: true },
    ...{ absWorkingDir: ROOT, outdir: 'dist', outbase: 'src' },
    entryPoints: sources.map((path) => `src/${path}`),
  })
  const entries = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint !== undefined)
  return new Map(
    entries.map(({ entryPoint, exports }) => {
      const imports = metafile.inputs[entryPoint].imports
        .filter(({ external, kind }) => external !== true && kind === 'import-statement')
        .map(({ path }) => posix.relative('src', path))
      return [posix.relative('src', entryPoint), { exports, imports }]
    }),
  )
}

/** Modules that come together when one of them is asked for: those of a folder, without what is loaded later anyway. */
function partsOf(modules) {
  const first = new Set()
  const visit = (path) => {
    if (first.has(path)) return
    first.add(path)
    const module = modules.get(path)
    if (module === undefined) throw new Error(`src/${path} is not there, which build.js loads first (FIRST)`)
    for (const target of module.imports) visit(target)
  }
  for (const path of FIRST) visit(path)
  const parts = new Map()
  for (const path of modules.keys()) {
    if (path === MAIN) continue
    const [folder, inner] = path.split('/')
    const name = PART_OF[`${folder}/${inner}`] ?? PART_OF[folder]
    if (name === undefined)
      throw new Error(`src/${path} is in no part of the bundle: give its folder one in PART_OF (build.js)`)
    const part = first.has(path) ? name : `${name}-later`
    parts.set(part, [...(parts.get(part) ?? []), path])
  }
  return parts
}

/** The name of a module's export among those of all modules of its part. */
function nameIn(path, name) {
  return `${path.replace(/\.ts$/, '').replace(/\W/g, '_')}$${name}`
}

function partsPlugin(parts, modules) {
  const text = (path) => {
    const names = modules.get(path).exports.map((name) => `${name} as ${nameIn(path, name)}`)
    return `export { ${names.join(', ')} } from './${path}'`
  }
  return {
    name: 'parts',
    setup(build) {
      build.onResolve({ filter: /^part:/ }, ({ path }) => ({ path: path.slice(5), namespace: 'part' }))
      build.onLoad({ filter: /./, namespace: 'part' }, ({ path }) => ({
        contents: parts.get(path).map(text).join('\n'),
        resolveDir: join(ROOT, 'src'),
      }))
    },
  }
}

/** The file under the module's own path, through which it is imported. */
function writeDoor(part, path, modules) {
  const names = modules.get(path).exports.map((name) => `${nameIn(path, name)} as ${name}`)
  const file = join(ROOT, 'dist', path.replace(/\.ts$/, '.js'))
  const bundle = posix.relative(posix.dirname(path), `bundle/${part}.js`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `export { ${names.join(', ')} } from '${bundle}'\n`)
}

/** The licence of each package of which something is in the bundle. One that has none with it may not be handed on so. */
function licencesOf({ inputs }) {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []),
  )
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
    const file = readdirSync(join(ROOT, folder)).find((entry) => /^licen[sc]e/i.test(entry))
    if (file === undefined) throw new Error(`${name} has no file with its licence, so it cannot be bundled`)
    return `${name} ${version} (${license})\n\n${readFileSync(join(ROOT, folder, file), 'utf8').trim()}\n`
  })
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}
