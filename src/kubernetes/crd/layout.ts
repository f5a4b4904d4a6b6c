import { createRegistry, type Kind } from '../../core/kind.js'
import { withInternalKinds } from '../../core/kinds/internal.js'

/** The API group of Kuma's kinds, and its one version. */
export const group = 'kuma.io'
export const version = 'v1alpha1'

/** Types that are kept as Secrets: the `type` of the Secret. */
const secretTypes: Readonly<Record<string, string>> = {
  Secret: 'system.kuma.io/secret',
  GlobalSecret: 'system.kuma.io/global-secret',
}

/** An object of Kubernetes' own that something of Kuma's is kept in, and what tells it from the others. */
export type NativeLayout =
  | { readonly kind: 'Secret'; readonly plural: 'secrets'; readonly secretType: string }
  | { readonly kind: 'ConfigMap'; readonly plural: 'configmaps'; readonly label: string }

/** The label of ConfigMaps that says which type is kept in them. */
export const keptLabel = 'kuma.io/kept-type'

/** How resources of a type are laid out as objects of Kubernetes. */
export interface Layout {
  readonly type: string
  /** Path segment in Kubernetes' API. */
  readonly plural: string
  readonly namespaced: boolean
  readonly meshScoped: boolean
  /** Whether the object says its mesh in a field `mesh` of its own rather than by a label alone. */
  readonly meshField: boolean
  /** Where the spec is. */
  readonly specField: 'spec' | 'status'
  /** Of those that are kept in objects of Kubernetes' own, in the control plane's namespace. */
  readonly native?: NativeLayout
  /** Absent for types that only the control plane writes, in whatever shape. */
  readonly kind?: Kind
}

/** Types that the control plane alone writes and nobody parses. */
const computed: readonly Layout[] = [
  { type: 'MeshInsight', plural: 'meshinsights', meshScoped: false },
  { type: 'ServiceInsight', plural: 'serviceinsights', meshScoped: true },
  { type: 'ZoneInsight', plural: 'zoneinsights', meshScoped: false },
].map((own) => ({ ...own, namespaced: false, meshField: true, specField: 'spec' }))

/**
 * The layouts of all kinds. As in Kuma, younger kinds and proxies are in namespaces, the older policies and what stands above
 * meshes are not.
 */
export function layoutsOf(kinds: readonly Kind[]): readonly Layout[] {
  const known = new Set(kinds.map(({ type }) => type))
  return [...kinds.map(layoutOf), ...computed.filter(({ type }) => !known.has(type)), ...internal().filter(({ type }) => !known.has(type))]
}

/** What control planes keep for themselves is in ConfigMaps, as in Kuma. */
function internal(): readonly Layout[] {
  return withInternalKinds(createRegistry([])).kinds.map((kind) => ({
    ...layoutOf(kind),
    namespaced: true,
    meshField: false,
    native: { kind: 'ConfigMap', plural: 'configmaps', label: `${keptLabel}=${kind.type}` },
  }))
}

function layoutOf(kind: Kind): Layout {
  const { type, scope, encoding } = kind
  const secretType = Object.hasOwn(secretTypes, type) ? secretTypes[type] : undefined
  return {
    kind,
    type,
    plural: kind.plural.replaceAll('-', ''),
    namespaced: secretType !== undefined || encoding === 'openapi' || proxies.test(type),
    meshScoped: scope === 'Mesh',
    meshField: secretType === undefined && encoding === 'proto',
    specField: type === 'DataplaneInsight' ? 'status' : 'spec',
    ...(secretType !== undefined && { native: { kind: 'Secret', plural: 'secrets', secretType } }),
  }
}

const proxies = /^(Dataplane|ZoneIngress|ZoneEgress)(Insight)?$/
