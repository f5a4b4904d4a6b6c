import { afterAll, beforeAll } from 'vitest'
import { findPrograms, type KubernetesServer, startKubernetes } from './kubernetes/server.js'

/**
 * A Kubernetes API server for a test that needs the real one. Where its programs are missing the test is skipped and says
 * why; with `KUMA_REQUIRE=kubernetes` it fails instead.
 *
 *     describe.skipIf(kubernetes.missing)(`... ${kubernetes.reason}`, () => { const test = kubernetesServer() ... })
 */
export const kubernetes = lookUp()

function lookUp() {
  const found = findPrograms()
  if (typeof found !== 'string') return { missing: false as const, reason: '', programs: found }
  if ((process.env['KUMA_REQUIRE'] ?? '').split(',').includes('kubernetes')) throw new Error(`KUMA_REQUIRE names kubernetes: ${found}`)
  return { missing: true as const, reason: `(skipped: ${found})`, programs: undefined }
}

/** One server for all tests of a file or block; it is there once their hooks have run. */
export function kubernetesServer(): { readonly server: KubernetesServer } {
  let server: KubernetesServer | undefined
  beforeAll(async () => {
    if (!kubernetes.missing) server = await startKubernetes(kubernetes.programs)
  })
  afterAll(() => server?.close())
  return {
    get server() {
      if (server === undefined) throw new Error('the server is started before the tests, and not before that')
      return server
    },
  }
}
