/**
 * A test runner for Stryker that keeps the tests loaded while mutants come and go, in the same process: Stryker’s build holds
 * all mutants, and a global says which is active. A mutant in what runs when a module is loaded gets a generation of its own.
 */
import { register } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core'
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner'
import { collect, run } from './suites.js'
import { LEFT_OUT, TESTS } from './tests.js'

function residentRunner() {
  let generation = 0
  let clean
  // What the mutated code reads and writes.
  const state = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ?? {}
  globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] = state

  const folder = (path) => pathToFileURL(`${resolve(path)}/`).href
  const load = (files, mark) =>
    collect(files, LEFT_OUT, (file) => import(`${folder('.')}${file}?generation=${mark}`))

  async function runTests(suites, wanted, bail) {
    const begins = (id) => {
      state.currentTestId = id
      if (state.hitLimit !== undefined) state.hitCount = 0
    }
    const results = []
    for await (const suite of suites) {
      results.push(...(await run(suite, { wanted, bail, begins })))
      if (bail && results.some(({ error }) => error !== undefined)) break
    }
    state.currentTestId = undefined
    const exceeded = determineHitLimitReached(state.hitCount, state.hitLimit)
    return exceeded ?? { status: DryRunStatus.Complete, tests: results.map(reported) }
  }

  /** With the mutant active from the start; the tests named like its file come first, as they are likely to notice. */
  async function* loadedWith(mutant) {
    const mark = ++generation
    const name = basename(mutant.fileName, '.js')
    const isLikely = (file) => basename(file).startsWith(`${name}.`)
    for (const file of [...TESTS].sort((a, b) => isLikely(b) - isLikely(a))) {
      yield await load([file], mark)
    }
  }

  return {
    capabilities: () => ({ reloadEnvironment: true }),
    async init() {
      const data = { sandbox: folder('.'), stage: folder('../..') }
      register('./generations.js', { parentURL: import.meta.url, data })
    },
    async dryRun({ disableBail }) {
      clean = await load(TESTS, ++generation)
      const result = await runTests([clean], undefined, !disableBail)
      return { ...result, mutantCoverage: state.mutantCoverage }
    },
    async mutantRun({ activeMutant, testFilter, disableBail, hitLimit, mutantActivation }) {
      // Stryker allows a hundred times what all tests together need. An end that never comes is seen sooner test by test.
      state.hitLimit = hitLimit === undefined ? undefined : Math.ceil(hitLimit / 20)
      state.hitCount = hitLimit === undefined ? undefined : 0
      const isStatic = mutantActivation === 'static'
      // Without a mutant they must load: what fails after that is the mutant's doing.
      clean ??= await load(TESTS, ++generation)
      state.activeMutant = activeMutant.id
      try {
        const suites = isStatic ? loadedWith(activeMutant) : [clean]
        const wanted = testFilter === undefined ? undefined : new Set(testFilter)
        return toMutantRunResult(await runTests(suites, wanted, !disableBail), disableBail)
      } catch (error) {
        if (!isStatic) throw error
        // With this mutant the program does not even start.
        const tests = [{ ...reported({ id: 'loads', file: TESTS[0], took: 0, error }) }]
        return toMutantRunResult({ status: DryRunStatus.Complete, tests }, disableBail)
      } finally {
        state.activeMutant = undefined
      }
    },
  }
}

function reported({ id, file, took, error }) {
  const base = { id, name: id, timeSpentMs: took, fileName: join(process.cwd(), file) }
  if (error === undefined) return { ...base, status: TestStatus.Success }
  return { ...base, status: TestStatus.Failed, failureMessage: String(error?.stack ?? error).slice(0, 1000) }
}
residentRunner.inject = []

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'resident', residentRunner)]
