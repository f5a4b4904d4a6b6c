import type * as z from 'zod'
import { defineKind } from '../kind.js'
import { displayNameOf } from '../kri.js'
import * as o from '../schema/openapi.js'
import { checkLength } from '../validate/names.js'
import { collect } from '../validate/violations.js'

/** Resources that have all of these labels; without any label, all resources. Source: api/common/v1alpha1, LabelSelector. */
export const labelSelector = () => o.object({ matchLabels: o.map(o.string()).optional() })

/** Source: meshservice.go. */
export const meshServiceSchema = () =>
  o.object({
    state: o.enumeration(['Available', 'Unavailable']).default('Unavailable'),
    selector: o
      .object({
        dataplaneTags: o.map(o.string()).optional(),
        dataplaneRef: o.object({ name: o.string().optional() }).optional(),
        dataplaneLabels: labelSelector().optional(),
      })
      .default({}),
    ports: o
      .list(
        o.object({
          name: o.string().optional(),
          port: o.integer(),
          targetPort: o.intOrString().optional(),
          appProtocol: o.string().default('tcp'),
        }),
      )
      .optional(),
    identities: o.list(o.object({ type: o.enumeration(['ServiceTag', 'SpiffeID']), value: o.string() })).optional(),
  })

export type MeshServiceSpec = z.infer<ReturnType<typeof meshServiceSchema>>

/** Longest name of a service: it becomes a label of host names. */
export const longestServiceName = 63

/** A service by the proxies that serve it, with ports of its own. */
export const MeshService = defineKind<MeshServiceSpec>({
  type: 'MeshService',
  plural: 'meshservices',
  shortName: 'msvc',
  displayName: { singular: 'Mesh Service', plural: 'Mesh Services' },
  scope: 'Mesh',
  encoding: 'openapi',
  hasStatus: true,
  schema: meshServiceSchema,
  destinations: ({ ports = [] }) => ports.map(({ name, port }) => ({ port, section: name ?? String(port) })),
  validate({ selector }, resource) {
    const root = collect()
    checkLength(root.field('name'), displayNameOf(resource), longestServiceName)
    if (Object.values(selector).filter((way) => way !== undefined).length > 1) {
      root.field('spec.selector').add('must specify only one of: dataplaneTags, dataplaneRef, or dataplaneLabels')
    }
    return root.violations
  },
})
