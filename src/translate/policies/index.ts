import { circuitBreaker } from './circuit-breaker/index.js'
import { faultInjection } from './fault-injection/index.js'
import { healthCheck } from './health-check/index.js'
import { meshAccessLog } from './mesh-access-log/index.js'
import { meshHealthCheck } from './mesh-health-check/index.js'
import { meshCircuitBreaker } from './mesh-circuit-breaker/index.js'
import { meshFaultInjection } from './mesh-fault-injection/index.js'
import { meshHttpRoute } from './mesh-http-route/index.js'
import { meshLoadBalancingStrategy } from './mesh-load-balancing-strategy/index.js'
import { meshProxyPatch } from './mesh-proxy-patch/index.js'
import { meshRateLimit } from './mesh-rate-limit/index.js'
import { meshMetric } from './mesh-metric/index.js'
import { meshRetry } from './mesh-retry/index.js'
import { meshTcpRoute } from './mesh-tcp-route/index.js'
import { meshTimeout } from './mesh-timeout/index.js'
import { meshTrace } from './mesh-trace/index.js'
import { meshTls } from './mesh-tls/index.js'
import { meshTrafficPermission } from './mesh-traffic-permission/index.js'
import { meshPassthrough } from './mesh-passthrough/index.js'
import type { Policy } from './policy.js'
import { proxyTemplate } from './proxy-template/index.js'
import { rateLimit } from './rate-limit/index.js'
import { retry } from './retry/index.js'
import { timeout } from './timeout/index.js'
import { trafficLog } from './traffic-log/index.js'
import { trafficPermission } from './traffic-permission/index.js'
import { trafficRoute } from './traffic-route/index.js'
import { trafficTrace } from './traffic-trace/index.js'

/**
 * Every policy, in the order in which their slots run: first the source/destination family, then Kuma's targetRef
 * plugins in the order of their priorities, last the patches of finished resources. Adding a policy is one line here.
 */
// biome-ignore lint/suspicious/noExplicitAny: each policy has matches of its own type, which only its own slots see
export const policies: readonly Policy<any, any>[] = [
  trafficRoute,
  trafficPermission,
  timeout,
  circuitBreaker,
  healthCheck,
  retry,
  trafficLog,
  trafficTrace,
  faultInjection,
  rateLimit,
  meshHttpRoute,
  meshTcpRoute,
  meshTls,
  meshLoadBalancingStrategy,
  meshPassthrough,
  meshAccessLog,
  meshTrace,
  meshFaultInjection,
  meshRateLimit,
  meshTimeout,
  meshTrafficPermission,
  meshHealthCheck,
  meshCircuitBreaker,
  meshRetry,
  meshMetric,
  meshProxyPatch,
  proxyTemplate,
]
