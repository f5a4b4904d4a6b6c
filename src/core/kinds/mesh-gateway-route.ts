import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as p from '../schema/proto.js'
import { validateMeshGatewayRoute } from './mesh-gateway-route-validate.js'
import { selector } from './selector.js'

const proto = (name: string) => `kuma.mesh.v1alpha1.MeshGatewayRoute.HttpRoute.Match.${name}.MatchType`
const methods = ['NONE', 'CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'] as const

const backend = () => p.message({ weight: p.uint32(), destination: p.map(p.string()) })

const match = () =>
  p.message(
    {
      path: p.message({ match: p.enumeration(proto('Path'), ['EXACT', 'PREFIX', 'REGEX']), value: p.string() }),
      method: p.enumeration('kuma.mesh.v1alpha1.HttpMethod', methods),
      headers: p.list(
        p.message({
          match: p.enumeration(proto('Header'), ['EXACT', 'REGEX', 'ABSENT', 'PRESENT']),
          name: p.string(),
          value: p.string(),
        }),
      ),
      queryParameters: p.list(p.message({ match: p.enumeration(proto('Query'), ['EXACT', 'REGEX']), name: p.string(), value: p.string() })),
    },
    { snake: ['queryParameters'] },
  )

const namedValues = () => p.list(p.message({ name: p.string(), value: p.string() }))
const headerFilter = () => p.message({ set: namedValues(), add: namedValues(), remove: p.list(p.string()) })

const rewrite = () =>
  p.message(
    { replaceFull: p.stringValue(), replacePrefixMatch: p.stringValue(), hostToBackendHostname: p.bool() },
    {
      snake: ['replaceFull', 'replacePrefixMatch', 'hostToBackendHostname'],
      oneofs: [['replaceFull', 'replacePrefixMatch']],
    },
  )

const redirect = () =>
  p.message(
    { scheme: p.string(), hostname: p.string(), port: p.uint32(), statusCode: p.uint32(), path: rewrite() },
    { snake: ['statusCode'] },
  )

const filter = () =>
  p.message(
    {
      requestHeader: headerFilter(),
      mirror: p.message({ backend: backend(), percentage: p.doubleValue() }),
      redirect: redirect(),
      rewrite: rewrite(),
      responseHeader: headerFilter(),
    },
    {
      snake: ['requestHeader', 'responseHeader'],
      oneofs: [['requestHeader', 'mirror', 'redirect', 'rewrite', 'responseHeader']],
    },
  )

const http = () =>
  p.message({
    hostnames: p.list(p.string()),
    rules: p.list(p.message({ matches: p.list(match()), filters: p.list(filter()), backends: p.list(backend()) })),
  })

const tcp = () => p.message({ rules: p.list(p.message({ backends: p.list(backend()) })) })

/** Source: gateway_route.proto. */
export const meshGatewayRouteSchema = () =>
  p.message({
    selectors: p.list(selector()),
    conf: p.message({ tcp: tcp(), http: http() }, { oneofs: [['tcp', 'http']] }),
  })

export type MeshGatewayRouteSpec = z.infer<ReturnType<typeof meshGatewayRouteSchema>>
type Conf = NonNullable<MeshGatewayRouteSpec['conf']>
export type HttpRouteConf = NonNullable<Conf['http']>
export type HttpRule = NonNullable<HttpRouteConf['rules']>[number]
export type HttpRuleMatch = NonNullable<HttpRule['matches']>[number]
export type HttpRuleFilter = NonNullable<HttpRule['filters']>[number]
export type RouteBackend = NonNullable<HttpRule['backends']>[number]
export type HeaderFilter = NonNullable<HttpRuleFilter['requestHeader']>
export type RewriteFilter = NonNullable<HttpRuleFilter['rewrite']>
export type RedirectFilter = NonNullable<HttpRuleFilter['redirect']>

/** Where a builtin gateway sends what it takes. MeshHTTPRoute and MeshTCPRoute go before it. */
export const MeshGatewayRoute = defineKind<MeshGatewayRouteSpec>({
  type: 'MeshGatewayRoute',
  plural: 'meshgatewayroutes',
  displayName: { singular: 'Mesh Gateway Route', plural: 'Mesh Gateway Routes' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'selectors' },
  includeInFederation: true,
  schema: meshGatewayRouteSchema,
  validate: validateMeshGatewayRoute,
})
