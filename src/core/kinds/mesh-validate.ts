import { goQuote } from '../go.js'
import type { Violation } from '../kind.js'
import { readConf } from '../schema/conf.js'
import { checkPort } from '../validate/ports.js'
import { checkSelector } from '../validate/tags.js'
import { parseRequestUri, splitHostPort } from '../validate/url.js'
import { type Place, collect } from '../validate/violations.js'
import { datadogTracing, fileLogging, prometheusMetrics, tcpLogging, zipkinTracing } from './mesh-backends.js'
import type { MeshSpec } from './mesh.js'

/** Rules of a Mesh. What needs the stored state (a provided CA's secret, say) is a matter of admission. */
export function validateMesh(spec: MeshSpec): Violation[] {
  const root = collect()
  if (spec.mtls) checkMtls(root.field('mtls'), spec.mtls)
  checkLogging(root.field('logging'), spec.logging)
  checkTracing(root.field('tracing'), spec.tracing)
  checkMetrics(root.field('metrics'), spec.metrics)
  for (const rules of ['requirements', 'restrictions'] as const) {
    for (const [i, rule] of (spec.constraints?.dataplaneProxy?.[rules] ?? []).entries()) {
      checkSelector(root.field(`constraints.dataplaneProxy.${rules}`).index(i).field('tags'), rule.tags, { requireTag: true })
    }
  }
  if (spec.routing?.zoneEgress && !spec.mtls?.enabledBackend) root.field('mtls').add('has to be set when zoneEgress enabled')
  return root.violations
}

/** Reports names that occur twice; gives all names. */
function checkNames(
  at: Place,
  backends: readonly { readonly name?: string }[],
  checkBackend: (at: Place, index: number) => void,
): Set<string> {
  const names = new Set<string>()
  for (const [i, { name = '' }] of backends.entries()) {
    checkBackend(at.index(i), i)
    if (names.has(name))
      at.index(i)
        .field('name')
        .add(`${goQuote(name)} name is already used for another backend`)
    names.add(name)
  }
  return names
}

function checkMtls(at: Place, mtls: NonNullable<MeshSpec['mtls']>): void {
  const backends = mtls.backends ?? []
  if (backends.length > 1) at.field('backends').add('cannot have more than 1 backends')
  const names = checkNames(at.field('backends'), backends, () => {})
  for (const { dpCert } of backends) {
    if (dpCert && parseExpiration(dpCert.rotation?.expiration ?? '') === undefined) {
      at.field('dpcert.rotation.expiration').add('has to be a valid format')
    }
  }
  if (mtls.enabledBackend && !names.has(mtls.enabledBackend)) {
    at.field('enabledBackend').add('has to be set to one of the backends in the mesh')
  }
}

const milliseconds: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
}

/** Milliseconds of an `expiration` of certificates: one number with one unit (`10y`, `2w`, `30d`, `12h` ...), or `0`. */
export function parseExpiration(text: string): number | undefined {
  if (text === '0') return 0
  const parts = /^(\d+)(y|w|d|h|m|s|ms)$/.exec(text)
  return parts ? Number(parts[1]) * (milliseconds[parts[2] ?? ''] ?? 0) : undefined
}

function checkLogging(at: Place, logging: MeshSpec['logging']): void {
  const backends = logging?.backends ?? []
  const names = checkNames(at.field('backends'), backends, (place, i) => {
    const { name, type, conf } = backends[i] ?? {}
    if (!name) place.field('name').add('cannot be empty')
    if (type === 'file') checkFileLogging(place.field('config'), conf)
    else if (type === 'tcp') checkTcpLogging(place.field('config'), conf)
    else place.field('type').add('unknown backend type. Available backends: "tcp", "file"')
  })
  if (logging?.defaultBackend && !names.has(logging.defaultBackend)) {
    at.field('defaultBackend').add('has to be set to one of the logging backend in mesh')
  }
}

function checkFileLogging(at: Place, conf: unknown): void {
  const read = readConf(fileLogging(), conf)
  if (!read.ok) at.add(`could not parse config: ${read.message}`)
  else if (!read.conf.path) at.field('path').add('cannot be empty')
}

function checkTcpLogging(at: Place, conf: unknown): void {
  const read = readConf(tcpLogging(), conf)
  if (!read.ok) return at.add(`could not parse config: ${read.message}`)
  if (!read.conf.address) return at.field('address').add('cannot be empty')
  const address = splitHostPort(read.conf.address)
  if (!address?.host || !address.port) at.field('address').add('has to be in format of HOST:PORT')
}

function checkTracing(at: Place, tracing: MeshSpec['tracing']): void {
  const backends = tracing?.backends ?? []
  const names = checkNames(at.field('backends'), backends, (place, i) => {
    const { name, type, conf, sampling = 0 } = backends[i] ?? {}
    if (!name) place.field('name').add('cannot be empty')
    if (sampling < 0 || sampling > 100) place.field('sampling').add('has to be in [0.0 - 100.0] range')
    if (type === 'zipkin') checkZipkin(place.field('config'), conf)
    else if (type === 'datadog') checkDatadog(place.field('config'), conf)
    else place.field('type').add('unknown backend type. Available backends: "zipkin", "datadog"')
  })
  if (tracing?.defaultBackend && !names.has(tracing.defaultBackend)) {
    at.field('defaultBackend').add('has to be set to one of the tracing backend in mesh')
  }
}

function checkDatadog(at: Place, conf: unknown): void {
  const read = readConf(datadogTracing(), conf)
  if (!read.ok) return at.add(`could not parse config: ${read.message}`)
  if (!read.conf.address) at.field('address').add('cannot be empty')
  checkPort(at.field('port'), read.conf.port)
}

function checkZipkin(at: Place, conf: unknown): void {
  const read = readConf(zipkinTracing(), conf)
  if (!read.ok) return at.add(`could not parse config: ${read.message}`)
  const { apiVersion, url } = read.conf
  if (apiVersion && !['httpJsonV1', 'httpJson', 'httpProto'].includes(apiVersion)) {
    at.field('apiVersion').add('has invalid value. Allowed values: httpJsonV1, httpJson, httpProto')
  }
  if (!url) return at.field('url').add('cannot be empty')
  const uri = parseRequestUri(url)
  if (!uri) at.field('url').add('invalid URL')
  else if (uri.port === '') at.field('url').add('port has to be explicitly specified')
}

function checkMetrics(at: Place, metrics: MeshSpec['metrics']): void {
  const backends = metrics?.backends ?? []
  const names = new Set<string>()
  for (const [i, { name = '', type, conf }] of backends.entries()) {
    const place = at.field('backends').index(i)
    if (names.has(name)) place.field('name').add(`${goQuote(name)} name is already used for another backend`)
    if (type === 'prometheus') checkPrometheus(place.field('conf'), conf)
    else place.field('type').add('unknown backend type. Available backends: "prometheus"')
    names.add(name)
  }
  if (metrics?.enabledBackend && !names.has(metrics.enabledBackend)) {
    at.field('enabledBackend').add('has to be set to one of the backends in the mesh')
  }
}

/** Rules of a Prometheus backend, of a Mesh or of a Dataplane. */
export function checkPrometheus(at: Place, conf: unknown): void {
  const read = readConf(prometheusMetrics(), conf)
  if (!read.ok) return at.add(`could not parse config: ${read.message}`)
  const { skipMTLS, tls, aggregate = [] } = read.conf
  if (skipMTLS !== undefined && tls && !sayTheSame(skipMTLS, tls.mode ?? 'activeMTLSBackend')) {
    return at.add('skipMTLS and tls configuration cannot be defined together')
  }
  const names = new Set<string>()
  for (const [i, { name = '' }] of aggregate.entries()) {
    if (names.has(name)) at.field('aggregate').index(i).field('name').add(`duplicate entry: ${name}, values have to be unique`)
    names.add(name)
  }
}

function sayTheSame(skipMtls: boolean, mode: string): boolean {
  return skipMtls ? mode === 'disabled' : mode === 'activeMTLSBackend'
}
