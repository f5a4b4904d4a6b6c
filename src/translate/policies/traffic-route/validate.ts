import type { Violation } from '../../../core/kind.js'
import { checkSelector, checkSelectors, onlyServiceTag } from '../../../core/validate/tags.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { HttpMatch, HttpModify, HttpRoute, LoadBalancer, RouteConf, RouteSplit, StringMatcher, TrafficRouteSpec } from './schema.js'

const selects = { requireTag: true, requireService: true } as const

export function validateTrafficRoute({ sources, destinations, conf }: TrafficRouteSpec): Violation[] {
  const root = collect()
  checkSelectors(root.field('sources'), sources, { requireSelector: true, ...selects })
  checkSelectors(root.field('destinations'), destinations, onlyServiceTag)
  const at = root.field('conf')
  if (!conf) {
    at.add('cannot be empty')
    return root.violations
  }
  checkSplitAndDestination(at, conf)
  for (const [i, http] of (conf.http ?? []).entries()) checkHttp(at.field('http').index(i), http)
  checkLoadBalancer(at.field('loadBalancer'), conf.loadBalancer)
  return root.violations
}

function checkHttp(at: Place, http: HttpRoute): void {
  checkMatch(at.field('match'), http.match)
  if (http.modify) checkModify(at.field('modify'), http.modify, http.match)
  checkSplitAndDestination(at, http)
}

function checkSplitAndDestination(at: Place, { split, destination }: Pick<RouteConf, 'split' | 'destination'>): void {
  if (!split && !destination) at.add('requires either "destination" or "split"')
  if (split && destination) at.add('"split" cannot be defined at the same time as "destination"')
  if (split) checkSplit(at.field('split'), split)
  if (destination) checkSelector(at.field('destination'), destination, selects)
}

function checkSplit(at: Place, split: readonly RouteSplit[]): void {
  let total = 0
  for (const [i, { weight, destination }] of split.entries()) {
    if (weight === undefined) at.index(i).field('weight').add('needs to be defined')
    total += weight ?? 0
    checkSelector(at.index(i).field('destination'), destination, selects)
  }
  if (total === 0) at.add('there must be at least one split entry with weight above 0')
}

function checkMatch(at: Place, match: HttpMatch | undefined): void {
  if (!match?.path && !match?.method && !match?.headers) {
    at.add('must be present and contain at least one of the elements: "method", "path" or "headers"')
    return
  }
  if (match.method) checkMatcher(at.field('method'), match.method)
  if (match.path) checkMatcher(at.field('path'), match.path)
  if (match.headers && Object.keys(match.headers).length === 0) at.field('headers').add('must contain at least one element')
  for (const [key, matcher] of Object.entries(match.headers ?? {})) {
    if (key === '') at.field('headers').key(key).add('cannot be empty')
    checkMatcher(at.field('headers').key(key), matcher)
  }
}

function checkMatcher(at: Place, { prefix, exact, regex }: StringMatcher): void {
  if (exact !== undefined) return
  if (prefix !== undefined) {
    if (prefix === '') at.field('prefix').add('cannot be empty')
  } else if (regex !== undefined) {
    if (regex === '') at.field('regex').add('cannot be empty')
  } else {
    at.add('cannot be empty. Available options: "exact", "split" or "regex"')
  }
}

function checkModify(at: Place, modify: HttpModify, match: HttpMatch | undefined): void {
  if (modify.path) checkPathChange(at.field('path'), modify.path, match)
  if (modify.host) checkHostChange(at.field('host'), modify.host)
  for (const side of ['requestHeaders', 'responseHeaders'] as const) {
    const place = at.field(side)
    for (const [i, { name, value }] of (modify[side]?.add ?? []).entries()) {
      checkHeaderName(place.field('add').index(i).field('name'), name)
      if (!value) place.field('add').index(i).field('value').add('cannot be empty')
    }
    for (const [i, { name }] of (modify[side]?.remove ?? []).entries()) {
      checkHeaderName(place.field('remove').index(i).field('name'), name)
    }
  }
}

function checkPathChange(at: Place, { rewritePrefix, regex }: NonNullable<HttpModify['path']>, match: HttpMatch | undefined): void {
  if (rewritePrefix !== undefined) {
    const place = at.field('rewritePrefix')
    if (rewritePrefix === '') place.add('cannot be empty')
    else if (!match?.path?.prefix) place.add('can only be set when .http.match.path.prefix is not empty')
  } else if (regex) {
    checkReplace(at.field('regex'), regex)
  } else {
    at.add('either "rewritePrefix" or "regex" has to be set')
  }
}

function checkHostChange(at: Place, { value, fromPath }: NonNullable<HttpModify['host']>): void {
  if (value !== undefined) {
    if (value === '') at.field('value').add('cannot be empty')
  } else if (fromPath) {
    checkReplace(at.field('fromPath'), fromPath)
  } else {
    at.add('either "value" or "fromPath" has to be set')
  }
}

function checkReplace(at: Place, { pattern, substitution }: { pattern?: string; substitution?: string }): void {
  if (!pattern) at.field('pattern').add('cannot be empty')
  if (!substitution) at.field('substitution').add('cannot be empty')
}

function checkHeaderName(at: Place, name: string | undefined): void {
  if (!name) at.add('cannot be empty')
  else if (name.startsWith(':') || name === 'host' || name === 'Host') {
    at.add('host header and HTTP/2 pseudo-headers are not allowed to be modified')
  }
}

const hashFunctions: readonly (string | undefined)[] = ['XX_HASH', 'MURMUR_HASH_2']

function checkLoadBalancer(at: Place, loadBalancer: LoadBalancer | undefined): void {
  if (loadBalancer?.leastRequest?.choiceCount === 1) {
    at.field('leastRequest.choiceCount').add('value must be greater than or equal to 2')
  }
  if (loadBalancer?.ringHash && !hashFunctions.includes(loadBalancer.ringHash.hashFunction)) {
    at.field('ringHash.hashFunction').add('must have a valid hash function')
  }
}
