#!/usr/bin/env node
/** The program `entente`. */
import { printable } from './output.ts'
import { runProgram } from './program.ts'

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${printable(line)}\n`),
  err: (line) => process.stderr.write(`${printable(line)}\n`),
})
if (process.send !== undefined) process.disconnect()
