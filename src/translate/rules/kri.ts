/** Kuma resource identifiers: `kri_<short name>_<mesh>_<zone>_<namespace>_<name>_<section>`. Source: Kuma MADR 070. */
import type { Resource } from '../../core/resource.js'
import { serviceKinds } from '../services.js'
import { displayName, label } from './resource-labels.js'

/** The parts of an identifier. Each may be empty. */
export interface Kri {
  /** Short name of the kind, e.g. `msvc`. */
  readonly shortName: string
  readonly mesh: string
  readonly zone: string
  readonly namespace: string
  readonly name: string
  /** A port or inbound inside the resource: its name, or its number where it has none. */
  readonly section: string
}

/** Short names of the kinds that a targetRef can name and that exist as resources. */
export const targetShortNames: ReadonlyMap<string, string> = new Map([
  ['Mesh', 'm'],
  ['Dataplane', 'dp'],
  ['MeshGateway', 'mgw'],
  ['MeshHTTPRoute', 'mhttpr'],
  ...Object.entries(serviceKinds).map(([kind, { short }]) => [kind, short] as const),
])

export function formatKri({ shortName, mesh, zone, namespace, name, section }: Kri): string {
  return `kri_${shortName}_${mesh}_${zone}_${namespace}_${name}_${section}`
}

/** The parts of an identifier; `undefined` for what is none. Sections can't hold `_`: where more parts follow, they join up, as in Kuma. */
export function parseKri(text: string): Kri | undefined {
  const [prefix, shortName, mesh, zone, namespace, name, ...section] = text.split('_')
  if (prefix !== 'kri' || !shortName || section.length === 0) return undefined
  return { shortName, mesh: mesh ?? '', zone: zone ?? '', namespace: namespace ?? '', name: name ?? '', section: section.join('') }
}

/** The identifier of a resource of the kind with the given short name. */
export function kriOf(resource: Resource, shortName: string, section = ''): string {
  const { mesh = '', labels } = resource
  const zone = labels[label.zone] ?? ''
  return formatKri({ shortName, mesh, zone, namespace: labels[label.namespace] ?? '', name: displayName(resource), section })
}

/** The identifier of the resource that a section belongs to. */
export function withoutSection(kri: string): string {
  return kri.slice(0, kri.lastIndexOf('_') + 1)
}

/** The same identifier, of one section. */
export function withSection(kri: string, section: string): string {
  return withoutSection(kri) + section
}

export function sectionOf(kri: string): string {
  return kri.slice(kri.lastIndexOf('_') + 1)
}
