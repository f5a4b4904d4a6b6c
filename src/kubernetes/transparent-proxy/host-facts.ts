import type { Family } from './exclusions.js'

/** What a host is like, as far as its rules depend on it. */
export interface HostFacts {
  readonly family: Family
  /** The number of the user that the proxy runs as. */
  readonly uid: string
  /** Name of the loopback interface. */
  readonly loopback: string
  /** DNS servers of this family. */
  readonly resolvers: readonly string[]
  /** Whether iptables knows comments. */
  readonly comments: boolean
  /** Whether connection tracking has zones. */
  readonly conntrackZones: boolean
  /** Whether packets can be dropped by the state of their connection. */
  readonly conntrackStates: boolean
  /** Whether Docker redirects DNS: its networks have a server of their own. */
  readonly dockerOutput: boolean
}
