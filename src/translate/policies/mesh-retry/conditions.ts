/** What `retryOn` of HTTP retries may name. Source: MeshRetry, `HTTPRetryOn`. */

/** Conditions by the name that the policy has for them, with Envoy's. */
const conditions: Readonly<Record<string, string>> = {
  '5xx': '5xx',
  GatewayError: 'gateway-error',
  Reset: 'reset',
  Retriable4xx: 'retriable-4xx',
  ConnectFailure: 'connect-failure',
  EnvoyRatelimited: 'envoy-ratelimited',
  RefusedStream: 'refused-stream',
  Http3PostConnectFailure: 'http3-post-connect-failure',
}

const methods: ReadonlySet<string> = new Set(['Connect', 'Delete', 'Get', 'Head', 'Options', 'Patch', 'Post', 'Put', 'Trace'])

/** From and to, both included: the status codes that HTTP has a text for. */
const statusCodes: readonly (readonly [number, number])[] = [
  [100, 103],
  [200, 208],
  [226, 226],
  [300, 305],
  [307, 308],
  [400, 418],
  [421, 426],
  [428, 429],
  [431, 431],
  [451, 451],
  [500, 508],
  [510, 511],
]

export type RetryCondition =
  | { readonly kind: 'condition'; readonly name: string }
  | { readonly kind: 'method'; readonly name: string }
  | { readonly kind: 'status'; readonly code: number }

/** What an entry of `retryOn` means to Envoy; `undefined`: nothing. */
export function retryCondition(text: string): RetryCondition | undefined {
  const condition = Object.hasOwn(conditions, text) ? conditions[text] : undefined
  if (condition !== undefined) return { kind: 'condition', name: condition }
  const method = text.startsWith('HttpMethod') ? text.slice('HttpMethod'.length) : ''
  if (methods.has(method)) return { kind: 'method', name: method.toUpperCase() }
  const code = /^\d+$/.test(text) ? Number(text) : 0
  return statusCodes.some(([from, to]) => from <= code && code <= to) ? { kind: 'status', code } : undefined
}
