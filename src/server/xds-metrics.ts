import type { ResourceTypeName } from '../translate/snapshot.js'

/** What an xDS server counts and measures. The names of Kuma's metrics stand beside each; times are in milliseconds. */
export interface XdsMetrics {
  /** `xds_streams_active`. */
  streamOpened(): void
  streamClosed(): void
  /** `xds_client_versions`: a proxy of this version came (1) or went (-1). */
  clientVersion(version: string, change: 1 | -1): void
  /** `xds_requests_received`. */
  requestAnswered(type: ResourceTypeName, confirmation: 'ACK' | 'NACK'): void
  /** `xds_responses_sent`, `xds_responses_sent_bytes`. */
  responseSent(type: ResourceTypeName, bytes: number): void
  /** `xds_generation`: one proxy's configuration was worked out; `xds_generation_errors` where that failed. */
  generated(result: 'changed' | 'skip' | 'error', ms: number, proxyType: string): void
  /** `xds_delivery`: from the change to the proxy's last acknowledgement of it. */
  delivered(ms: number): void
  /** A proxy refuses a resource; `policy`: the kind of the policy that is behind it, empty where none is known. */
  resourceRefused(type: ResourceTypeName, policy: string): void
  /** A proxy of whose configuration something could not be built came (1) or went, or all can be built again (-1). */
  proxyWithIssues(change: 1 | -1): void
  /** A stream was not taken, or was ended because of what its client did. */
  streamRefused(reason: string): void
}

/** Counts nothing. */
export const noMetrics: XdsMetrics = {
  streamOpened() {},
  streamClosed() {},
  clientVersion() {},
  requestAnswered() {},
  responseSent() {},
  generated() {},
  delivered() {},
  resourceRefused() {},
  proxyWithIssues() {},
  streamRefused() {},
}
