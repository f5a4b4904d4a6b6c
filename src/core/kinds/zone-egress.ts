import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as p from '../schema/proto.js'
import { checkAdminPort, checkZoneAddress } from '../validate/zone-proxy.js'
import { checkPort } from '../validate/ports.js'
import { collect } from '../validate/violations.js'

/** Source: zoneegress.proto. */
export const zoneEgressSchema = () =>
  p.message({
    zone: p.string(),
    networking: p.message({ address: p.string(), port: p.uint32(), admin: p.message({ port: p.uint32() }) }),
  })

export type ZoneEgressSpec = z.infer<ReturnType<typeof zoneEgressSchema>>

/** The proxy by which a zone reaches external services and other zones. */
export const ZoneEgress = defineKind<ZoneEgressSpec>({
  type: 'ZoneEgress',
  plural: 'zoneegresses',
  shortName: 'ze',
  displayName: { singular: 'Zone Egress', plural: 'Zone Egresses' },
  scope: 'Global',
  encoding: 'proto',
  providedByZone: true,
  proxyType: () => 'zoneegress',
  schema: zoneEgressSchema,
  validate({ networking = {} }) {
    const root = collect()
    const at = root.field('networking')
    const { address, port } = networking
    checkAdminPort(at, networking.admin, [{ address, port }])
    checkZoneAddress(at.field('address'), address)
    checkPort(at.field('port'), port)
    return root.violations
  },
})
