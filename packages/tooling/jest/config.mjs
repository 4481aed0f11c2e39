/** One Jest run for the whole repository; workspace packages resolve to their sources by the `@velocity/source` condition. */
import { fileURLToPath } from 'node:url';

const rootDir = fileURLToPath(new URL('../../..', import.meta.url));

export default {
  rootDir,
  roots: ['<rootDir>/packages', '<rootDir>/apps', '<rootDir>/examples'],
  testMatch: ['**/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/', '/.velocity/'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@velocity/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleFileExtensions: ['ts', 'tsx', 'js', 'mjs', 'cjs', 'json', 'node'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          target: 'es2023',
          transform: { react: { runtime: 'automatic', importSource: 'hono/jsx' } },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/', '\\.(mjs|cjs|js)$'],
  injectGlobals: false,
  testTimeout: 60_000,
  // Most tests wait for processes more than they compute: one worker a core, where Jest's default leaves one free.
  maxWorkers: '100%',
  reporters: ['default', '<rootDir>/packages/tooling/jest/counts-reporter.mjs'],
};
