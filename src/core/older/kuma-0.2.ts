/** What only Kuma 0.2 wrote, in the spelling of the generation after it. */

import { isRecord } from '../schema/decode.js'
import { type Fields, type Report, deprecated, mapList, mapObject } from './report.js'

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/**
 * `rules` around the sources and destinations of TrafficPermission and TrafficLog. Rules that differ on one side only become
 * one; of others each must be a policy of its own, because joining them would match what none of them did.
 */
export function unwrapRules(spec: unknown, report: Report): unknown {
  if (!isRecord(spec) || !Array.isArray(spec['rules']) || 'sources' in spec || 'destinations' in spec) return spec
  const { rules, ...rest } = spec
  const entries = (rules as unknown[]).filter(isRecord)
  const [first] = entries
  if (!first) return spec
  const all = (side: 'sources' | 'destinations') => entries.flatMap((rule) => (Array.isArray(rule[side]) ? (rule[side] as unknown[]) : []))
  const shared = (field: string) => entries.every((rule) => same(rule[field], first[field]))
  if (!shared('conf') || (!shared('sources') && !shared('destinations'))) {
    const message = 'holds rules that can not be one policy today; write one policy for each rule, with sources and destinations'
    report({ level: 'error', code: 'older-spelling', path: 'rules', message })
    return rest
  }
  deprecated(report, 'rules', '0.2', 'sources and destinations without rules around them')
  const side = (name: 'sources' | 'destinations') => (shared(name) ? first[name] : all(name))
  return {
    ...rest,
    sources: side('sources'),
    destinations: side('destinations'),
    ...(first['conf'] !== undefined && { conf: first['conf'] }),
  }
}

/** `tracing.zipkin.address` and `logging.accessLogs`. */
export function mesh02(spec: unknown, report: Report): unknown {
  const traced = mapObject(spec, 'tracing', (tracing) => {
    const { zipkin, ...rest } = tracing
    if (!isRecord(zipkin) || 'backends' in tracing) return tracing
    const url = `http://${String(zipkin['address'])}/api/v2/spans`
    deprecated(report, 'tracing.zipkin', '0.2', `defaultBackend: zipkin-1, backends: [{name: zipkin-1, type: zipkin, conf: {url: ${url}}}]`)
    return { defaultBackend: 'zipkin-1', ...rest, backends: [{ name: 'zipkin-1', zipkin: { url } }] }
  })
  return mapObject(traced, 'logging', (logging) => accessLogs(logging, report))
}

function accessLogs(logging: Fields, report: Report): Fields {
  const { accessLogs: logs, backends = [], ...rest } = logging
  if (!isRecord(logs)) return logging
  const path = String(logs['filePath'] ?? '/dev/stdout')
  const today = `defaultBackend: file-1, backends: [{name: file-1, type: file, conf: {path: ${path}}}] and a TrafficLog from all to all`
  deprecated(report, 'logging.accessLogs', '0.2', today)
  const backend = { name: 'file-1', type: 'file', conf: { path } }
  return { ...(logs['enabled'] === true && { defaultBackend: 'file-1' }), ...rest, backends: [...(backends as unknown[]), backend] }
}

/** `servicePort` of an outbound: it was part of the service's name. */
export function dataplane02(spec: unknown, report: Report): unknown {
  return mapObject(spec, 'networking', (networking) =>
    mapList(networking, 'outbound', (outbound, i) => {
      if (!isRecord(outbound) || outbound['servicePort'] === undefined || typeof outbound['service'] !== 'string') return outbound
      const { servicePort, service, ...rest } = outbound
      const name = String(service).includes(':') ? service : `${service}:${servicePort}`
      deprecated(report, `networking.outbound[${i}].servicePort`, '0.2', `tags: {kuma.io/service: "${name}"}`)
      return { ...rest, service: name }
    }),
  )
}

/** `imports` and `resources` of a ProxyTemplate without `conf` around them. */
export function proxyTemplate02(spec: unknown, report: Report): unknown {
  if (!isRecord(spec) || 'conf' in spec || !('imports' in spec || 'resources' in spec)) return spec
  const { imports, resources, ...rest } = spec
  deprecated(report, imports === undefined ? 'resources' : 'imports', '0.2', 'conf: {imports: [...], resources: [...]}')
  return { ...rest, conf: { ...(imports !== undefined && { imports }), ...(resources !== undefined && { resources }) } }
}
