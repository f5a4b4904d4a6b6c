import type * as z from 'zod'
import { defineKind } from '../kind.js'
import { mesh02 } from '../older/kuma-0.2.js'
import { modernMesh } from '../older/kuma-0.4.js'
import * as p from '../schema/proto.js'
import { admitMesh } from './mesh-admit.js'
import { validateMesh } from './mesh-validate.js'

const rules = () => p.list(p.message({ tags: p.map(p.string()) }))

const backend = { name: p.string, type: p.string, conf: p.struct } as const

const caBackend = () =>
  p.message({
    name: backend.name(),
    type: backend.type(),
    dpCert: p.message({ rotation: p.message({ expiration: p.string() }), requestTimeout: p.duration() }),
    conf: backend.conf(),
    mode: p.enumeration('kuma.mesh.v1alpha1.CertificateAuthorityBackend.Mode', ['STRICT', 'PERMISSIVE']),
    rootChain: p.message({ requestTimeout: p.duration() }),
  })

/** Source: mesh.proto, metrics.proto. What each `conf` holds is in `mesh-backends.ts`. */
export const meshSchema = () =>
  p.message({
    mtls: p.message({ enabledBackend: p.string(), backends: p.list(caBackend()), skipValidation: p.bool() }),
    tracing: p.message({
      defaultBackend: p.string(),
      backends: p.list(p.message({ name: backend.name(), sampling: p.doubleValue(), type: backend.type(), conf: backend.conf() })),
    }),
    logging: p.message({
      defaultBackend: p.string(),
      backends: p.list(p.message({ name: backend.name(), format: p.string(), type: backend.type(), conf: backend.conf() })),
    }),
    metrics: p.message({
      enabledBackend: p.string(),
      backends: p.list(p.message({ name: backend.name(), type: backend.type(), conf: backend.conf() })),
    }),
    networking: p.message({ outbound: p.message({ passthrough: p.boolValue() }) }),
    routing: p.message({
      localityAwareLoadBalancing: p.bool(),
      zoneEgress: p.bool(),
      defaultForbidMeshExternalServiceAccess: p.bool(),
    }),
    constraints: p.message({ dataplaneProxy: p.message({ requirements: rules(), restrictions: rules() }) }),
    skipCreatingInitialPolicies: p.list(p.string()),
    meshServices: p.message({
      mode: p.enumeration('kuma.mesh.v1alpha1.Mesh.MeshServices.Mode', ['Disabled', 'Everywhere', 'ReachableBackends', 'Exclusive']),
    }),
  })

export type MeshSpec = z.infer<ReturnType<typeof meshSchema>>

/** An isolated set of proxies and what holds for all of them. */
export const Mesh = defineKind<MeshSpec>({
  type: 'Mesh',
  plural: 'meshes',
  shortName: 'm',
  displayName: { singular: 'Mesh', plural: 'Meshes' },
  scope: 'Global',
  encoding: 'proto',
  includeInFederation: true,
  modernise: (spec, report) => modernMesh(mesh02(spec, report), report),
  schema: meshSchema,
  validate: validateMesh,
  admit: admitMesh,
})
