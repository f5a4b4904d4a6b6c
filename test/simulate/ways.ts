import type { Simulation } from '../../src/simulate/index.js'
import type { Question } from './requests.js'
import { isOutside } from './world.js'

/** What a way through a mesh may lead over beside two sidecars. */
export const ways = [
  'gateway',
  'gateway with TLS',
  'virtual address',
  'zone egress',
  'zone ingress',
  'outside',
  'HTTP/2',
  'gRPC',
  'gRPC refused',
] as const
export type Way = (typeof ways)[number]

/** Over what the likeliest outcome leads; of requests that don't arrive nothing but whether they are gRPC's. */
export function waysOf({ request, entrance }: Question, { outcomes: [outcome] }: Simulation): Way[] {
  const grpc = String(request.headers?.['content-type'] ?? '').startsWith('application/grpc')
  if (outcome?.kind !== 'delivered') return grpc && outcome?.grpcStatus !== undefined ? ['gRPC refused'] : []
  const { hops, arrives } = outcome
  const over = (type: string) => hops.some(({ proxy }) => proxy.type === type)
  const holds: Readonly<Record<Way, boolean>> = {
    gateway: hops[0]?.proxy.name.startsWith('edge-') === true && !entrance.tls,
    'gateway with TLS': entrance.tls,
    'virtual address': hops[0]?.proxy.name.startsWith('transparent-') === true,
    'zone egress': over('ZoneEgress'),
    'zone ingress': over('ZoneIngress'),
    outside: isOutside(arrives?.address),
    'HTTP/2': request.protocol === 'http2',
    gRPC: grpc,
    'gRPC refused': false,
  }
  return ways.filter((way) => holds[way])
}
