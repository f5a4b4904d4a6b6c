import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { o } from '../../../core/schema/index.js'
import { targetRef } from '../../../core/target-ref.js'
import { validatePassthrough } from './validate.js'

const match = () =>
  o.object({
    type: o.enumeration(['Domain', 'IP', 'CIDR']),
    value: o.string(),
    port: o.integer().optional(),
    protocol: o.enumeration(['tcp', 'tls', 'grpc', 'http', 'http2', 'mysql']).default('tcp'),
  })

export type PassthroughMatch = z.infer<ReturnType<typeof match>>

const conf = () =>
  o.object({ passthroughMode: o.enumeration(['All', 'Matched', 'None']).optional(), appendMatch: o.list(match()).optional() })

export type PassthroughConf = z.infer<ReturnType<typeof conf>>

export const meshPassthroughSchema = () => o.object({ targetRef: targetRef().optional(), default: conf().optional() })

export type MeshPassthroughSpec = z.infer<ReturnType<typeof meshPassthroughSchema>>

/** Where transparent proxies let their applications go outside of the mesh. */
export const MeshPassthrough = defineKind<MeshPassthroughSpec>({
  type: 'MeshPassthrough',
  plural: 'meshpassthroughs',
  shortName: 'mp',
  displayName: { singular: 'Mesh Passthrough', plural: 'Mesh Passthroughs' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef' },
  includeInFederation: true,
  schema: meshPassthroughSchema,
  validate: validatePassthrough,
})
