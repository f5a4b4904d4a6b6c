import type { ValidationContext, Violation } from '../../../core/kind.js'
import { type TargetRefKind, affectsInbounds, checkTargetRef, includesGateways, policyRole } from '../../../core/target-ref.js'
import { checkBandwidth, checkDurationNotNegative, checkPercentage, checkStatusCode } from '../../../core/validate/numbers.js'
import { checkMatch } from '../../../core/validate/spiffe.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { FaultConf, MeshFaultInjectionSpec } from './schema.js'

/** The rules of a MeshFaultInjection that its shape can't say. */
export function validateFaults(spec: MeshFaultInjectionSpec, { labels }: ValidationContext): Violation[] {
  const root = collect('spec')
  const { to = [], from = [], rules = [] } = spec
  const system = policyRole(labels) === 'system'
  const systemKinds: readonly TargetRefKind[] = system ? ['MeshGateway'] : []
  checkTargetRef(root.field('targetRef'), spec.targetRef, {
    kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane', ...systemKinds],
    gatewayTags: system,
    inbound: affectsInbounds(spec),
  })
  if (from.length > 0 && rules.length > 0) root.add("field 'from' must be empty when 'rules' is defined")
  for (const [i, { matches = [], default: conf }] of rules.entries()) {
    const at = root.field('rules').index(i)
    for (const [k, match] of matches.entries()) checkMatch(at.field('matches').index(k), match)
    checkConf(at.field('default'), conf)
  }
  const gateways = includesGateways(spec.targetRef)
  if (gateways && from.length > 0) {
    const advice = 'when the scope includes a Gateway, select only proxyType Sidecar or select only gateways and use spec.to'
    root.field('from').add(`must not be defined ${advice}`)
  }
  for (const [i, entry] of gateways ? [] : from.entries()) {
    const at = root.field('from').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, { kinds: ['Mesh', 'MeshSubset', 'MeshServiceSubset', 'MeshService'] })
    checkConf(at.field('default'), entry.default)
  }
  if (!gateways && to.length > 0) root.field('to').add('must not be defined')
  for (const [i, entry] of gateways ? to.entries() : []) {
    const at = root.field('to').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, { kinds: ['Mesh'] })
    checkConf(at.field('default'), entry.default)
  }
  return root.violations
}

function checkConf(at: Place, { http = [] }: FaultConf = {}): void {
  const place = at.field('http')
  for (const [i, { abort, delay, responseBandwidth }] of http.entries()) {
    if (abort) {
      const abortAt = place.field('abort').index(i)
      checkStatusCode(abortAt.field('httpStatus'), abort.httpStatus)
      checkPercentage(abortAt.field('percentage'), abort.percentage, { zero: true })
    }
    if (delay) {
      const delayAt = place.field('delay').index(i)
      checkDurationNotNegative(delayAt.field('value'), delay.value)
      checkPercentage(delayAt.field('percentage'), delay.percentage, { zero: true })
    }
    if (responseBandwidth) {
      const limitAt = place.field('responseBandwidth').index(i)
      checkBandwidth(limitAt.field('limit'), responseBandwidth.limit)
      checkPercentage(limitAt.field('percentage'), responseBandwidth.percentage, { zero: true })
    }
  }
}
