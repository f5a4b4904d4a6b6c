import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as p from '../schema/proto.js'
import { dataSource } from './data-source.js'
import { validateMeshGateway } from './mesh-gateway-validate.js'
import { selector } from './selector.js'

const tls = () =>
  p.message({
    mode: p.enumeration('kuma.mesh.v1alpha1.MeshGateway.TLS.Mode', ['NONE', 'TERMINATE', 'PASSTHROUGH']),
    certificates: p.list(dataSource()),
    options: p.message({}),
  })

const listener = () =>
  p.message({
    hostname: p.string(),
    port: p.uint32(),
    protocol: p.enumeration('kuma.mesh.v1alpha1.MeshGateway.Listener.Protocol', ['NONE', 'TCP', 'TLS', 'HTTP', 'HTTPS']),
    tls: tls(),
    tags: p.map(p.string()),
    crossMesh: p.bool(),
    resources: p.message({ connectionLimit: p.uint32() }, { snake: ['connectionLimit'] }),
  })

/** Source: gateway.proto. */
export const meshGatewaySchema = () =>
  p.message({
    selectors: p.list(selector()),
    tags: p.map(p.string()),
    conf: p.message({ listeners: p.list(listener()) }),
  })

export type MeshGatewaySpec = z.infer<ReturnType<typeof meshGatewaySchema>>
export type MeshGatewayListener = NonNullable<NonNullable<MeshGatewaySpec['conf']>['listeners']>[number]
export type MeshGatewayTls = NonNullable<MeshGatewayListener['tls']>

/** Where a builtin gateway listens, and what it speaks there. */
export const MeshGateway = defineKind<MeshGatewaySpec>({
  type: 'MeshGateway',
  plural: 'meshgateways',
  shortName: 'mgw',
  displayName: { singular: 'Mesh Gateway', plural: 'Mesh Gateways' },
  scope: 'Mesh',
  encoding: 'proto',
  providedByZone: true,
  includeInFederation: true,
  schema: meshGatewaySchema,
  validate: validateMeshGateway,
})
