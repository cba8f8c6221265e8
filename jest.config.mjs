export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/libs', '<rootDir>/services', '<rootDir>/tests'],
  testMatch: ['**/src/**/*.test.ts', '<rootDir>/tests/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/jest.strip.cjs' },
  testEnvironmentOptions: { customExportConditions: ['binnacle-src', 'node', 'node-addons'] },
  modulePathIgnorePatterns: ['/dist/'],
  coverageProvider: 'v8',
  testTimeout: 30_000,
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
};
