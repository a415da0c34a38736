/** Which code is changed, which tests have to notice. Stryker runs in the staged project that stage.js makes. */
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

export default {
  // What decides whether a token is believed and whose it is, what that remembers, and what hands out one that was signed before.
  mutate: [
    'src/protocol/**/*.js',
    ...[
      'admit',
      'auth-server',
      'authorize',
      'broker',
      'caller',
      'check',
      'checks',
      'generations',
      'identity',
      'signed-once',
      'token-memory',
    ].map((name) => `src/trust/${name}.js`),
  ],
  plugins: [here('runner.js'), here('prose.js')],
  ignorers: ['prose'],
  testRunner: 'resident',
  maxTestRunnerReuse: 150,
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // On a busy machine a test may take many times as long as in the first run.
  timeoutMS: 10_000,
  timeoutFactor: 2,
  disableTypeChecks: false,
  incremental: true,
  incrementalFile: 'incremental.json',
  reporters: ['progress-append-only', 'json'],
  jsonReporter: { fileName: 'report.json' },
  tempDirName: 'sandbox',
  allowConsoleColors: false,
}
