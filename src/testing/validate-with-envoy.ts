import { spawnSync } from 'node:child_process'
import { type Rejection, rejections, validate } from './rejections.js'
import type { TestMesh } from './test-mesh.js'

export type { Rejection }

export type Validation =
  /** Empty: Envoy takes all of it. */
  | { readonly checked: true; readonly rejections: readonly Rejection[] }
  /** There is no Envoy to ask. */
  | { readonly checked: false; readonly reason: string }

/**
 * Asks a real Envoy (`--mode validate`) about what each proxy of a mesh gets, or about a bootstrap as JSON, with certificates and
 * addresses that exist here.
 * @param options.envoy the program; default: `ENVOY_PATH`, else `envoy` in `PATH`
 */
export async function validateWithEnvoy(
  subject: TestMesh | object,
  { envoy = process.env['ENVOY_PATH'] || 'envoy' }: { readonly envoy?: string } = {},
): Promise<Validation> {
  const { error, status } = spawnSync(envoy, ['--version'], { stdio: 'ignore' })
  if (error || status !== 0)
    return { checked: false, reason: `"${envoy}" is no Envoy that can be run here (${error?.message ?? `status ${status}`})` }
  if (isMesh(subject)) {
    const proxies = Object.entries(subject.translated().proxies).map(([name, snapshot]) => ({ name, snapshot }))
    return { checked: true, rejections: await rejections(envoy, proxies) }
  }
  const message = await validate(envoy, subject)
  return { checked: true, rejections: message === undefined ? [] : [{ name: 'bootstrap', message }] }
}

function isMesh(subject: TestMesh | object): subject is TestMesh {
  return 'translated' in subject && typeof subject.translated === 'function'
}
