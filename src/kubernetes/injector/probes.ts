import { AnnotationFault } from '../annotations.js'
import type { Container, HttpHeader, PodSpec, Probe } from '../objects.js'
import { applicationContainers } from './application-containers.js'
import type { ProbePorts } from './probe-ports.js'

/** Headers that tell the probe proxy what Kubernetes would have done itself. */
export const probeHeaders = {
  timeout: 'X-Kuma-Probes-Timeout',
  host: 'X-Kuma-Probes-Host',
  scheme: 'X-Kuma-Probes-Scheme',
  grpcService: 'X-Kuma-Probes-GRPC-Service',
} as const

type Rewrite = (probe: Probe, port: number) => Probe

/**
 * The kubelet has no certificate of the mesh: its probes go to the sidecar, which asks the application. @throws AnnotationFault
 */
export function redirectProbes(spec: PodSpec, { virtualProbes, virtualProbesPort, probeProxyPort }: ProbePorts): PodSpec {
  if (probeProxyPort !== 0) return eachProbe(spec, (probe, port) => throughProxy(probe, port, probeProxyPort))
  return virtualProbes ? eachProbe(spec, (probe, port) => (probe.httpGet ? virtual(probe, port, virtualProbesPort) : probe)) : spec
}

function eachProbe(spec: PodSpec, rewrite: Rewrite): PodSpec {
  const concerned = new Set(applicationContainers(spec))
  const rewritten = (containers: readonly Container[] | undefined) =>
    containers?.map((container) => (concerned.has(container) ? withProbes(container, rewrite) : container))
  return { ...spec, ...(spec.initContainers && { initContainers: rewritten(spec.initContainers) }), containers: rewritten(spec.containers) }
}

const kinds = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const

function withProbes(container: Container, rewrite: Rewrite): Container {
  const probes = kinds.flatMap((kind) => {
    const probe = container[kind]
    const port = probe && (probe.httpGet ?? probe.tcpSocket ?? probe.grpc)?.port
    return probe && port !== undefined ? [[kind, rewrite(probe, portNumber(container, port))] as const] : []
  })
  return { ...container, ...Object.fromEntries(probes) }
}

function portNumber({ ports = [] }: Container, port: number | string): number {
  if (Number.isInteger(Number(port))) return Number(port)
  return ports.find(({ name }) => name === port)?.containerPort ?? 0
}

function throughProxy(probe: Probe, port: number, proxyPort: number): Probe {
  const { httpGet, tcpSocket, grpc, ...rest } = probe
  demandOther(port, proxyPort)
  const timeout = header(probeHeaders.timeout, (probe.timeoutSeconds ?? 1) > 1 ? String(probe.timeoutSeconds) : undefined)
  const to = (path: string, httpHeaders: readonly HttpHeader[]): Probe => ({
    ...rest,
    httpGet: { path, port: proxyPort, ...(httpHeaders.length > 0 && { httpHeaders }) },
  })
  if (tcpSocket) return to(`/tcp/${port}`, timeout)
  if (grpc) return to(`/grpc/${port}`, [...timeout, ...header(probeHeaders.grpcService, grpc.service || undefined)])
  const { path = '', scheme, httpHeaders = [] } = httpGet ?? {}
  const own = httpHeaders.map(({ name, value }) => ({ name: name === 'Host' ? probeHeaders.host : name, value }))
  const otherScheme = header(probeHeaders.scheme, scheme && scheme !== 'HTTP' ? scheme : undefined)
  return to(`/${port}${absolute(path)}`, [...own, ...otherScheme, ...timeout])
}

function virtual(probe: Probe, port: number, virtualPort: number): Probe {
  demandOther(port, virtualPort)
  return { ...probe, httpGet: { ...probe.httpGet, port: virtualPort, path: `/${port}${absolute(probe.httpGet?.path ?? '')}` } }
}

const header = (name: string, value: string | undefined): HttpHeader[] => (value === undefined ? [] : [{ name, value }])

const absolute = (path: string) => (path.startsWith('/') ? path : `/${path}`)

function demandOther(port: number, reserved: number): void {
  if (port !== reserved) return
  throw new AnnotationFault(
    `cannot override Pod's probes. Port for probe cannot be set to ${reserved}. It is reserved for the dataplane that will serve pods without mTLS.`,
  )
}
