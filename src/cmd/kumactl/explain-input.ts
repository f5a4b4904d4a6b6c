import type { Resource } from '../../core/resource.js'
import type { ExplainInput } from '../../explain/index.js'
import { type ProxyKey, createFleet } from '../../translate/fleet.js'
import { placeholderOptions } from '../placeholders.js'
import { CliFailure } from './failure.js'
import type { NodeMetadata } from './mesh-source.js'

/** What a proxy is translated with, certificates masked. */
export function toInput(resources: readonly Resource[], proxy: ProxyKey, metadata: NodeMetadata | undefined): ExplainInput {
  return { resources, proxy, options: { ...placeholderOptions(resources), metadata: metadata?.[proxy.name] } }
}

/**
 * The proxies of a mesh, and those of none.
 */
export function proxiesOf(resources: readonly Resource[], mesh: string): ProxyKey[] {
  return createFleet(resources)
    .proxies()
    .filter((proxy) => proxy.mesh === mesh || proxy.mesh === undefined)
}

/** @throws CliFailure naming the proxies that there are, when there is none of this name */
export function proxyOf(resources: readonly Resource[], mesh: string, name: string): ProxyKey {
  const proxies = proxiesOf(resources, mesh)
  const found = proxies.find((proxy) => proxy.name === name)
  if (found) return found
  throw new CliFailure(
    `there is no proxy "${name}" in mesh "${mesh}"; there is: ${proxies.map((proxy) => proxy.name).join(', ') || 'none'}`,
  )
}
