import { isIPv6 } from 'node:net'

/** The application that probes are led to. */
export interface ProbeTarget {
  /** Of the Pod: applications may listen there and not on loopback. */
  readonly host: string
  /** What comes from here is not redirected to Envoy, where probes would need a certificate. */
  readonly localAddress?: string
}

/** Addresses that the redirection of traffic lets pass. Source: Kuma's transparent proxy. */
export function probeTarget(host: string, redirected: boolean): ProbeTarget {
  return { host, ...(redirected && { localAddress: isIPv6(host) ? '::6' : '127.0.0.6' }) }
}

/** Whether the application is well; a status where it said one itself. */
export interface ProbeResult {
  readonly healthy: boolean
  readonly status?: number
  /** For the log. */
  readonly why?: string
}
