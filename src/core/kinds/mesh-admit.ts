import type { AdmissionContext, Admitted, Violation } from '../kind.js'
import type { Resource } from '../resource.js'
import { readConf } from '../schema/conf.js'
import { prometheusMetrics } from './mesh-backends.js'
import { checkCas } from './mesh-ca.js'
import type { MeshSpec } from './mesh.js'

/** Fills in the defaults of a Mesh's Prometheus backends and looks at its CAs. */
export function admitMesh({ name, spec }: Resource<MeshSpec>, context: AdmissionContext<MeshSpec>): Admitted<MeshSpec> {
  const violations: Violation[] = []
  if (!context.previous && name.length > 63) violations.push({ path: 'name', message: 'cannot be longer than 63 characters' })
  if (context.previous && !context.mayChangeCa && changesCa(context.previous.spec, spec)) {
    const message = 'Changing CA when mTLS is enabled is forbidden. Disable mTLS first and then change the CA'
    violations.push({ path: 'mtls.enabledBackend', message })
  }
  violations.push(...checkCas(name, spec, context))
  return violations.length > 0 ? { violations } : { spec: withPrometheusDefaults(spec) }
}

function changesCa({ mtls: before }: MeshSpec, { mtls: after }: MeshSpec): boolean {
  const names = [before?.enabledBackend, after?.enabledBackend]
  return names.every(Boolean) && names[0] !== names[1]
}

function withPrometheusDefaults(spec: MeshSpec): MeshSpec {
  const { metrics } = spec
  if (!metrics?.backends) return spec
  const backends = metrics.backends.map((backend) =>
    backend.type === 'prometheus' ? { ...backend, conf: prometheusDefaults(backend.conf) } : backend,
  )
  return { ...spec, metrics: { ...metrics, backends } }
}

/** The conf as it is stored: port, path and tags filled in, `skipMTLS` told again as `tls`. */
function prometheusDefaults(conf: unknown): Record<string, unknown> {
  const read = readConf(prometheusMetrics(), conf)
  const { skipMTLS, tls, port, path, tags, ...rest } = read.ok ? read.conf : {}
  const keptSkip = tls?.mode === 'providedTLS' ? undefined : skipMTLS
  return {
    port: port || 5670,
    path: path || '/metrics',
    tags: tags && Object.keys(tags).length > 0 ? tags : { 'kuma.io/service': 'dataplane-metrics' },
    ...(keptSkip !== undefined && { skipMTLS: keptSkip }),
    ...rest,
    tls: tls ?? (skipMTLS ? { mode: 'disabled' } : {}),
  }
}
