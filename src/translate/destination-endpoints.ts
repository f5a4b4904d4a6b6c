import type { ClusterLoadAssignment } from '../gen/envoy/config/endpoint/v3/endpoint.js'
import type { ProxyDraft } from './draft.js'
import { type EndpointMap, noEndpoints, sharedAssignment } from './endpoints.js'
import type { Tags } from './tags.js'

/**
 * Endpoints of a destination in the proxy's own mesh, which are looked up when all else is there: they change oftener than anything
 * else, and what leads to them stays as it is.
 */
export interface DestinationEndpoints {
  readonly service: string
  /** Subset of the service. */
  readonly tags: Tags
}

export function assignmentOf(name: string, { service, tags }: DestinationEndpoints, endpoints: EndpointMap): ClusterLoadAssignment {
  return sharedAssignment(name, endpoints.get(service) ?? noEndpoints, tags)
}

/** The endpoints of a cluster for who edits them: from then on they belong to the draft. */
export function draftedEndpoints(name: string, draft: ProxyDraft, endpoints: EndpointMap): ClusterLoadAssignment | undefined {
  const open = draft.destinationEndpoints.get(name)
  if (open) {
    draft.destinationEndpoints.delete(name)
    draft.endpoints.set(name, assignmentOf(name, open, endpoints))
  }
  return draft.endpoints.get(name)
}

/** Looks up all that are still open. */
export function lookUpEndpoints(draft: ProxyDraft, endpoints: EndpointMap): void {
  for (const name of [...draft.destinationEndpoints.keys()]) draftedEndpoints(name, draft, endpoints)
}
