import type { ValidationContext, Violation } from '../../../core/kind.js'
import { type Match, type TargetRefKind, affectsInbounds, checkTargetRef, policyRole } from '../../../core/target-ref.js'
import { checkDurationNotNegativeIfSet, checkDurationPositiveIfSet } from '../../../core/validate/numbers.js'
import { checkMatch } from '../../../core/validate/spiffe.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { MeshTimeoutSpec, TimeoutConf } from './schema.js'

const onRoute = "can't be specified when top-level TargetRef is referencing MeshHTTPRoute"
const bySource = "can't be specified when matches contain spiffeID because this field cannot be conditioned on source identity"

/** The rules of a MeshTimeout that its shape can't say. */
export function validateTimeout(spec: MeshTimeoutSpec, { labels }: ValidationContext): Violation[] {
  const root = collect('spec')
  const { to = [], from = [], rules = [] } = spec
  const system = policyRole(labels) === 'system'
  const systemKinds: readonly TargetRefKind[] = system ? ['MeshGateway', 'MeshHTTPRoute'] : []
  checkTargetRef(root.field('targetRef'), spec.targetRef, {
    kinds: ['Mesh', 'MeshSubset', 'Dataplane', 'MeshService', 'MeshServiceSubset', ...systemKinds],
    gatewayTags: system,
    inbound: affectsInbounds(spec),
  })
  if (rules.length > 0 && (to.length > 0 || from.length > 0)) root.add("fields 'to' and 'from' must be empty when 'rules' is defined")
  if (rules.length === 0 && to.length === 0 && from.length === 0) root.add("at least one of 'from', 'to' or 'rules' has to be defined")
  const topLevel = spec.targetRef?.kind ?? 'Mesh'
  const narrow = topLevel === 'MeshHTTPRoute' || topLevel === 'MeshGateway'
  if (narrow && from.length > 0) root.field('from').add('must not be defined')
  for (const [i, entry] of narrow ? [] : from.entries()) {
    const at = root.field('from').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, { kinds: ['Mesh'] })
    checkConf(at.field('default'), entry.default ?? {}, topLevel)
  }
  for (const [i, entry] of to.entries()) {
    const at = root.field('to').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, {
      kinds: narrow
        ? ['Mesh', 'MeshExternalService']
        : ['Mesh', 'MeshService', 'MeshExternalService', 'MeshMultiZoneService', 'MeshHTTPRoute'],
    })
    checkConf(at.field('default'), entry.default ?? {}, topLevel)
  }
  for (const [i, { matches = [], default: conf = {} }] of rules.entries()) {
    const at = root.field('rules').index(i)
    checkMatches(at, matches, conf)
    checkConf(at.field('default'), conf, topLevel)
  }
  return root.violations
}

function checkMatches(at: Place, matches: readonly Match[], conf: TimeoutConf): void {
  for (const [i, match] of matches.entries()) {
    const place = at.field('matches').index(i)
    checkMatch(place, match)
    if (!match.spiffeID && !match.sni) place.add("must specify at least one of 'spiffeID' or 'sni'")
  }
  if (!matches.some(({ spiffeID }) => spiffeID)) return
  const fields = ['connectionTimeout', 'idleTimeout', 'http.requestHeadersTimeout', 'http.maxStreamDuration', 'http.maxConnectionDuration']
  forbid(at.field('default'), conf, fields, bySource)
}

function forbid(at: Place, { http = {}, ...conf }: TimeoutConf, fields: readonly string[], message: string): void {
  const values: Readonly<Record<string, string | undefined>> = {
    ...(conf as Record<string, string | undefined>),
    ...Object.fromEntries(Object.entries(http).map(([name, value]) => [`http.${name}`, value])),
  }
  for (const field of fields) if (values[field] !== undefined) at.field(field).add(message)
}

function checkConf(at: Place, conf: TimeoutConf, topLevel: TargetRefKind): void {
  const { connectionTimeout, idleTimeout, http } = conf
  if (connectionTimeout === undefined && idleTimeout === undefined && !http) return at.add('at least one timeout should be configured')
  if (topLevel === 'MeshHTTPRoute') {
    forbid(at, conf, ['connectionTimeout', 'idleTimeout', 'http.maxStreamDuration', 'http.maxConnectionDuration'], onRoute)
  }
  checkDurationPositiveIfSet(at.field('connectionTimeout'), connectionTimeout)
  checkDurationNotNegativeIfSet(at.field('idleTimeout'), idleTimeout)
  if (!http) return
  const { requestTimeout, streamIdleTimeout, maxStreamDuration, maxConnectionDuration } = http
  const counted = [requestTimeout, streamIdleTimeout, maxStreamDuration, maxConnectionDuration]
  if (counted.every((value) => value === undefined)) at.field('http').add('at least one timeout in this section should be configured')
  for (const name of [
    'requestTimeout',
    'streamIdleTimeout',
    'maxStreamDuration',
    'maxConnectionDuration',
    'requestHeadersTimeout',
  ] as const) {
    checkDurationNotNegativeIfSet(at.field('http').field(name), http[name])
  }
}
