import type { Outcome, SimulatedRequest, Simulation } from '../../src/simulate/index.js'
import type { Answer } from './ask.js'

/** Whether what really happened is one of the ways that were foretold; else what was wrong with each. */
export function judge(request: SimulatedRequest, { outcomes }: Simulation, answer: Answer): string[] {
  const ways = outcomes.filter(({ probability }) => probability > 0).map((outcome) => fault(request, outcome, answer))
  if (ways.length === 0) return ['nothing was foretold']
  return ways.includes(undefined) ? [] : ways.flatMap((way) => way ?? [])
}

function fault(
  request: SimulatedRequest,
  { kind, status, grpcStatus, location, arrives, reason }: Outcome,
  answer: Answer,
): string | undefined {
  const told = `${kind} (${reason})`
  if (kind === 'unknown') return told
  if (kind !== 'delivered') {
    if (answer.reached) return `${told}, but ${answer.reached.address} got it`
    if (answer.status !== status) return `${told} with ${status}, but it was ${answer.status}`
    if (answer.grpcStatus !== grpcStatus) return `${told} with gRPC's ${grpcStatus}, but it was ${answer.grpcStatus}`
    return answer.location === location ? undefined : `${told}, but to ${answer.location}`
  }
  const { reached } = answer
  if (!reached || answer.status !== 200) return `${told}, but it was answered with ${answer.status}`
  const expected = arrives?.request
  if (!expected) return `${told} as bytes`
  const differing = [
    ['address', arrives.address, reached.address],
    ['port', arrives.port, reached.port],
    ['method', expected.method, reached.method],
    ['path', expected.path, reached.path],
    ['authority', expected.authority, reached.host],
    ...headersToCompare(request, expected.headers).map(
      (name) => [name, expected.headers[name]?.join('|'), reached.headers[name]?.join('|')] as const,
    ),
  ].find(([, foretold, real]) => foretold !== real)
  return differing && `${told}: ${differing[0]} foretold ${differing[1]}, really ${differing[2]}`
}

/** Those that were sent or foretold: beside them, Envoy adds its own. */
function headersToCompare(request: SimulatedRequest, expected: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(request.headers ?? {}), ...Object.keys(expected), 'x-kuma-tags'])]
}
