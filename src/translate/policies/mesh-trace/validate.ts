import type { ValidationContext, Violation } from '../../../core/kind.js'
import { checkCollectorRef } from '../../../core/open-telemetry.js'
import { type TargetRefKind, checkTargetRef, policyRole } from '../../../core/target-ref.js'
import { numberOf } from '../../../core/validate/numbers.js'
import { isUrl, parseRequestUri } from '../../../core/validate/url.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { MeshTraceSpec, TraceBackend, TraceConf } from './schema.js'

/** The rules of a MeshTrace that its shape can't say. */
export function validateTrace({ targetRef, default: conf = {} }: MeshTraceSpec, { labels }: ValidationContext): Violation[] {
  const root = collect('spec')
  const systemKinds: readonly TargetRefKind[] = policyRole(labels) === 'system' ? ['MeshGateway'] : []
  checkTargetRef(root.field('targetRef'), targetRef, {
    kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane', ...systemKinds],
  })
  checkConf(root.field('default'), conf)
  return root.violations
}

function checkConf(at: Place, { backends, tags = [], sampling = {} }: TraceConf): void {
  if (!backends) at.field('backends').add('must be defined')
  for (const [i, backend] of (backends ?? []).entries()) checkBackend(at.field('backends').index(i), backend)
  for (const [i, { name, header, literal }] of tags.entries()) {
    const place = at.field('tags').index(i)
    if (name === '') place.field('name').add('must not be empty')
    if ((header === undefined) === (literal === undefined)) place.add('tag must have only one type defined: header, literal')
  }
  for (const name of ['client', 'random', 'overall'] as const) checkSampling(at.field('sampling').field(name), sampling[name])
}

function checkSampling(at: Place, percentage: number | string | undefined): void {
  if (percentage === undefined) return
  const value = numberOf(percentage)
  if (value === undefined) at.add('string is not a number')
  else if (value < 0 || value > 100) at.add('must be between 0 and 100')
}

const parts = { Zipkin: 'zipkin', Datadog: 'datadog', OpenTelemetry: 'openTelemetry' } as const

function checkBackend(at: Place, backend: TraceBackend): void {
  const { type, zipkin, datadog, openTelemetry } = backend
  const place = at.field(parts[type])
  if (!backend[parts[type]]) place.add('must be defined')
  else if (type === 'Zipkin' && zipkin) checkZipkinUrl(place.field('url'), zipkin.url)
  else if (type === 'Datadog' && datadog) checkDatadogUrl(place.field('url'), datadog.url)
  else if (openTelemetry) checkCollectorRef(place, openTelemetry)
}

function checkZipkinUrl(at: Place, url: string): void {
  if (url === '') at.add('must not be empty')
  else if (!isUrl(url)) at.add('must be a valid url')
}

/** Datadog's agent has an address and nothing else. */
function checkDatadogUrl(at: Place, text: string): void {
  const url = parseRequestUri(text)
  if (!url) return at.add('must be a valid url')
  if (url.scheme !== 'http') at.add('scheme must be http')
  if (url.port === '') at.add('port must be defined')
  else if (Number(url.port) === 0 || Number(url.port) > 0xffff) at.add('port must be a valid (1-65535)')
  const opaque = !text.startsWith('/') && !text.includes('://')
  const authority = /^[^/]*:\/\/([^/?]*)/.exec(text)?.[1] ?? ''
  const others = { opaque, user: authority.includes('@'), path: !opaque && url.path !== '', query: /\?./s.test(text) }
  for (const [name, present] of Object.entries(others)) if (present) at.add(`${name} must not be defined`)
}
