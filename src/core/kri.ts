import type { Kind } from './kind.js'
import type { Resource } from './resource.js'

/** The name by which people know a resource, whatever it is stored as. */
export function displayNameOf({ name, labels }: Pick<Resource, 'name' | 'labels'>): string {
  return labels['kuma.io/display-name'] || name
}

/**
 * `kri_<short name>_<mesh>_<zone>_<namespace>_<name>_<section>`: a resource's name across all control planes. Undefined for kinds
 * without a short name.
 */
export function kriOf(kind: Kind, resource: Resource, section = ''): string | undefined {
  if (!kind.shortName) return undefined
  const { mesh = '', labels } = resource
  const place = [labels['kuma.io/zone'] ?? '', labels['k8s.kuma.io/namespace'] ?? '']
  return ['kri', kind.shortName, mesh, ...place, displayNameOf(resource), section].join('_')
}

/** The SNIs by which proxies dial a destination's ports, sorted by port. Source: MADR 101. */
export function snisOf(kind: Kind, resource: Resource): readonly { readonly port: number; readonly sni: string }[] {
  if (!kind.shortName) return []
  const { mesh = '', labels } = resource
  const zone = labels['kuma.io/zone'] ?? ''
  const namespace = zone === '' ? '' : (labels['k8s.kuma.io/namespace'] ?? '')
  const head = ['sni', kind.shortName, mesh, ...[zone, namespace].filter((part) => part !== ''), displayNameOf(resource)]
  return (kind.destinations?.(resource.spec) ?? [])
    .map(({ port, section }) => ({ port, sni: [...head, section].join('.') }))
    .sort((a, b) => a.port - b.port)
}
