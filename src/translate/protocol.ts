/** Application protocols that Kuma tells apart (tag `kuma.io/protocol`, field `protocol`). */
export type Protocol = 'tcp' | 'tls' | 'http' | 'http2' | 'grpc' | 'kafka' | 'mysql' | 'unknown'

const known: readonly string[] = ['tcp', 'tls', 'http', 'http2', 'grpc', 'kafka', 'mysql']

export function parseProtocol(text: string | undefined): Protocol {
  const lower = (text ?? '').toLowerCase()
  return known.includes(lower) ? (lower as Protocol) : 'unknown'
}

/** Each protocol and what it rides on, most specific first. */
const stacks: Partial<Record<Protocol, readonly Protocol[]>> = {
  grpc: ['grpc', 'http2', 'tcp'],
  http2: ['http2', 'tcp'],
  http: ['http', 'tcp'],
  kafka: ['kafka', 'tcp'],
  tcp: ['tcp'],
}

/** The most specific protocol that both speak: http2 for grpc and http2, tcp for http and http2. */
export function commonProtocol(a: Protocol, b: Protocol): Protocol {
  if (a === b) return a
  const stack = stacks[b]
  return stacks[a]?.find((protocol) => stack?.includes(protocol)) ?? 'unknown'
}

/** Whether Envoy reads the protocol with its HTTP connection manager. */
export function isHttp(protocol: Protocol): boolean {
  return protocol === 'http' || protocol === 'http2' || protocol === 'grpc'
}

export function isHttp2(protocol: Protocol): boolean {
  return protocol === 'http2' || protocol === 'grpc'
}
