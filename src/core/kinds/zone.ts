import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as p from '../schema/proto.js'

/** Source: zone.proto. */
export const zoneSchema = () => p.message({ enabled: p.boolValue() })

export type ZoneSpec = z.infer<ReturnType<typeof zoneSchema>>

/** A zone as the global control plane knows it. */
export const Zone = defineKind<ZoneSpec>({
  type: 'Zone',
  plural: 'zones',
  shortName: 'z',
  displayName: { singular: 'Zone', plural: 'Zones' },
  scope: 'Global',
  encoding: 'proto',
  providedByZone: true,
  schema: zoneSchema,
})
