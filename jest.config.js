export default {
  testEnvironment: 'node',
  maxWorkers: 2,
  workerIdleMemoryLimit: '512MB',
  testTimeout: 120_000,
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  extensionsToTreatAsEsm: ['.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.js',
  reporters: ['default', '<rootDir>/test/support/closing-line.js'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  collectCoverageFrom: ['src/**/*.ts', '!src/cli/main.ts'],
  coverageProvider: 'v8',
  coverageReporters: ['text-summary', 'lcov'],
}
