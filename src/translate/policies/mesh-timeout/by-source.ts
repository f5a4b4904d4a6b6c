import { type CallerRule, callerKeys, callerRules, rememberCaller, routesByCaller } from '../../caller-routes.js'
import type { FilterChainDraft } from '../../draft.js'
import { duration } from '../../envoy/duration.js'
import type { InboundRule } from '../../rules/index.js'
import type { TimeoutConf } from './schema.js'

const keys = callerKeys('mesh_timeout')

/** Request timeouts by the caller's identity. */
export function timeoutsBySource(chain: FilterChainDraft, rules: readonly InboundRule<TimeoutConf>[]): void {
  const conditioned = rules.filter(({ conf: { http } }) => http?.requestTimeout !== undefined || http?.streamIdleTimeout !== undefined)
  const effective = callerRules(conditioned)
  if (effective.length === 0) return
  rememberCaller(chain, keys, effective, { join: false })
  routesByCaller(chain, keys, effective, (copy, { confs }: CallerRule<TimeoutConf>) => {
    const http: NonNullable<TimeoutConf['http']> = Object.assign({}, ...confs.map((conf) => conf.http))
    if (copy.action?.$case !== 'route') return
    if (http.requestTimeout !== undefined) copy.action.route.timeout = duration(http.requestTimeout)
    if (http.streamIdleTimeout !== undefined) copy.action.route.idleTimeout = duration(http.streamIdleTimeout)
  })
}
