import type { ListenerFilter, ListenerFilterChainMatchPredicate } from '../../../gen/envoy/config/listener/v3/listener_components.js'
import { HttpInspector } from '../../../gen/envoy/extensions/filters/listener/http_inspector/v3/http_inspector.js'
import { OriginalDst } from '../../../gen/envoy/extensions/filters/listener/original_dst/v3/original_dst.js'
import { listenerFilter, tlsInspector } from '../../envoy/listener.js'

/**
 * What filter chains are chosen by: the destination before redirection, the server name, and whether it is HTTP.
 * @param silentPorts where the server speaks first, so that waiting for the client's first bytes would wait for ever
 */
export function inspectors(silentPorts: readonly number[]): ListenerFilter[] {
  const filterDisabled = onPorts(silentPorts)
  return [
    listenerFilter('envoy.filters.listener.original_dst', OriginalDst, {}),
    { ...tlsInspector(), filterDisabled },
    { ...listenerFilter('envoy.filters.listener.http_inspector', HttpInspector, {}), filterDisabled },
  ]
}

function onPorts(ports: readonly number[]): ListenerFilterChainMatchPredicate | undefined {
  const rules = ports.map(
    (port): ListenerFilterChainMatchPredicate => ({
      rule: { $case: 'destinationPortRange', destinationPortRange: { start: port, end: port + 1 } },
    }),
  )
  return rules.length > 1 ? { rule: { $case: 'orMatch', orMatch: { rules } } } : rules[0]
}
