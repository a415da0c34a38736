/** How a probe reports: every step with what it found, and the first that found nothing ends the work. */
import type { Called } from './partner-call.ts'
import type { Kit, ProbeReport, ProbeStep } from './product.ts'

/** Runs one step. Undefined when it failed: the steps that need its result are not reached then. */
export type RunStep<Step extends string> = <T>(
  name: Step,
  task: () => Promise<Called<T>>,
  say: (value: T) => string,
) => Promise<T | undefined>

/** A report that is being written. */
export interface OpenReport<Step extends string> {
  readonly step: RunStep<Step>
  /** Steps of `notAskedFor` that did not run were not meant to. */
  close(notAskedFor?: readonly Step[]): ProbeReport
}

/** Opens the report of a probe that has these steps, in this order. */
export function openReport<Step extends string>(names: readonly Step[], kit: Kit): OpenReport<Step> {
  const steps: ProbeStep[] = []
  let failure: ProbeReport['failure']
  return {
    async step(name, task, say) {
      const started = kit.stopwatch()
      const result = await task()
      const milliseconds = Math.round((kit.stopwatch() - started) * 10) / 10
      if (result.ok) {
        steps.push({ name, outcome: 'passed', milliseconds, detail: say(result.value) })
        return result.value
      }
      const { code, seen, mend } = result
      steps.push({ name, outcome: 'failed', milliseconds, detail: seen })
      failure ??= { step: name, code, seen, mend }
      return undefined
    },

    close(notAskedFor = []) {
      const ran = new Set(steps.map(({ name }) => name))
      const skipped = names
        .filter((name) => !ran.has(name))
        .map((name): ProbeStep => {
          const detail = notAskedFor.includes(name) ? 'not asked for' : 'not reached'
          return { name, outcome: 'skipped', milliseconds: 0, detail }
        })
      const passed = failure === undefined
      const summary = passed ? 'Test passed.' : 'Test failed.'
      return { passed, summary, steps: [...steps, ...skipped], ...(failure !== undefined && { failure }) }
    },
  }
}
