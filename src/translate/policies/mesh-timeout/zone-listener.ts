import type { ZoneListenerDraft } from '../../draft.js'
import { confsForAll } from '../../zone-listener-rules.js'
import { timeoutsBySource } from './by-source.js'
import type { MatchedTimeouts } from './match.js'
import { configureChain, configureCluster } from './translate.js'

/** What holds for all, then what holds for the service that a chain leads to, then for single callers. */
export function zoneListener(matched: MatchedTimeouts, { section, listener, targets }: ZoneListenerDraft): void {
  const rules = matched.zoneListener(section)
  const byCaller = rules.filter(({ match }) => match?.spiffeID)
  for (const chain of listener.chains) {
    const cluster = targets.get(chain)
    for (const conf of confsForAll(rules, chain)) {
      configureChain(conf, chain)
      if (cluster) configureCluster(conf, cluster, [chain.hcm ? 'http' : 'tcp'])
    }
    timeoutsBySource(chain, byCaller)
  }
}
