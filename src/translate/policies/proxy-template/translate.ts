import type { Resource } from '../../../core/resource.js'
import type { ProxyDraft } from '../../draft.js'
import { applyModifications, dropStrayEndpoints } from '../../patch/apply.js'
import type { Modification, Operation } from '../../patch/modification.js'
import type { ProxyContext } from '../../proxy.js'
import { dataplanePolicy } from '../../source-destination.js'
import { addRawResources } from './raw.js'
import type { ProxyTemplateSpec, TemplateModification } from './schema.js'

type Template = Resource<ProxyTemplateSpec>

/** One template at most: nothing is merged. */
export function match(proxy: ProxyContext): Template | undefined {
  return dataplanePolicy(proxy.mesh.resourcesOf<ProxyTemplateSpec>('ProxyTemplate'), proxy)
}

/** Names of what is generated. A template that is for all proxies of a mesh means its builtin gateways too. */
function profilesOf({ dataplane }: ProxyContext): readonly string[] {
  return dataplane.spec.networking?.gateway?.type === 'BUILTIN' ? ['gateway-proxy', 'default-proxy'] : ['default-proxy']
}

/** A template that doesn't import what is generated replaces it. */
export function patch(template: Template, draft: ProxyDraft, proxy: ProxyContext): void {
  const { imports = [], resources = [], modifications = [] } = template.spec.conf ?? {}
  if (!profilesOf(proxy).some((profile) => imports.includes(profile))) {
    for (const map of [draft.clusters, draft.listeners, draft.endpoints, draft.routes, draft.secrets]) map.clear()
  }
  addRawResources(draft, resources, template, proxy)
  applyModifications(draft, modifications.flatMap(modificationOf), template, proxy)
  dropStrayEndpoints(draft)
}

function modificationOf(
  { cluster, listener, networkFilter, httpFilter, virtualHost }: TemplateModification,
  index: number,
): Modification[] {
  const path = `conf.modifications[${index}]`
  const common = ({ operation = '', value }: { operation?: string; value?: string }) => ({ operation: operation as Operation, value })
  if (cluster) return [{ target: 'cluster', ...common(cluster), match: cluster.match ?? {}, path: `${path}.cluster` }]
  if (listener) {
    const { tags, ...match } = listener.match ?? {}
    return [{ target: 'listener', ...common(listener), match: { ...match, listenerTags: tags }, path: `${path}.listener` }]
  }
  if (networkFilter)
    return [{ target: 'networkFilter', ...common(networkFilter), match: networkFilter.match ?? {}, path: `${path}.networkFilter` }]
  if (httpFilter) return [{ target: 'httpFilter', ...common(httpFilter), match: httpFilter.match ?? {}, path: `${path}.httpFilter` }]
  if (virtualHost) return [{ target: 'virtualHost', ...common(virtualHost), match: virtualHost.match ?? {}, path: `${path}.virtualHost` }]
  return []
}
