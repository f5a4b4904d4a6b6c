import type * as z from 'zod'
import * as o from './schema/openapi.js'
import type { Place } from './validate/violations.js'

/** How a policy says where its OpenTelemetry collector is: one of the two. Source: api/common/v1alpha1, BackendResourceRef. */
export const collectorRef = () => ({
  /** `host:port`; the older of the two ways. */
  endpoint: o.string().default(''),
  /** A MeshOpenTelemetryBackend, by labels; of several the oldest. */
  backendRef: o.object({ kind: o.enumeration(['MeshOpenTelemetryBackend']), labels: o.map(o.string()).optional() }).optional(),
})

export type CollectorRef = z.infer<z.ZodObject<ReturnType<typeof collectorRef>>>

/**
 * Rules of a collector's place.
 * @param checkEndpoint what a policy demands of an endpoint beyond that it is no URL
 */
export function checkCollectorRef(
  at: Place,
  { endpoint, backendRef }: CollectorRef,
  checkEndpoint?: (at: Place, endpoint: string) => void,
): void {
  if (endpoint && backendRef) return at.add('openTelemetry must have only one type defined: endpoint, backendRef')
  if (backendRef) {
    const named = Object.keys(backendRef.labels ?? {}).length > 0
    if (!named) at.field('backendRef').add('backendRef must have exactly one defined: labels')
    return
  }
  if (!endpoint) return at.add('openTelemetry must have exactly one defined: endpoint, backendRef')
  if (/[/?#]/.test(endpoint)) at.field('endpoint').add('must be in host:port format, not a URL')
  else checkEndpoint?.(at.field('endpoint'), endpoint)
}
