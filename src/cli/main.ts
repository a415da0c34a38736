#!/usr/bin/env node
/** The program `entente`. */
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// What was compiled once is kept beside the program, where Node can do that (22.8 and later) and the folder may be written to.
// Not in the folder for temporary files, which is Node's own choice: there others could put code in our place.
const { enableCompileCache } = module as { enableCompileCache?(folder: string): unknown }
enableCompileCache?.(fileURLToPath(new URL('../.compiled', import.meta.url)))

// Not imported above: what is imported there is compiled before.
const { printable } = await import('./output.ts')
const { runProgram } = await import('./program.ts')

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${printable(line)}\n`),
  err: (line) => process.stderr.write(`${printable(line)}\n`),
})
if (process.send !== undefined) process.disconnect()
