/** Dataplane, Mesh and the policies as Kuma 0.3 to 0.4 wrote them, in today's spelling. */

import { isRecord } from '../schema/decode.js'
import { readInboundInterface, readOutboundInterface } from './interface.js'
import { type Fields, type Report, deprecated, mapList, mapObject } from './report.js'
import { withModernTags } from './tags.js'

const loopback = '127.0.0.1'

/** `interface` of inbounds and outbounds, `service` of outbounds, tags without prefix, one redirect port, `metrics.prometheus`. */
export function modernDataplane(spec: unknown, report: Report): unknown {
  if (!isRecord(spec)) return spec
  const networked = mapObject(spec, 'networking', (networking) => modernNetworking(networking, report))
  return mapObject(networked, 'metrics', (metrics) => {
    if (!isRecord(metrics['prometheus']) || 'type' in metrics) return metrics
    deprecated(report, 'metrics.prometheus', '0.4', 'metrics: {type: prometheus, conf: {port: ..., path: ...}}')
    return { name: 'prometheus-1', type: 'prometheus', conf: metrics['prometheus'] }
  })
}

function modernNetworking(networking: Fields, report: Report): Fields {
  const address = textOf(networking['address']) || firstAddress(networking['inbound'])
  const addressed = address && !networking['address'] ? { address, ...networking } : networking
  const inbounds = mapList(addressed, 'inbound', (inbound, i) => modernInbound(inbound, address ?? '', `networking.inbound[${i}]`, report))
  const outbounds = mapList(inbounds, 'outbound', (outbound, i) => modernOutbound(outbound, `networking.outbound[${i}]`, report))
  const gateway = mapObject(outbounds, 'gateway', (inner) => withModernTags(inner, 'tags', 'networking.gateway', report))
  return mapObject(gateway, 'transparentProxying', (proxying) => modernRedirect(proxying, report))
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Then an address of its own was no must; the first inbound's stood for the proxy. */
function firstAddress(inbounds: unknown): string | undefined {
  const read = (Array.isArray(inbounds) ? inbounds : [])
    .map((inbound: unknown) => (isRecord(inbound) ? readInboundInterface(textOf(inbound['interface']) ?? '') : undefined))
    .find((inbound) => inbound !== undefined)
  return read && (read.address ?? loopback)
}

function modernInbound(inbound: unknown, networkAddress: string, path: string, report: Report): unknown {
  if (!isRecord(inbound)) return inbound
  const tagged = withModernTags(inbound, 'tags', path, report)
  const { interface: written, ...rest } = tagged
  if (typeof written !== 'string' || 'port' in rest) return tagged
  const read = readInboundInterface(written)
  if (!read) {
    unreadable(report, `${path}.interface`, written, 'ADDRESS:PORT:WORKLOAD_PORT, where ADDRESS is optional, such as 127.0.0.1:9000:6379')
    return rest
  }
  const { port, workloadPort } = read
  const address = read.address !== undefined && read.address !== networkAddress ? { address: read.address } : {}
  deprecated(
    report,
    `${path}.interface`,
    '0.5',
    `${read.address ? `address: ${read.address}, ` : ''}port: ${port}, servicePort: ${workloadPort}, serviceAddress: ${loopback}`,
  )
  // Workloads were always dialled on loopback.
  return { ...rest, ...address, port, servicePort: workloadPort, serviceAddress: loopback }
}

function unreadable(report: Report, path: string, found: string, expected: string): void {
  report({ level: 'error', code: 'invalid-value', path, message: `expected ${expected}, found ${JSON.stringify(found)}` })
}

function modernOutbound(outbound: unknown, path: string, report: Report): unknown {
  if (!isRecord(outbound)) return outbound
  const { interface: written, service, ...rest } = withModernTags(outbound, 'tags', path, report)
  const spelled = typeof written === 'string' && !('port' in rest) ? written : undefined
  const read = spelled === undefined ? undefined : readOutboundInterface(spelled)
  if (spelled !== undefined && !read) {
    unreadable(report, `${path}.interface`, spelled, 'ADDRESS:PORT, where ADDRESS is optional, such as :10000')
  }
  if (read) {
    const { address, port } = read
    deprecated(report, `${path}.interface`, '0.5', `${address ? `address: ${address}, ` : ''}port: ${port}`)
  }
  const named = typeof service === 'string' && !('tags' in rest) && !('backendRef' in rest)
  if (named) deprecated(report, `${path}.service`, '1.1', `tags: {kuma.io/service: ${service}}`)
  return {
    ...(read ?? (written !== undefined && spelled === undefined && { interface: written })),
    ...rest,
    ...(named ? { tags: { 'kuma.io/service': service } } : service !== undefined && { service }),
  }
}

function modernRedirect(proxying: Fields, report: Report): Fields {
  const { redirectPort, ...rest } = proxying
  if (redirectPort === undefined || 'redirectPortOutbound' in proxying) return proxying
  deprecated(
    report,
    'networking.transparentProxying.redirectPort',
    '0.6',
    `redirectPortOutbound: ${redirectPort}, redirectPortInbound: 15006`,
  )
  return { redirectPortInbound: 15006, redirectPortOutbound: redirectPort, ...rest }
}

/** `mtls.enabled` and `mtls.ca`, backends that are named by their type, `metrics.prometheus`. */
export function modernMesh(spec: unknown, report: Report): unknown {
  if (!isRecord(spec)) return spec
  const mtls = mapObject(spec, 'mtls', (inner) => modernMtls(inner, report))
  const tracing = mapObject(mtls, 'tracing', (inner) => modernBackends(inner, 'tracing', ['zipkin'], report))
  const logging = mapObject(tracing, 'logging', (inner) => modernBackends(inner, 'logging', ['file', 'tcp'], report))
  return mapObject(logging, 'metrics', (metrics) => {
    if (!isRecord(metrics['prometheus']) || 'backends' in metrics) return metrics
    deprecated(
      report,
      'metrics.prometheus',
      '0.4',
      'metrics: {enabledBackend: prometheus-1, backends: [{name: prometheus-1, type: prometheus, conf: ...}]}',
    )
    return { enabledBackend: 'prometheus-1', backends: [{ name: 'prometheus-1', type: 'prometheus', conf: metrics['prometheus'] }] }
  })
}

function modernMtls(mtls: Fields, report: Report): Fields {
  const { enabled, ca, ...rest } = mtls
  if ((enabled === undefined && ca === undefined) || 'backends' in mtls) return mtls
  const type = isRecord(ca) && 'provided' in ca ? 'provided' : 'builtin'
  const conf = isRecord(ca) && isRecord(ca[type]) && Object.keys(ca[type]).length > 0 ? { conf: ca[type] } : {}
  const today = `backends: [{name: ca-1, type: ${type}}]`
  deprecated(report, enabled === undefined ? 'mtls.ca' : 'mtls.enabled', '0.4', enabled === true ? `enabledBackend: ca-1, ${today}` : today)
  return { ...rest, ...(enabled === true && { enabledBackend: 'ca-1' }), backends: [{ name: 'ca-1', type, ...conf }] }
}

/** `file: {path}` becomes `type: file` and `conf: {path}`. */
function modernBackends(section: Fields, name: string, types: readonly string[], report: Report): Fields {
  return mapList(section, 'backends', (backend, i) => {
    if (!isRecord(backend) || 'type' in backend) return backend
    const type = types.find((candidate) => candidate in backend)
    if (type === undefined) return backend
    const { [type]: conf, ...rest } = backend
    deprecated(report, `${name}.backends[${i}].${type}`, '0.4', `type: ${type}, conf: ${JSON.stringify(conf)}`)
    return { ...rest, type, conf }
  })
}

/** `conf` that is a list of weighted destinations. */
export function modernTrafficRoute(spec: unknown, report: Report): unknown {
  if (!isRecord(spec)) return spec
  const { conf } = spec
  if (!Array.isArray(conf)) return mapObject(spec, 'conf', (inner) => modernRouteConf(inner, report))
  deprecated(report, 'conf', '1.0', 'conf: {split: [{weight: ..., destination: ...}]}')
  const split = conf.map((entry: unknown, i) =>
    isRecord(entry) ? { weight: 0, ...withModernTags(entry, 'destination', `conf[${i}]`, report) } : entry,
  )
  return { ...spec, conf: { split } }
}

function modernRouteConf(conf: Fields, report: Report): Fields {
  const direct = withModernTags(conf, 'destination', 'conf', report)
  return mapList(direct, 'split', (entry, i) =>
    isRecord(entry) ? withModernTags(entry, 'destination', `conf.split[${i}]`, report) : entry,
  )
}

/** `conf.activeChecks`; `conf.passiveChecks` have become a policy of their own, CircuitBreaker. */
export function modernHealthCheck(spec: unknown, report: Report): unknown {
  return mapObject(spec, 'conf', (conf) => {
    const { activeChecks, passiveChecks, ...rest } = conf
    if (passiveChecks !== undefined)
      deprecated(report, 'conf.passiveChecks', '0.5', 'a CircuitBreaker with conf.detectors; this is left out')
    if (!isRecord(activeChecks)) return passiveChecks === undefined ? conf : rest
    deprecated(report, 'conf.activeChecks', '0.5', `conf: ${JSON.stringify(activeChecks)}`)
    return { ...activeChecks, ...rest }
  })
}
