import type { SimulatedRequest } from '../../src/simulate/index.js'
import type { Dice } from './dice.js'
import type { RandomMesh } from './mesh.js'
import { headerNames, headerValues, hosts, methods, paths, queries } from './vocabulary.js'

/** A request that may meet what the random policies speak of. */
export function randomRequest(dice: Dice, { name, resources, dialled }: RandomMesh): SimulatedRequest {
  const callers = resources.filter(({ type }) => type === 'Dataplane')
  const headers = Object.fromEntries(
    dice.some(
      2,
      () =>
        [dice.pick(headerNames), dice.chance(0.15) ? [dice.pick(headerValues), dice.pick(headerValues)] : dice.pick(headerValues)] as const,
    ),
  )
  const { service, port } = dice.pick(dialled)
  return {
    from: { mesh: name, name: dice.pick(callers).name },
    to: service,
    port,
    method: dice.pick(methods),
    path: dice.pick(paths) + dice.pick(queries),
    host: dice.chance(0.5) ? service : dice.pick(hosts),
    headers,
  }
}
