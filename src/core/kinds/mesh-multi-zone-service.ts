import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as o from '../schema/openapi.js'
import { collect } from '../validate/violations.js'
import { labelSelector } from './mesh-service.js'

/** Source: meshmultizoneservice.go. */
export const meshMultiZoneServiceSchema = () =>
  o.object({
    selector: o.object({ meshService: labelSelector() }),
    ports: o.list(o.object({ name: o.string().optional(), port: o.integer(), appProtocol: o.string().default('tcp') }), { min: 1 }),
  })

export type MeshMultiZoneServiceSpec = z.infer<ReturnType<typeof meshMultiZoneServiceSchema>>

const protocols = ['grpc', 'http', 'http2', 'kafka', 'tcp']

/** The MeshServices of several zones as one. */
export const MeshMultiZoneService = defineKind<MeshMultiZoneServiceSpec>({
  type: 'MeshMultiZoneService',
  plural: 'meshmultizoneservices',
  shortName: 'mzsvc',
  displayName: { singular: 'Mesh Multi Zone Service', plural: 'Mesh Multi Zone Services' },
  scope: 'Mesh',
  encoding: 'openapi',
  hasStatus: true,
  includeInFederation: true,
  providedByZone: false,
  schema: meshMultiZoneServiceSchema,
  destinations: ({ ports }) => ports.map(({ name, port }) => ({ port, section: name ?? String(port) })),
  validate({ selector, ports }) {
    const root = collect('spec')
    const { matchLabels = {} } = selector.meshService
    if (Object.keys(matchLabels).length === 0) root.field('selector.meshService.matchLabels').add('cannot be empty')
    for (const [i, { name, appProtocol }] of ports.entries()) {
      const at = root.field('ports').index(i)
      if (name === '') at.field('name').add('must not be empty')
      if (!protocols.includes(appProtocol)) at.field('appProtocol').add(`appProtocol must be one of: ${protocols.join(', ')}`)
    }
    return root.violations
  },
})
