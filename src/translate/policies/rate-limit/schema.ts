import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { selector } from '../../../core/kinds/selector.js'
import { p } from '../../../core/schema/index.js'
import { checkSelectors } from '../../../core/validate/tags.js'
import { type Place, collect } from '../../../core/validate/violations.js'

/** Source: rate_limit.proto. */
export const rateLimitSchema = () =>
  p.message({
    sources: p.list(selector()),
    destinations: p.list(selector()),
    conf: p.message({
      http: p.message({
        requests: p.uint32(),
        interval: p.duration(),
        onRateLimit: p.message({
          status: p.uint32Value(),
          headers: p.list(p.message({ key: p.string(), value: p.string(), append: p.boolValue() })),
        }),
      }),
    }),
  })

export type RateLimitSpec = z.infer<ReturnType<typeof rateLimitSchema>>
export type HttpRateLimit = NonNullable<NonNullable<RateLimitSpec['conf']>['http']>

/** How many requests a service takes from its callers. */
export const RateLimit = defineKind<RateLimitSpec>({
  type: 'RateLimit',
  plural: 'rate-limits',
  displayName: { singular: 'Rate Limit', plural: 'Rate Limits' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'sourceDestination' },
  includeInFederation: true,
  schema: rateLimitSchema,
  validate({ sources, destinations, conf }) {
    const root = collect()
    for (const [name, selectors] of [
      ['sources', sources],
      ['destinations', destinations],
    ] as const) {
      checkSelectors(root.field(name), selectors, { requireSelector: true, requireTag: true })
    }
    const at = root.field('conf')
    if (!conf) at.add('must have conf')
    if (conf?.http) checkHttp(at.field('http'), conf.http)
    return root.violations
  },
})

function checkHttp(at: Place, { requests, interval, onRateLimit }: HttpRateLimit): void {
  if (!requests) at.field('requests').add('requests must be set')
  if (interval === undefined) at.field('interval').add('interval must be set')
  for (const [i, { key, value }] of (onRateLimit?.headers ?? []).entries()) {
    const place = at.field('onRateLimit.header').key(String(i))
    if (!key) place.add('key must be set')
    if (!value) place.add('value must be set')
  }
}
