import { findEnvoy } from '../src/cmd/dp/find-envoy.js'

/**
 * Envoy for a test that needs the real one. Where there is none the test is skipped and says why; with `KUMA_REQUIRE=envoy`
 * (as CI sets it) it fails instead.
 *
 *     test.skipIf(envoy.missing)(`... ${envoy.reason}`, () => run(envoy.path))
 */
export const envoy = lookUp()

function lookUp(): { readonly missing: boolean; readonly path: string; readonly reason: string } {
  const lookup = findEnvoy({ env: process.env })
  if (lookup.found) return { missing: false, path: lookup.path, reason: '' }
  const required = (process.env['KUMA_REQUIRE'] ?? '').split(',').includes('envoy')
  if (required) throw new Error(`KUMA_REQUIRE names envoy: ${lookup.message}`)
  return { missing: true, path: '', reason: `(skipped: ${lookup.message})` }
}
