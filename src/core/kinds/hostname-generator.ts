import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as o from '../schema/openapi.js'
import { labelSelector } from './mesh-service.js'

/** Source: hostnamegenerator.go. */
export const hostnameGeneratorSchema = () =>
  o.object({
    selector: o
      .object({
        meshService: labelSelector().optional(),
        meshExternalService: labelSelector().optional(),
        meshMultiZoneService: labelSelector().optional(),
      })
      .default({}),
    template: o.string(),
    extension: o.object({ type: o.string(), config: o.json().optional() }).optional(),
  })

export type HostnameGeneratorSpec = z.infer<ReturnType<typeof hostnameGeneratorSchema>>

/** How host names of services are made. The peer looks at the template only when it is used. */
export const HostnameGenerator = defineKind<HostnameGeneratorSpec>({
  type: 'HostnameGenerator',
  plural: 'hostnamegenerators',
  shortName: 'hg',
  displayName: { singular: 'Hostname Generator', plural: 'Hostname Generators' },
  scope: 'Global',
  encoding: 'openapi',
  includeInFederation: true,
  schema: hostnameGeneratorSchema,
})
