import type { SimulatedRequest } from '../../src/simulate/index.js'
import type { Dice } from './dice.js'
import { headerNames, headerValues, hosts, methods, paths, queries } from './vocabulary.js'
import type { Entrance, RandomWorld } from './world.js'

/** A request, and where it comes in. */
export interface Question {
  readonly request: SimulatedRequest
  readonly entrance: Entrance
}

/** A request that may meet what the random policies speak of. */
export function randomQuestion(dice: Dice, { entrances }: RandomWorld): Question {
  const headers = Object.fromEntries(
    dice.some(
      2,
      () =>
        [dice.pick(headerNames), dice.chance(0.15) ? [dice.pick(headerValues), dice.pick(headerValues)] : dice.pick(headerValues)] as const,
    ),
  )
  // Gateways and virtual addresses are few beside what each proxy dials.
  const kind = dice.pick([/^edge-/, /^transparent-/, /./, /./])
  const special = entrances.filter(({ from }) => kind.test(from.name))
  const entrance = dice.pick(special.length > 0 ? special : entrances)
  const { from, to, port, http, tls } = entrance
  const service = to.split(/[.:]/)[0] ?? to
  const grpc = http && !tls && dice.chance(service === 'rpc' ? 0.5 : 0.05)
  const http2 = http && !tls && dice.chance(grpc ? 0.7 : 0.25)
  const host = dice.chance(0.5) ? service : dice.pick(hosts)
  return {
    entrance,
    request: {
      from,
      to,
      port,
      ...(http2 && { protocol: 'http2' as const }),
      method: grpc ? 'POST' : dice.pick(methods),
      path: dice.pick(paths) + dice.pick(queries),
      host,
      headers: { ...headers, ...(grpc && { 'content-type': dice.pick(['application/grpc', 'application/grpc+proto']) }) },
      ...(tls && { sni: dice.pick([host.replace(/:\d+$/, ''), 'example.com']) }),
    },
  }
}
