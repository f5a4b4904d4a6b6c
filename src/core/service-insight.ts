import { ServiceInsight, type ServiceInsightSpec } from './kinds/internal.js'
import type { Resource, ResourceKey } from './resource.js'

export type ServiceTlsFacts = NonNullable<ServiceInsightSpec['services']>[string]

/** The one insight of all services of a mesh. */
export function serviceInsightKey(mesh: string): ResourceKey {
  return { type: ServiceInsight.type, mesh, name: `all-services-${mesh}` }
}

/**
 * Services whose clients may insist on TLS: those outside of the mesh, and those of which each proxy has a certificate. Of whichever
 * backend: in the middle of a change of CAs there are two.
 */
export function tlsReadyServices(insights: readonly Resource[]): ReadonlySet<string> {
  const services = insights.flatMap(({ spec }) => Object.entries((spec as ServiceInsightSpec | undefined)?.services ?? {}))
  return new Set(services.flatMap(([name, facts]) => (takesTls(facts) ? [name] : [])))
}

function takesTls({ serviceType, dataplanes = {}, issuedBackends = {} }: ServiceTlsFacts): boolean {
  if (serviceType === 'external') return true
  const certified = Object.values(issuedBackends).reduce((sum, count) => sum + count, 0)
  return certified === (dataplanes.online ?? 0) + (dataplanes.offline ?? 0)
}
