import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { selector } from '../../../core/kinds/selector.js'
import { modernTrafficRoute } from '../../../core/older/kuma-0.4.js'
import { p } from '../../../core/schema/index.js'
import { validateTrafficRoute } from './validate.js'

const split = () => p.message({ weight: p.uint32Value(), destination: p.map(p.string()) })

const stringMatcher = () =>
  p.message({ prefix: p.string(), exact: p.string(), regex: p.string() }, { oneofs: [['prefix', 'exact', 'regex']] })

const regexReplace = () => p.message({ pattern: p.string(), substitution: p.string() })

const headers = () =>
  p.message({
    add: p.list(p.message({ name: p.string(), value: p.string(), append: p.bool() })),
    remove: p.list(p.message({ name: p.string() })),
  })

const loadBalancer = () =>
  p.message(
    {
      roundRobin: p.message({}),
      leastRequest: p.message({ choiceCount: p.uint32() }, { snake: ['choiceCount'] }),
      ringHash: p.message(
        { hashFunction: p.string(), minRingSize: p.uint64(), maxRingSize: p.uint64() },
        { snake: ['hashFunction', 'minRingSize', 'maxRingSize'] },
      ),
      random: p.message({}),
      maglev: p.message({}),
    },
    {
      snake: ['roundRobin', 'leastRequest', 'ringHash'],
      oneofs: [['roundRobin', 'leastRequest', 'ringHash', 'random', 'maglev']],
    },
  )

const http = () =>
  p.message({
    match: p.message({ method: stringMatcher(), path: stringMatcher(), headers: p.map(stringMatcher()) }),
    modify: p.message({
      path: p.message({ rewritePrefix: p.string(), regex: regexReplace() }, { oneofs: [['rewritePrefix', 'regex']] }),
      host: p.message({ value: p.string(), fromPath: regexReplace() }, { oneofs: [['value', 'fromPath']] }),
      requestHeaders: headers(),
      responseHeaders: headers(),
    }),
    split: p.list(split()),
    destination: p.map(p.string()),
  })

/** Source: traffic_route.proto. */
export const trafficRouteSchema = () =>
  p.message({
    sources: p.list(selector()),
    destinations: p.list(selector()),
    conf: p.message(
      { split: p.list(split()), loadBalancer: loadBalancer(), destination: p.map(p.string()), http: p.list(http()) },
      { snake: ['loadBalancer'] },
    ),
  })

export type TrafficRouteSpec = z.infer<ReturnType<typeof trafficRouteSchema>>
export type RouteConf = NonNullable<TrafficRouteSpec['conf']>
export type RouteSplit = NonNullable<RouteConf['split']>[number]
export type LoadBalancer = NonNullable<RouteConf['loadBalancer']>
export type HttpRoute = NonNullable<RouteConf['http']>[number]
export type HttpMatch = NonNullable<HttpRoute['match']>
export type HttpModify = NonNullable<HttpRoute['modify']>
export type StringMatcher = NonNullable<HttpMatch['path']>

/** Where connections and requests to a service go. */
export const TrafficRoute = defineKind<TrafficRouteSpec>({
  type: 'TrafficRoute',
  plural: 'traffic-routes',
  displayName: { singular: 'Traffic Route', plural: 'Traffic Routes' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'sourceDestination' },
  includeInFederation: true,
  modernise: modernTrafficRoute,
  retyped: ['conf'],
  schema: trafficRouteSchema,
  validate: validateTrafficRoute,
})
