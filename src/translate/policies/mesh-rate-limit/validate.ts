import type { ValidationContext, Violation } from '../../../core/kind.js'
import { type Match, type TargetRefKind, affectsInbounds, checkTargetRef, includesGateways, policyRole } from '../../../core/target-ref.js'
import { checkDurationGreaterThan, checkGreaterThan, checkGreaterThanIfSet } from '../../../core/validate/numbers.js'
import { checkMatch } from '../../../core/validate/spiffe.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { LocalHttp, LocalTcp, MeshRateLimitSpec, Rate, RateLimitConf } from './schema.js'

const undefinedHere = 'must not be defined'
const bySource = "can't be specified when matches contain spiffeID because this field cannot be conditioned on source identity"

/** The rules of a MeshRateLimit that its shape can't say. */
export function validateRateLimit(spec: MeshRateLimitSpec, { labels }: ValidationContext): Violation[] {
  const root = collect('spec')
  const { to = [], from = [], rules = [] } = spec
  if (rules.length > 0 && (to.length > 0 || from.length > 0)) root.add("fields 'to' and 'from' must be empty when 'rules' is defined")
  const system = policyRole(labels) === 'system'
  const systemKinds: readonly TargetRefKind[] = system ? ['MeshGateway', 'MeshHTTPRoute'] : []
  checkTargetRef(root.field('targetRef'), spec.targetRef, {
    kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane', ...systemKinds],
    gatewayTags: system,
    inbound: affectsInbounds(spec),
  })
  const gateways = includesGateways(spec.targetRef)
  if (gateways && rules.length > 0) root.field('rules').add(undefinedHere)
  for (const [i, { matches = [], default: conf }] of gateways ? [] : rules.entries()) {
    const at = root.field('rules').index(i)
    checkMatches(at, matches, conf)
    checkConf(at.field('default'), conf)
  }
  if (gateways && from.length > 0) {
    root
      .field('from')
      .add(`${undefinedHere} when the scope includes a Gateway, select only proxyType Sidecar or select only gateways and use spec.to`)
  }
  for (const [i, entry] of gateways ? [] : from.entries()) {
    const at = root.field('from').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, { kinds: ['Mesh'] })
    checkConf(at.field('default'), entry.default)
  }
  if (!gateways && to.length > 0) root.field('to').add(undefinedHere)
  for (const [i, entry] of gateways ? to.entries() : []) {
    const at = root.field('to').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, { kinds: ['Mesh'] })
    checkConf(at.field('default'), entry.default)
  }
  return root.violations
}

function checkMatches(at: Place, matches: readonly Match[], conf: RateLimitConf = {}): void {
  for (const [i, match] of matches.entries()) {
    const place = at.field('matches').index(i)
    checkMatch(place, match)
    if (!match.spiffeID && !match.sni) place.add("must specify at least one of 'spiffeID' or 'sni'")
  }
  if (conf.local?.tcp && matches.some(({ spiffeID }) => spiffeID)) at.field('default.local.tcp').add(bySource)
}

function checkConf(at: Place, { local }: RateLimitConf = {}): void {
  const place = at.field('local')
  if (!local) return place.add('must be defined')
  if (!local.tcp && !local.http) place.add('must have at least one defined: tcp, http')
  if (local.http) checkHttp(place.field('http'), local.http)
  if (local.tcp) checkTcp(place.field('tcp'), local.tcp)
}

function checkHttp(at: Place, { disabled, requestRate, onRateLimit }: LocalHttp): void {
  if (disabled === undefined && !requestRate && !onRateLimit)
    return at.add('must have at least one defined: disabled, requestRate, onRateLimit')
  if (requestRate) checkRate(at.field('requestRate'), requestRate)
  checkGreaterThanIfSet(at.field('onRateLimit.status'), onRateLimit?.status, 0)
}

function checkTcp(at: Place, { disabled, connectionRate }: LocalTcp): void {
  if (disabled === undefined && !connectionRate) return at.add('must have at least one defined: disabled, connectionRate')
  if (connectionRate) checkRate(at.field('connectionRate'), connectionRate)
}

const fiftyMilliseconds = 50_000_000n

function checkRate(at: Place, { num, interval }: Rate): void {
  checkGreaterThan(at.field('num'), num, 0)
  checkDurationGreaterThan(at.field('interval'), interval, fiftyMilliseconds)
}
