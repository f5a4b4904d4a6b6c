import type { Violation } from '../../../core/kind.js'
import { checkCollectorRef } from '../../../core/open-telemetry.js'
import { affectsInbounds, checkTargetRef } from '../../../core/target-ref.js'
import { checkMatch } from '../../../core/validate/spiffe.js'
import { isUrl } from '../../../core/validate/url.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { AccessLogBackend, AccessLogConf, FormatConf, MeshAccessLogSpec, OpenTelemetryBackend } from './schema.js'

/** The rules of a MeshAccessLog that its shape can't say. */
export function validateAccessLog(spec: MeshAccessLogSpec): Violation[] {
  const root = collect('spec')
  const { to = [], from = [], rules = [] } = spec
  checkTargetRef(root.field('targetRef'), spec.targetRef, {
    kinds: ['Mesh', 'MeshSubset', 'MeshGateway', 'MeshService', 'MeshServiceSubset', 'Dataplane'],
    gatewayTags: true,
    inbound: affectsInbounds(spec),
  })
  if (rules.length > 0 && (to.length > 0 || from.length > 0)) root.add("fields 'to' and 'from' must be empty when 'rules' is defined")
  if (rules.length === 0 && to.length === 0 && from.length === 0) root.add("at least one of 'from', 'to' or 'rules' has to be defined")
  const onGateway = spec.targetRef?.kind === 'MeshGateway'
  for (const [i, entry] of to.entries()) {
    const at = root.field('to').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, {
      kinds: onGateway ? ['Mesh'] : ['Mesh', 'MeshService', 'MeshExternalService', 'MeshMultiZoneService', 'MeshHTTPRoute'],
    })
    checkConf(at.field('default'), entry.default)
  }
  for (const [i, entry] of from.entries()) {
    const at = root.field('from').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, { kinds: ['Mesh'] })
    checkConf(at.field('default'), entry.default)
  }
  for (const [i, { matches = [], default: conf }] of rules.entries()) {
    const at = root.field('rules').index(i)
    for (const [j, match] of matches.entries()) checkMatch(at.field('matches').index(j), match)
    checkConf(at.field('default'), conf)
  }
  return root.violations
}

function checkConf(at: Place, { backends }: AccessLogConf): void {
  if (!backends) at.field('backends').add('must be defined')
  for (const [i, backend] of (backends ?? []).entries()) checkBackend(at.field('backends').index(i), backend)
}

const parts = { File: 'file', Tcp: 'tcp', OpenTelemetry: 'openTelemetry' } as const

function checkBackend(at: Place, backend: AccessLogBackend): void {
  const { type, file, tcp, openTelemetry } = backend
  const place = at.field(parts[type])
  if (!backend[parts[type]]) place.add('must be defined')
  else if (type === 'File' && file) {
    checkFormat(place.field('format'), file.format)
    if (!isFilePath(file.path)) place.field('path').add('file backend requires a valid path')
  } else if (type === 'Tcp' && tcp) {
    checkFormat(place.field('format'), tcp.format)
    if (!isUrl(tcp.address)) place.field('address').add('tcp backend requires valid address')
  } else if (openTelemetry) {
    checkCollectorRef(place, openTelemetry)
    checkAttributes(place.field('attributes'), openTelemetry.attributes ?? [])
  }
}

/** An absolute path, of Unix or Windows. */
function isFilePath(text: string): boolean {
  return /^\/[^\0]*$/.test(text) || /^[a-zA-Z]:\\(?:[^\\/:*?"<>|\r\n]+\\)*[^\\/:*?"<>|\r\n]*$/.test(text)
}

/** Names that don't look like attributes at all are the schema's matter. */
function checkAttributes(at: Place, attributes: NonNullable<OpenTelemetryBackend['attributes']>): void {
  for (const [i, { key }] of attributes.entries()) {
    if (key.startsWith('otel.')) at.index(i).field('key').add("must not use the reserved OpenTelemetry prefix 'otel.'")
  }
}

function checkFormat(at: Place, format: FormatConf | undefined): void {
  if (!format) return
  const { type, plain, json } = format
  if (type === 'Plain') {
    if (plain === undefined) at.field('plain').add('must be defined')
    else if (plain === '') at.field('plain').add('must not be empty')
    return
  }
  if (!json) return at.field('json').add('must be defined')
  if (json.length === 0) at.field('json').add('must not be empty')
  for (const [i, { key, value }] of json.entries()) {
    const place = at.field('json').index(i)
    if (key === '') place.field('key').add('key cannot be empty')
    if (value === '') place.field('value').add('value cannot be empty')
    if (!isJson(`{"${key}": "${value}"}`)) place.add('is not a valid JSON object')
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
