import type { Endpoint } from './endpoints.js'
import type { ProxyContext } from './proxy.js'
import { type ExternalServiceEndpoint, byService } from './external-services.js'
import { type ConnectionSpec, inboundPolicy } from './source-destination.js'
import { matchesTags } from './tags.js'

/**
 * Endpoints of the ExternalServices that a TrafficPermission opens to the proxy, by service. Without a permission there is no
 * way out, whether mTLS is on or not.
 */
export function permittedExternalEndpoints({ mesh, tagSets, report }: ProxyContext): ReadonlyMap<string, readonly Endpoint[]> {
  const permissions = mesh.resourcesOf<ConnectionSpec>('TrafficPermission')
  const permitted = mesh.externalServices.filter(({ resource }) => {
    const permission = inboundPolicy(permissions, resource.spec.tags ?? {})
    return permission?.spec.sources?.some(({ match = {} }) => tagSets.some((tags) => matchesTags(match, tags)))
  })
  reportUnreadable(permitted, report)
  return byService(permitted)
}

/** Says which external services can't be reached because certificates that they need can't be read. */
export function reportUnreadable(services: readonly ExternalServiceEndpoint[], report: ProxyContext['report']): void {
  for (const { resource, problem } of services) {
    if (!problem) continue
    const message = `${problem.message}: the external service can not be reached`
    report({ level: 'error', code: 'unreadable-data-source', path: problem.path, message, resource })
  }
}
