import {defineConfig} from 'vitest/config'

/** Real containers on a shared machine: what fails once by its noise must pass the second time. */
const slow = {testTimeout: 300_000, hookTimeout: 300_000, fileParallelism: false, retry: 1}

/** Suites that break the sandbox itself, or take long; `npm run e2e:long`. */
const long = [
  'api-faults',
  'backup-drill',
  'backup-schedules',
  'failure-lab-guide',
  'faults',
  'object-stores',
  'restore-disrupted',
  'restore-end',
  'restore-killed',
  'restore-rejoin',
  'restore-set',
  'survival',
].map(name => `test/e2e/${name}.test.ts`)

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/conformance/**', 'test/node/**', 'test/bench/**'],
        },
      },
      {test: {name: 'conformance', include: ['test/conformance/**/*.test.ts'], ...slow}},
      {test: {name: 'node', include: ['test/node/**/*.test.ts'], ...slow}},
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: long,
          globalSetup: ['test/e2e/support/global.ts'],
          ...slow,
        },
      },
      {
        test: {
          name: 'e2e-long',
          include: long,
          globalSetup: ['test/e2e/support/global.ts'],
          ...slow,
        },
      },
    ],
  },
})
