import { stringify } from 'yaml'
import { meshLabel, namespaceLabel } from './envelope.js'
import { KumaError } from './errors.js'
import type { Kind, Registry } from './kind.js'
import { kriOf, snisOf } from './kri.js'
import type { Resource } from './resource.js'
import { schemaOf } from './schema/check.js'
import { encode, isRecord } from './schema/decode.js'

export interface PrintOptions {
  /** Default: `yaml`. */
  readonly format?: 'yaml' | 'json'
  /** Default: `universal`. */
  readonly form?: 'universal' | 'kubernetes'
}

/**
 * Writes resources down: parsing that gives the same resources again. Many YAML documents are divided by `---`, many JSON ones
 * become an array.
 *
 * The Kubernetes form has no place for `modificationTime`, and a mesh-scoped resource in it always has the label of its mesh.
 * @throws KumaError `unknown-kind` for a resource whose type is not in the registry
 */
export function print(resources: Resource | readonly Resource[], registry: Registry, options: PrintOptions = {}): string {
  const { format = 'yaml', form = 'universal' } = options
  const write = form === 'universal' ? toUniversal : toKubernetes
  const all = (Array.isArray(resources) ? resources : [resources]) as readonly Resource[]
  const values = all.map((resource) => write(resource, registry))
  if (format === 'json') return `${JSON.stringify(values.length === 1 ? values[0] : values, undefined, 2)}\n`
  return values.map(yamlText).join('---\n')
}

/** YAML that readers of YAML 1.1 and of 1.2 understand alike. */
export function yamlText(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0, indentSeq: false, aliasDuplicateObjects: false })
}

function kindOf({ type }: Resource, registry: Registry): Kind {
  const kind = registry.byType(type)
  if (!kind) throw new KumaError('unknown-kind', `no kind of resource is called "${type}" here`)
  return kind
}

/**
 * A resource as the REST API gives it, identifiers included.
 * @throws KumaError `unknown-kind`
 */
export function toUniversal(resource: Resource, registry: Registry): Record<string, unknown> {
  const kind = kindOf(resource, registry)
  const spec = encode(schemaOf(kind), resource.spec)
  const kri = kriOf(kind, resource)
  const snis = snisOf(kind, resource)
  return {
    type: resource.type,
    ...(resource.mesh !== undefined && { mesh: resource.mesh }),
    name: resource.name,
    ...(resource.creationTime !== undefined && { creationTime: resource.creationTime }),
    ...(resource.modificationTime !== undefined && { modificationTime: resource.modificationTime }),
    ...(Object.keys(resource.labels).length > 0 && { labels: resource.labels }),
    ...(kri !== undefined && { kri }),
    ...(snis.length > 0 && { snis }),
    ...(kind.encoding === 'proto' ? (isRecord(spec) ? spec : {}) : { spec }),
    ...(resource.status !== undefined && { status: resource.status }),
  }
}

const kubernetesSecretTypes: Readonly<Record<string, string>> = {
  Secret: 'system.kuma.io/secret',
  GlobalSecret: 'system.kuma.io/global-secret',
}

/**
 * A resource as a Kubernetes manifest.
 * @throws KumaError `unknown-kind`
 */
export function toKubernetes(resource: Resource, registry: Registry): Record<string, unknown> {
  const kind = kindOf(resource, registry)
  const spec = encode(schemaOf(kind), resource.spec)
  const { [namespaceLabel]: namespace, ...rest } = resource.labels
  // The older kinds say their mesh beside the metadata, the younger ones have only the label for it.
  const beside = kind.encoding === 'proto' && resource.type !== 'Secret'
  const labels = resource.mesh === undefined || beside ? rest : { ...rest, [meshLabel]: resource.mesh }
  const metadata = {
    name: resource.name,
    ...(namespace !== undefined && { namespace }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(resource.creationTime !== undefined && { creationTimestamp: resource.creationTime }),
  }
  const secretType = kubernetesSecretTypes[resource.type]
  if (secretType !== undefined) {
    const data = isRecord(spec) ? spec['data'] : undefined
    return { apiVersion: 'v1', kind: 'Secret', metadata, type: secretType, ...(data !== undefined && { data: { value: data } }) }
  }
  return {
    apiVersion: 'kuma.io/v1alpha1',
    kind: resource.type,
    ...(beside && resource.mesh !== undefined && { mesh: resource.mesh }),
    metadata,
    spec,
    ...(resource.status !== undefined && { status: resource.status }),
  }
}
