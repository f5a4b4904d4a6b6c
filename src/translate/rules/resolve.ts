/** From the targetRef of a policy's entry to the resources, and their ports, that it means. Source: Kuma MADR 066. */
import type { Resource } from '../../core/resource.js'
import { formatKri, kriOf, targetShortNames } from './kri.js'
import type { TargetRef } from './policy-spec.js'
import type { Port, ResourceIndex } from './resource-index.js'
import { label } from './resource-labels.js'
import type { Tags } from '../tags.js'

/** A resource, or one section of it. */
export interface ResolvedTarget {
  readonly kind: string
  readonly resource: Resource
  /** Identifier without a section. */
  readonly kri: string
  /** Empty: the whole resource. */
  readonly section: string
}

/**
 * The identifier that a reference by name has, seen from the resource that holds it: its mesh, its zone and, unless the
 * reference says otherwise, its namespace. `undefined` for kinds that don't exist as resources.
 */
export function targetKri(holder: Resource, ref: TargetRef): string | undefined {
  const shortName = targetShortNames.get(ref.kind)
  if (shortName === undefined) return undefined
  const mesh = holder.mesh ?? ''
  if (ref.kind === 'Mesh') return formatKri({ shortName, mesh: '', zone: '', namespace: '', name: mesh, section: '' })
  const namespace = ref.namespace || (holder.labels[label.namespace] ?? '')
  return formatKri({ shortName, mesh, zone: holder.labels[label.zone] ?? '', namespace, name: ref.name ?? '', section: '' })
}

/** What an entry's targetRef means; nothing where there is no such resource or section. */
export function resolveTarget(policy: Resource, ref: TargetRef, index: ResourceIndex): readonly ResolvedTarget[] {
  const shortName = targetShortNames.get(ref.kind)
  if (shortName === undefined) return []
  const query = queryOf(ref)
  return find(policy, ref, query, index).flatMap((resource) => {
    const kri = kriOf(resource, shortName)
    const ports = index.portsOf(ref.kind, resource)
    if ((query.port === undefined && query.sectionName === undefined) || !ports) return [{ kind: ref.kind, resource, kri, section: '' }]
    const port = ports.find((candidate) => fits(candidate, query))
    return port ? [{ kind: ref.kind, resource, kri, section: port.name }] : []
  })
}

interface Query {
  readonly labels?: Tags
  readonly port?: number
  readonly sectionName?: string
}

function queryOf({ kind, name = '', labels, sectionName }: TargetRef): Query {
  if (kind === 'MeshService' && !sectionName) {
    const service = parseServiceTag(name)
    if (service) return service
  }
  return { labels: labels && Object.keys(labels).length > 0 ? labels : undefined, sectionName: sectionName || undefined }
}

/**
 * `<name>_<namespace>_svc` and `<name>_<namespace>_svc_<port>`: values of `kuma.io/service` on Kubernetes. Policies that name
 * them keep their meaning where real services take over.
 */
function parseServiceTag(text: string): Query | undefined {
  const [name = '', namespace = '', , port, ...rest] = text.split('_')
  const segments = text.split('_').length
  if (rest.length > 0 || segments < 3 || (port !== undefined && !/^[+-]?\d+$/.test(port))) return undefined
  const labels = { [label.namespace]: namespace, [label.displayName]: name }
  return { labels, port: port === undefined || Number(port) === 0 ? undefined : Number(port) }
}

function find(policy: Resource, ref: TargetRef, { labels }: Query, index: ResourceIndex): readonly Resource[] {
  if (labels) return index.byLabels(ref.kind, labels)
  const found = index.get(ref.kind, targetKri(policy, ref) ?? '')
  return found ? [found] : []
}

function fits({ name, port }: Port, query: Query): boolean {
  return query.port === undefined ? name === query.sectionName : port === query.port
}
