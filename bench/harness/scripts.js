/** The figures' scripts, and how one is run: each in a process of its own, so that none meets what another left behind. */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const FIGURES = new URL('../figures/', import.meta.url)

/** Their names, without `.js`. */
export function scriptNames() {
  return readdirSync(FIGURES)
    .filter((file) => file.endsWith('.js'))
    .map((file) => basename(file, '.js'))
    .sort()
}

/** Runs one; answers with its rows, or with why it left itself out. */
export function runScript(name) {
  return new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL(`${name}.js`, FIGURES))
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code !== 0) return reject(new Error(`bench/figures/${name}.js ended with exit code ${code}`))
      try {
        resolve(JSON.parse(output))
      } catch (error) {
        reject(new Error(`bench/figures/${name}.js printed no JSON: ${error.message}`))
      }
    })
  })
}

/** The scripts that are named on the command line, or all. */
export function scriptsWanted(args) {
  const named = args.filter((arg) => !arg.startsWith('--'))
  const known = scriptNames()
  const unknown = named.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    process.stderr.write(`no such figure: ${unknown.join(', ')}; there are ${known.join(', ')}\n`)
    process.exit(2)
  }
  return named.length === 0 ? known : named
}
