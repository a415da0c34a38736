/** A jest reporter: ends every run with one plain line that any tool can read. */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    // A suite that could not even be loaded counts as a failure of its own.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    const skipped = results.numPendingTests + results.numTodoTests
    const tail = skipped > 0 ? `, ${skipped} skipped` : ''
    process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed${tail}\n`)
  }
}
