import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts'],
    environment: 'node',
    // Tests start real programs (Envoy, Chromium): slow machines get their time, no test asserts a duration.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
