import { decide } from '../simulate/rbac.js'
import { Unevaluated } from '../simulate/unevaluated.js'
import type { Fleet } from '../translate/fleet.js'
import { identityUris } from '../translate/identity-uris.js'
import { tagSetsOf } from '../translate/proxy.js'
import { tag } from '../translate/tags.js'
import type { ReadChain } from './chains.js'

/** A kind of caller: all proxies whose certificates say the same. */
export interface Caller {
  /** Its services, for people. */
  readonly name: string
  readonly uris: readonly string[]
}

export function callersOf(fleet: Fleet, mesh: string): readonly Caller[] {
  const callers = new Map<string, Caller>()
  for (const dataplane of fleet.mesh(mesh)?.dataplanes ?? []) {
    const uris = identityUris(mesh, dataplane)
    const services = tagSetsOf(dataplane.spec).flatMap((tags) => tags[tag.service] ?? [])
    callers.set(uris.join(), { name: [...new Set(services)].join(', ') || dataplane.name, uris })
  }
  return [...callers.values()]
}

export type Admission = (chain: ReadChain | undefined, callers: readonly Caller[]) => ReadonlySet<string>

/** Names of the callers that a chain lets in. Asked once for each set of permissions: many proxies have the same. */
export function createAdmission(): Admission {
  const known = new Map<string, ReadonlySet<string>>()
  return (chain, callers) => {
    const permissions = chain?.permissions ?? []
    const key = permissions.map(({ any }) => (any.value ?? []).join()).join('|')
    let admitted = known.get(key)
    if (!admitted) {
      admitted = new Set(callers.filter(({ uris }) => permissions.every(({ rules }) => allows(rules, uris))).map(({ name }) => name))
      known.set(key, admitted)
    }
    return admitted
  }
}

/** What can't be told from the caller's certificate alone counts as let in: a plan doesn't cry wolf. */
function allows(rules: ReadChain['permissions'][number]['rules'], callerUris: readonly string[]): boolean {
  try {
    return decide(rules, { connection: { address: '', port: 0, secured: true, callerUris, filterState: new Map() } }).allowed
  } catch (error) {
    if (error instanceof Unevaluated) return true
    throw error
  }
}
