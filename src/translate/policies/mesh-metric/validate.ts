import type { ValidationContext, Violation } from '../../../core/kind.js'
import { checkCollectorRef } from '../../../core/open-telemetry.js'
import { type TargetRefKind, checkTargetRef, policyRole } from '../../../core/target-ref.js'
import { checkPortNumber } from '../../../core/validate/numbers.js'
import { isRegex } from '../../../core/validate/regex.js'
import { splitHostPort } from '../../../core/validate/url.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { MeshMetricSpec, MetricConf, MetricSelector } from './schema.js'

/** The rules of a MeshMetric that its shape can't say. */
export function validateMetric({ targetRef, default: conf = {} }: MeshMetricSpec, { labels }: ValidationContext): Violation[] {
  const root = collect('spec')
  const system = policyRole(labels) === 'system'
  const systemKinds: readonly TargetRefKind[] = system ? ['MeshGateway'] : []
  checkTargetRef(root.field('targetRef'), targetRef, {
    kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane', ...systemKinds],
    gatewayTags: system,
  })
  checkConf(root.field('default'), conf)
  return root.violations
}

/** The API's paths name each entry of a list by the singular once more. */
function checkConf(at: Place, { sidecar, applications = [], backends = [] }: MetricConf): void {
  const { exclude, include } = sidecar?.profiles ?? {}
  checkSelectors(at.field('sidecar.profiles.exclude'), exclude)
  checkSelectors(at.field('sidecar.profiles.include'), include)
  for (const [i, { port }] of applications.entries()) checkPortNumber(at.field('applications.application').index(i), port)
  for (const [i, { type, prometheus, openTelemetry }] of backends.entries()) {
    const place = at.field('backends.backend').index(i)
    if (type === 'Prometheus') {
      if (prometheus) checkPortNumber(place.field('port'), prometheus.port)
      else place.field('prometheus').add('must be defined')
    } else if (openTelemetry) checkCollectorRef(place.field('openTelemetry'), openTelemetry, checkEndpoint)
    else place.field('openTelemetry').add('must be defined')
  }
}

function checkSelectors(at: Place, selectors: readonly MetricSelector[] = []): void {
  for (const [i, { type, match }] of selectors.entries()) {
    if (type === 'Regex' && !isRegex(match)) at.index(i).field('match').add('invalid regex')
  }
}

function checkEndpoint(at: Place, endpoint: string): void {
  if (!splitHostPort(endpoint)) at.add('must be in host:port format')
}
