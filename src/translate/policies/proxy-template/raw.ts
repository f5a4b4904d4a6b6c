import type { Issue } from '../../../core/issue.js'
import type { Resource } from '../../../core/resource.js'
import { Cluster } from '../../../gen/envoy/config/cluster/v3/cluster.js'
import { ClusterLoadAssignment } from '../../../gen/envoy/config/endpoint/v3/endpoint.js'
import { Listener } from '../../../gen/envoy/config/listener/v3/listener.js'
import { RouteConfiguration } from '../../../gen/envoy/config/route/v3/route.js'
import { Secret } from '../../../gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import type { ProxyDraft } from '../../draft.js'
import type { ProxyContext } from '../../proxy.js'
import type { RawMessage } from '../../raw-codec.js'
import { resourceTypes } from '../../snapshot.js'
import type { RawResource } from './schema.js'

/** Adds resources that are written out; one of a name that is there already takes its place. */
export function addRawResources(draft: ProxyDraft, resources: readonly RawResource[], template: Resource, proxy: ProxyContext): void {
  const { rawCodec } = proxy
  for (const [i, { resource = '' }] of resources.entries()) {
    const path = `conf.resources[${i}].resource`
    const report = (level: Issue['level'], { path: inner, message }: Pick<Issue, 'path' | 'message'>) =>
      proxy.report({ level, code: 'bad-raw-resource', path, message: inner ? `${inner}: ${message}` : message, resource: template })
    if (!rawCodec) {
      report('error', { path: '', message: 'raw Envoy configuration needs the translation option rawCodec' })
      continue
    }
    const read = rawCodec.parse(resource, undefined, { dropUnknown: true })
    const broken = read.ok ? rawCodec.validate(read.message) : read.issues
    for (const issue of broken) report('error', issue)
    if (!read.ok || broken.length > 0) continue
    for (const issue of read.issues ?? []) report('warning', issue)
    if (!add(draft, read.message)) report('error', { path: '@type', message: `is no resource type: expected one of ${typeNames}` })
  }
}

const typeNames = resourceTypes.map(({ typeUrl }) => typeUrl).join(', ')

function add(draft: ProxyDraft, { typeUrl, bytes }: RawMessage): boolean {
  const origin = 'proxy-template-raw'
  switch (resourceTypes.find((type) => type.typeUrl === typeUrl)?.name) {
    case 'clusters': {
      const message = Cluster.decode(bytes)
      const name = message.name ?? ''
      draft.clusters.set(name, { name, origin, message, protocol: 'unknown' })
      return true
    }
    case 'listeners': {
      const message = Listener.decode(bytes)
      const name = message.name ?? ''
      draft.listeners.set(name, { name, origin, message, chains: [] })
      return true
    }
    case 'endpoints':
      return set(draft.endpoints, ClusterLoadAssignment.decode(bytes), 'clusterName')
    case 'routes':
      return set(draft.routes, RouteConfiguration.decode(bytes), 'name')
    case 'secrets':
      return set(draft.secrets, Secret.decode(bytes), 'name')
    default:
      return false
  }
}

function set<K extends string, M extends { readonly [Key in K]?: string }>(map: Map<string, M>, message: M, key: K): true {
  map.set(message[key] ?? '', message)
  return true
}
