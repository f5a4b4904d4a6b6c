import type { Endpoint } from './endpoints.js'
import { type Protocol, commonProtocol, parseProtocol } from './protocol.js'
import { tag } from './tags.js'

/** What a service is, as its endpoints tell: it stays the same through most changes of endpoints. */
export interface ServiceNature {
  /** What all instances speak. Instances tell it by tag alone; one that tells none makes the service plain TCP. */
  readonly protocol: Protocol
  /** Whether the first of its endpoints leads out of the mesh. Absent: there are none. */
  readonly external?: boolean
}

const natures = new WeakMap<readonly Endpoint[], ServiceNature>()

/** Worked out once for each list of endpoints. */
export function natureOf(endpoints: readonly Endpoint[]): ServiceNature {
  let nature = natures.get(endpoints)
  if (!nature) {
    const protocols = endpoints.map((endpoint) => parseProtocol(endpoint.tags[tag.protocol]))
    const [first] = endpoints
    nature = {
      protocol: protocols.length === 0 ? 'unknown' : protocols.reduce(commonProtocol),
      external: first && first.external !== undefined,
    }
    natures.set(endpoints, nature)
  }
  return nature
}

/** Whether two lists of endpoints, or none, make the same of a service. */
export function sameNature(a: readonly Endpoint[] | undefined, b: readonly Endpoint[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const [left, right] = [natureOf(a), natureOf(b)]
  return left.protocol === right.protocol && left.external === right.external
}
