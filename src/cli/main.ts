#!/usr/bin/env node
/** The program `entente`. */
import { runProgram } from './program.ts'

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
})
if (process.send !== undefined) process.disconnect()
