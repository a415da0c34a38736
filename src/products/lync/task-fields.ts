/** The result of a test under the names that Lync's own test cmdlets have for it (facts/administration.md A.8). */
import type { ProbeReport } from '../product.ts'

/** `target` is the host that was called, empty if it never came to that; the time is in milliseconds. */
export function taskFields(
  { passed, failure }: ProbeReport,
  target: string,
  milliseconds: number,
): Record<string, string> {
  return {
    'Target Fqdn': target,
    Result: passed ? 'Success' : 'Failure',
    Latency: timeSpan(milliseconds),
    'Error Message': failure?.seen ?? '',
    Diagnosis: failure === undefined ? '' : `${failure.code}: ${failure.mend}`,
  }
}

/** `00:00:00.1234567`, as .NET writes a time span. */
export function timeSpan(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  const two = (number: number) => String(number % 60).padStart(2, '0')
  const ticks = Math.floor((milliseconds % 1000) * 10_000)
  const fraction = ticks === 0 ? '' : `.${String(ticks).padStart(7, '0')}`
  const hours = String(Math.floor(seconds / 3600)).padStart(2, '0')
  return `${hours}:${two(Math.floor(seconds / 60))}:${two(seconds)}${fraction}`
}
