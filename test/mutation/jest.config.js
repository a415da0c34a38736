/** The tests that a mutant of the validator has to get past: those of its own parts, without servers. */
import config from '../../jest.config.js'

const { testEnvironment, testTimeout, extensionsToTreatAsEsm, transform } = config

export default {
  rootDir: process.cwd(),
  testEnvironment,
  testTimeout,
  extensionsToTreatAsEsm,
  transform,
  testMatch: ['<rootDir>/test/mutation/validator.suite.ts'],
}
