import { type HttpMessage, headerValues } from './request.js'
import type { Outcome } from './result.js'

/** Whether Envoy takes a request for one of gRPC: it looks at nothing but the content type. */
export function isGrpc(message: HttpMessage): boolean {
  return /^application\/grpc(\+.*)?$/.test(headerValues(message, 'content-type')?.[0] ?? '')
}

/** gRPC's codes for HTTP statuses. Source: gRPC's `http-grpc-status-mapping.md`, which Envoy follows. */
const codes: ReadonlyMap<number, number> = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
])
const unknown = 2

/** What Envoy answers by itself reaches a gRPC client as 200, with a code of gRPC that says what it was. */
export function seenByGrpc(outcome: Outcome): Outcome {
  const { kind, status, grpcStatus } = outcome
  if (kind === 'delivered' || status === undefined) return outcome
  return { ...outcome, status: 200, grpcStatus: grpcStatus ?? codes.get(status) ?? unknown }
}
