/** Asks the generated configuration what would become of a request. Pure: it runs in browsers. */
export { type Simulator, createSimulator, simulate } from './simulate.js'
export type { SimulateOptions } from './proxies.js'
export type { SimulatedRequest } from './request.js'
export type {
  Arrival,
  EndpointTaken,
  FaultMet,
  HeaderValues,
  Hop,
  Outcome,
  OutcomeKind,
  PermissionDecision,
  RateLimit,
  RouteTaken,
  Simulation,
} from './result.js'
