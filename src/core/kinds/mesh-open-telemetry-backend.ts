import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as o from '../schema/openapi.js'
import { isAddress } from '../validate/address.js'
import { checkPortNumber } from '../validate/numbers.js'
import { type Place, collect } from '../validate/violations.js'

/** Source: meshopentelemetrybackend.go. Everything may be left out: then the collector is on the proxy's own machine. */
export const meshOpenTelemetryBackendSchema = () =>
  o.object({
    endpoint: o.object({ address: o.string().optional(), port: o.integer().optional(), path: o.string().optional() }).optional(),
    protocol: o.enumeration(['grpc', 'http']).optional(),
    env: o
      .object({
        mode: o.enumeration(['Disabled', 'Optional', 'Required']).default('Optional'),
        precedence: o.enumeration(['ExplicitFirst', 'EnvFirst']).default('EnvFirst'),
        allowSignalOverrides: o.boolean().optional(),
      })
      .optional(),
  })

export type MeshOpenTelemetryBackendSpec = z.infer<ReturnType<typeof meshOpenTelemetryBackendSchema>>

/** An OpenTelemetry collector that MeshAccessLog, MeshTrace and MeshMetric refer to by labels. */
export const MeshOpenTelemetryBackend = defineKind<MeshOpenTelemetryBackendSpec>({
  type: 'MeshOpenTelemetryBackend',
  plural: 'meshopentelemetrybackends',
  shortName: 'motb',
  displayName: { singular: 'Mesh OpenTelemetry Backend', plural: 'Mesh OpenTelemetry Backends' },
  scope: 'Mesh',
  encoding: 'openapi',
  hasStatus: true,
  includeInFederation: true,
  schema: meshOpenTelemetryBackendSchema,
  validate({ endpoint, protocol }) {
    const root = collect('spec')
    if (endpoint) checkEndpoint(root.field('endpoint'), endpoint, protocol === 'http')
    return root.violations
  },
})

type Endpoint = NonNullable<MeshOpenTelemetryBackendSpec['endpoint']>

function checkEndpoint(at: Place, { address, port, path }: Endpoint, http: boolean): void {
  if (address === '') at.field('address').add('must not be empty')
  else if (address !== undefined && !isAddress(address)) at.field('address').add('address has to be a valid IP or hostname')
  if (port !== undefined) checkPortNumber(at.field('port'), port)
  if (!path) return
  if (!http) return at.field('path').add('must not be set when protocol is grpc')
  if (!path.startsWith('/')) at.field('path').add('must start with /')
  if (/[?#]/.test(path)) at.field('path').add('must not contain query or fragment')
}
