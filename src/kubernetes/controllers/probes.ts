import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import { AnnotationFault, type Values, names, numberOf, switchOf } from '../annotations.js'
import { applicationContainers } from '../injector/application-containers.js'
import type { Pod, Probe } from '../objects.js'

type Endpoint = NonNullable<NonNullable<DataplaneSpec['probes']>['endpoints']>[number]

/** What Envoy answers probes with, read back from what the injector made of them. @throws AnnotationFault */
export function probesOf(pod: Pod, annotations: Values): DataplaneSpec['probes'] {
  if (!switchOf(annotations, names.virtualProbes)) return undefined
  const port = numberOf(annotations, names.virtualProbesPort)
  if (port === undefined) throw new AnnotationFault(`annotation "${names.virtualProbesPort}" is missing, but virtual probes are on`)
  const proxyPort = numberOf(annotations, names.probeProxyPort)
  const endpoints = applicationContainers(pod.spec ?? {})
    .flatMap(({ livenessProbe, readinessProbe, startupProbe }) => [livenessProbe, readinessProbe, startupProbe])
    .flatMap((probe) => endpointOf(probe, [port, proxyPort || port]))
  return { port, ...(endpoints.length > 0 && { endpoints }) }
}

function endpointOf(probe: Probe | undefined, ports: readonly number[]): readonly Endpoint[] {
  if (!probe?.httpGet) return []
  const { port, path = '' } = probe.httpGet
  const [, first = '', ...rest] = path.split('/')
  if (!ports.includes(Number(port))) throw new AnnotationFault(`probe's port ${port} should be equal to virtual port ${ports[0]}`)
  // The probe proxy's: Envoy doesn't answer them.
  if (first === 'tcp' || first === 'grpc') return []
  if (!/^\d+$/.test(first)) throw new AnnotationFault(`probe's path ${path} doesn't begin with the port of the application`)
  return [{ inboundPort: Number(first), inboundPath: `/${rest.join('/')}`, path }]
}
