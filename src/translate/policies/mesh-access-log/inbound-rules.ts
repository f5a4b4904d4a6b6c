import { goQuote } from '../../../core/go.js'
import type { AccessLog } from '../../../gen/envoy/config/accesslog/v3/accesslog.js'
import type { LogValues } from '../../access-log-format.js'
import type { ListenerDraft } from '../../draft.js'
import { expressionFilter } from '../../envoy/access-log.js'
import { tlsInspector } from '../../envoy/listener.js'
import type { InboundRule, Match } from '../../rules/index.js'
import type { Loggers } from './loggers.js'
import type { AccessLogConf } from './schema.js'

/** Loggers of what reaches a listener: each rule logs what fits its match, whatever other rules say. */
export function inboundLogs(
  rules: readonly InboundRule<AccessLogConf>[],
  loggers: Loggers,
  fallback: string,
  values: LogValues,
): AccessLog[] {
  return rules.flatMap(({ match, conf }) => {
    const logs = loggers(conf, fallback, values)
    const expression = match && celOf(match)
    return expression ? logs.map((log) => ({ ...log, filter: expressionFilter(expression) })) : logs
  })
}

/** The CEL expression that holds for connections that fit a match. */
function celOf({ spiffeID, sni }: Match): string {
  const identity = 'connection.uri_san_peer_certificate'
  const terms: string[] = []
  if (spiffeID?.type === 'Exact') terms.push(`${identity} == ${goQuote(spiffeID.value)}`)
  if (spiffeID?.type === 'Prefix') terms.push(`${identity}.startsWith(${goQuote(spiffeID.value)})`)
  if (sni) terms.push(`connection.requested_server_name == ${goQuote(sni.value)}`)
  return terms.join(' && ')
}

/** Server names are known only where something reads them off the TLS handshake. */
export function readServerNames({ message }: ListenerDraft): void {
  const inspector = tlsInspector()
  const filters = (message.listenerFilters ??= [])
  if (!filters.some(({ name }) => name === inspector.name)) filters.push(inspector)
}
