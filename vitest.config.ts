import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Examples import the package by its name, as their readers do.
  resolve: { alias: { '@kuma/core/testing': fileURLToPath(new URL('src/testing/index.ts', import.meta.url)) } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts', 'examples/**/*.test.ts'],
    environment: 'node',
    // Tests start real programs (Envoy, Chromium): slow machines get their time, no test asserts a duration.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
  },
})
