import type { ProxyContext } from '../../proxy.js'
import type { MatchedRules } from '../../rules/index.js'
import { type AccessLogConf, MeshAccessLog } from './schema.js'

export type MatchedAccessLogs = MatchedRules<AccessLogConf>

export function match({ mesh, dataplane }: ProxyContext): MatchedAccessLogs | undefined {
  const rules = mesh.rules.of<AccessLogConf>(MeshAccessLog, dataplane)
  return rules.policies.length > 0 ? rules : undefined
}
