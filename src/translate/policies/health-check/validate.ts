import { nanosOf } from '../../../core/duration.js'
import type { Violation } from '../../../core/kind.js'
import { checkSelectors, onlyServiceTag } from '../../../core/validate/tags.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { HealthCheckConf, HealthCheckSpec, HttpCheck } from './schema.js'

export function validateHealthCheck({ sources, destinations, conf }: HealthCheckSpec): Violation[] {
  const root = collect()
  checkSelectors(root.field('sources'), sources, { requireSelector: true, requireTag: true, requireService: true })
  checkSelectors(root.field('destinations'), destinations, onlyServiceTag)
  if (conf) checkConf(root.field('conf'), conf)
  else root.field('conf').add('has to be defined')
  return root.violations
}

const positive = 'must have a positive value'

function checkConf(at: Place, conf: HealthCheckConf): void {
  for (const name of ['interval', 'timeout'] as const) if (nanosOf(conf[name] ?? '0s') === 0n) at.field(name).add(positive)
  for (const name of ['unhealthyThreshold', 'healthyThreshold'] as const) if (!conf[name]) at.field(name).add(positive)
  for (const name of ['initialJitter', 'intervalJitter', 'noTrafficInterval'] as const) {
    const value = conf[name]
    if (value !== undefined && nanosOf(value) === 0n) at.field(name).add(positive)
  }
  const { healthyPanicThreshold = 0, http, tcp } = conf
  if (healthyPanicThreshold < 0 || healthyPanicThreshold > 100) at.field('healthyPanicThreshold').add('must be in range [0.0 - 100.0]')
  if (http) checkHttp(at.field('http'), http)
  if (tcp && http) at.add('http and tcp cannot be defined at the same time')
}

function checkHttp(at: Place, { path, expectedStatuses = [], requestHeadersToAdd = [] }: HttpCheck): void {
  if (!path) at.field('path').add('has to be defined and cannot be empty')
  for (const [i, status] of expectedStatuses.entries()) {
    if (status < 100 || status >= 600) at.field('expectedStatuses').index(i).add('must be in range [100, 600)')
  }
  for (const [i, { header }] of requestHeadersToAdd.entries()) {
    const place = at.field('requestHeadersToAdd').index(i).field('header')
    if (!header) place.add('has to be defined')
    else if (!header.key) place.field('key').add('cannot be empty')
  }
}
