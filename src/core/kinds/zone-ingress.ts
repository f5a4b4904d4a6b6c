import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as p from '../schema/proto.js'
import { checkAdminPort, checkZoneAddress } from '../validate/zone-proxy.js'
import { checkPort } from '../validate/ports.js'
import { checkTags } from '../validate/tags.js'
import { collect } from '../validate/violations.js'
import { withAvailableServices } from './available-services.js'

/** Source: zone_ingress.proto. */
export const zoneIngressSchema = () =>
  p.message({
    zone: p.string(),
    networking: p.message({
      address: p.string(),
      advertisedAddress: p.string(),
      port: p.uint32(),
      advertisedPort: p.uint32(),
      admin: p.message({ port: p.uint32() }),
    }),
    availableServices: p.list(p.message({ tags: p.map(p.string()), instances: p.uint32(), mesh: p.string(), externalService: p.bool() })),
  })

export type ZoneIngressSpec = z.infer<ReturnType<typeof zoneIngressSchema>>
export type AvailableService = NonNullable<ZoneIngressSpec['availableServices']>[number]

/** The proxy by which other zones reach the services of a zone. */
export const ZoneIngress = defineKind<ZoneIngressSpec>({
  type: 'ZoneIngress',
  plural: 'zoneingresses',
  aliases: ['zone-ingresses'],
  shortName: 'zi',
  displayName: { singular: 'Zone Ingress', plural: 'Zone Ingresses' },
  scope: 'Global',
  encoding: 'proto',
  providedByZone: true,
  proxyType: () => 'zoneingress',
  upkeep: withAvailableServices,
  schema: zoneIngressSchema,
  validate({ networking = {}, availableServices = [] }) {
    const root = collect()
    const at = root.field('networking')
    const { address, port, advertisedAddress, advertisedPort } = networking
    checkAdminPort(at, networking.admin, [
      { address, port },
      { address: advertisedAddress, port: advertisedPort },
    ])
    if (!advertisedAddress && advertisedPort) at.field('advertisedAddress').add('has to be defined with advertisedPort')
    if (advertisedAddress && !advertisedPort) at.field('advertisedPort').add('has to be defined with advertisedAddress')
    checkZoneAddress(at.field('address'), address)
    checkZoneAddress(at.field('advertisedAddress'), advertisedAddress)
    checkPort(at.field('port'), port)
    if (advertisedPort) checkPort(at.field('advertisedPort'), advertisedPort)
    for (const [i, { tags }] of availableServices.entries()) {
      checkTags(root.field('availableService').index(i).field('tags'), tags, { requireService: true })
    }
    return root.violations
  },
})
