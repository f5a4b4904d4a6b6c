import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as o from '../schema/openapi.js'

/** Source: meshzoneaddress.go. */
export const meshZoneAddressSchema = () => o.object({ address: o.string({ minLength: 1 }), port: o.integer({ min: 1, max: 65535 }) })

export type MeshZoneAddressSpec = z.infer<ReturnType<typeof meshZoneAddressSchema>>

/** Where other zones reach the ingress of a mesh. */
export const MeshZoneAddress = defineKind<MeshZoneAddressSpec>({
  type: 'MeshZoneAddress',
  plural: 'meshzoneaddresses',
  shortName: 'mza',
  displayName: { singular: 'Mesh Zone Address', plural: 'Mesh Zone Addresses' },
  scope: 'Mesh',
  encoding: 'openapi',
  schema: meshZoneAddressSchema,
})
