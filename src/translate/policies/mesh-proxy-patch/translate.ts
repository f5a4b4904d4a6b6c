import type { Resource } from '../../../core/resource.js'
import type { ProxyDraft } from '../../draft.js'
import { applyModifications, dropStrayEndpoints } from '../../patch/apply.js'
import type { Modification, Operation } from '../../patch/modification.js'
import type { ProxyContext } from '../../proxy.js'
import { MeshProxyPatch, type MeshProxyPatchSpec, type ProxyPatchConf, type ProxyPatchModification } from './schema.js'

type Patch = Resource<MeshProxyPatchSpec>

/** Every policy that means the proxy, the strongest last: their lists are joined, so each is worked off in its turn. */
export function match({ mesh, dataplane }: ProxyContext): readonly Patch[] | undefined {
  return mesh.rules.of<ProxyPatchConf>(MeshProxyPatch, dataplane).single?.origins.map(({ policy }) => policy as Patch)
}

export function patch(policies: readonly Patch[], draft: ProxyDraft, proxy: ProxyContext): void {
  for (const policy of policies) {
    const { appendModifications = [] } = policy.spec.default
    applyModifications(draft, appendModifications.flatMap(modificationOf), policy, proxy)
  }
  dropStrayEndpoints(draft)
}

const operations: Readonly<Record<NonNullable<ProxyPatchModification['networkFilter' | 'cluster']>['operation'], Operation>> = {
  Add: 'add',
  Remove: 'remove',
  Patch: 'patch',
  AddFirst: 'addFirst',
  AddLast: 'addLast',
  AddBefore: 'addBefore',
  AddAfter: 'addAfter',
}

/** Listeners that are added are this policy's; of clusters, later modifications hear what ProxyTemplate says, as in Kuma. */
function modificationOf(
  { cluster, listener, networkFilter, httpFilter, virtualHost }: ProxyPatchModification,
  index: number,
): Modification[] {
  const at = (target: string) => `spec.default.appendModifications[${index}].${target}`
  type Change = NonNullable<ProxyPatchModification['networkFilter' | 'cluster']>
  const common = ({ operation, value, jsonPatches }: Pick<Change, 'operation' | 'value' | 'jsonPatches'>) => ({
    operation: operations[operation],
    value,
    jsonPatches,
  })
  if (cluster) return [{ target: 'cluster', ...common(cluster), match: cluster.match ?? {}, path: at('cluster') }]
  if (listener) {
    const { tags, ...match } = listener.match ?? {}
    const path = at('listener')
    return [{ target: 'listener', ...common(listener), match: { ...match, listenerTags: tags }, origin: 'mesh-proxy-patch', path }]
  }
  if (networkFilter)
    return [{ target: 'networkFilter', ...common(networkFilter), match: networkFilter.match ?? {}, path: at('networkFilter') }]
  if (httpFilter) return [{ target: 'httpFilter', ...common(httpFilter), match: httpFilter.match ?? {}, path: at('httpFilter') }]
  if (virtualHost) return [{ target: 'virtualHost', ...common(virtualHost), match: virtualHost.match, path: at('virtualHost') }]
  return []
}
