import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { MeshSpec } from '../core/kinds/mesh.js'
import type { Resource } from '../core/resource.js'
import { crossMeshGateways } from './cross-mesh.js'
import { createMeshContext } from './mesh-index.js'
import { type ProxyOptions, type Translation, translateProxy } from './translate.js'

export interface TranslateInput extends Omit<ProxyOptions, 'pool'> {
  readonly mesh: Resource<MeshSpec>
  /** The proxy whose configuration is asked for. */
  readonly dataplane: Resource<DataplaneSpec>
  /** Policies of the mesh; those that don't concern the proxy change nothing. */
  readonly policies?: Iterable<Resource>
  /** The other proxies: endpoints of what this one dials. */
  readonly dataplanes?: Iterable<Resource<DataplaneSpec>>
  /** Whatever else the mesh has: real services, external services, secrets, zone proxies, other meshes. */
  readonly resources?: Iterable<Resource>
  /** Zone of the control plane. Default: `default`. */
  readonly zone?: string
}

/**
 * The configuration that Kuma would give one proxy: pure, and the same bytes for the same input in any order. For many
 * proxies of one mesh, `createFleet` indexes it once.
 */
export function translate({
  mesh,
  dataplane,
  policies = [],
  dataplanes = [],
  resources = [],
  zone = 'default',
  ...options
}: TranslateInput): Translation {
  const others = [...dataplanes].filter((other) => other.name !== dataplane.name)
  const own = [...policies, ...resources].filter((resource) => resource.mesh === undefined || resource.mesh === mesh.name)
  return translateProxy(
    createMeshContext(mesh.name, [mesh, dataplane, ...others, ...own], { zone, crossMesh: crossMeshGateways(resources) }),
    dataplane,
    options,
  )
}
