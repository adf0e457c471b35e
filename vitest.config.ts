import {defineConfig} from 'vitest/config'

const slow = {testTimeout: 600_000, hookTimeout: 600_000, fileParallelism: false}

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
          globalSetup: ['test/e2e/support/global.ts'],
          ...slow,
        },
      },
    ],
  },
})
