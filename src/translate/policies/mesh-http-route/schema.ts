import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { headerName, headerValues } from '../../../core/http-headers.js'
import { o } from '../../../core/schema/index.js'
import { backendRef, targetRef } from '../../../core/target-ref.js'
import { validateHttpRoute } from './validate.js'

const preciseHostname = () =>
  o.string({ minLength: 1, maxLength: 253, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/ })

const match = () =>
  o.object({
    path: o.object({ type: o.enumeration(['Exact', 'PathPrefix', 'RegularExpression']), value: o.string({ minLength: 1 }) }).optional(),
    method: o.enumeration(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']).optional(),
    queryParams: o
      .list(o.object({ type: o.enumeration(['Exact', 'RegularExpression']), name: o.string({ minLength: 1 }), value: o.string() }))
      .optional(),
    headers: o
      .list(
        o.object({
          type: o.enumeration(['Exact', 'Present', 'RegularExpression', 'Absent', 'Prefix']).default('Exact'),
          name: headerName(),
          value: o.string().optional(),
        }),
      )
      .optional(),
  })

const headerModifier = () =>
  o.object({ set: headerValues().optional(), add: headerValues().optional(), remove: o.list(o.string(), { max: 16 }).optional() })

const pathRewrite = () =>
  o.object({
    type: o.enumeration(['ReplaceFullPath', 'ReplacePrefixMatch']),
    replaceFullPath: o.string().optional(),
    replacePrefixMatch: o.string().optional(),
  })

const filter = () =>
  o.object({
    type: o.enumeration(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite', 'RequestMirror']),
    requestHeaderModifier: headerModifier().optional(),
    responseHeaderModifier: headerModifier().optional(),
    requestRedirect: o
      .object({
        scheme: o.enumeration(['http', 'https']).optional(),
        hostname: preciseHostname().optional(),
        path: pathRewrite().optional(),
        port: o.integer({ min: 1, max: 65535 }).optional(),
        statusCode: o.integer({ oneOf: [301, 302, 303, 307, 308] }).default(302),
      })
      .optional(),
    urlRewrite: o
      .object({ hostname: preciseHostname().optional(), path: pathRewrite().optional(), hostToBackendHostname: o.boolean().optional() })
      .optional(),
    requestMirror: o.object({ percentage: o.intOrString().optional(), backendRef: backendRef() }).optional(),
  })

const rule = () =>
  o.object({
    matches: o.list(match(), { min: 1 }),
    default: o.object({ filters: o.list(filter()).optional(), backendRefs: o.list(backendRef()).optional() }),
  })

export const meshHttpRouteSchema = () =>
  o.object({
    targetRef: targetRef().optional(),
    to: o.list(o.object({ targetRef: targetRef(), hostnames: o.list(o.string()).optional(), rules: o.list(rule()) })).optional(),
  })

export type MeshHttpRouteSpec = z.infer<ReturnType<typeof meshHttpRouteSchema>>
export type RouteRule = z.infer<ReturnType<typeof rule>>
export type RouteFilter = z.infer<ReturnType<typeof filter>>
export type RouteMatchSpec = z.infer<ReturnType<typeof match>>

/** What an entry of `to` configures: its rules, for its host names. */
const toConf = (entry: unknown): unknown => {
  const { rules, hostnames } = entry as { rules?: unknown; hostnames?: unknown }
  return { rules, hostnames }
}

/** Where the HTTP requests of an outbound or a gateway go, and what changes on the way. */
export const MeshHTTPRoute = defineKind<MeshHttpRouteSpec>({
  type: 'MeshHTTPRoute',
  plural: 'meshhttproutes',
  shortName: 'mhttpr',
  displayName: { singular: 'Mesh HTTP Route', plural: 'Mesh HTTP Routes' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: {
    matching: 'targetRef',
    hasToTargetRef: true,
    toConf,
    merge: { splitBy: 'hostnames', keyedList: { field: 'rules', key: 'matches', value: 'default' } },
  },
  includeInFederation: true,
  schema: meshHttpRouteSchema,
  validate: validateHttpRoute,
})
