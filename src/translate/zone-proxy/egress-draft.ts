import type { ClusterDraft, FilterChainDraft, ListenerDraft } from '../draft.js'
import type { Tags } from '../tags.js'

/** The way out of one mesh to one external service while it is built: all that policies may change. */
export interface EgressDraft {
  /** Name of the service, and key of its permissions. */
  readonly service: string
  /** Tags of each ExternalService behind it, in the order of their names. Of a MeshExternalService: none. */
  readonly externalTags: readonly Tags[]
  /** KRI of the MeshExternalService. */
  readonly resource?: string
  readonly listener: ListenerDraft
  readonly chain: FilterChainDraft
  readonly cluster: ClusterDraft
}
