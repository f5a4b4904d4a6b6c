import { type AdmitOptions, admit, missingMesh } from './admit.js'
import { defaultMesh, initialPoliciesOf } from './defaults.js'
import type { MeshSpec } from './kinds/mesh.js'
import { computeLabels } from './labels.js'
import type { ParsedItem } from './parse.js'
import type { Refusal } from './refusal.js'
import { type Resource, type ResourceKey, deepFreeze, keyOf } from './resource.js'
import type { MeshIdentitySpec } from './kinds/mesh-identity.js'
import { defaultGenerators } from './upkeep/hostnames.js'
import { keepUp } from './upkeep/index.js'

export interface ApplyOptions extends Omit<AdmitOptions, 'find'> {
  /** The certificate (PEM) of the CA behind a bundled identity; undefined while there is none. */
  certificateOf?(identity: Resource<MeshIdentitySpec>): string | undefined
  /** Gives the time of each write, RFC 3339, each later than the one before. Default: a second apart, from 2000-01-01 on. */
  readonly times?: () => string
  /** Whether the control plane made the mesh `default` when it started. Default: true. */
  readonly defaultMesh?: boolean
}

export interface Applied {
  /** What is stored in the end, in the order in which it was first stored. */
  readonly resources: readonly Resource[]
  /** What was not let in, in the order of the input. */
  readonly refusals: readonly AppliedRefusal[]
}

export interface AppliedRefusal extends Refusal {
  /** Which of the items it is about, counted from 0. */
  readonly item: number
}

/** What is applied: parsed resources, or what a parser made of a text, refusals included. */
export type Applicable = Resource | Pick<ParsedItem, 'resource' | 'refusal'>

/**
 * Applies resources in their order to a fresh Universal zone control plane: each is held against what is there by then, completed
 * with labels and defaults, and a new Mesh brings its policies. A resource that carries a creation time, a status or computed
 * labels comes out of a control plane: it is taken as it is.
 * @throws KumaError `unknown-kind` for a resource whose type is not in the registry
 */
export function applyAll(items: readonly Applicable[], options: ApplyOptions): Applied {
  const { registry, zone = 'default', times = secondsApart() } = options
  const stored = new Map<string, Resource>()
  const refusals: AppliedRefusal[] = []
  const asStored = new Set<string>()
  const find = (key: ResourceKey) => stored.get(keyOf(key))
  const put = (resource: Resource) => {
    const before = find(resource)
    const now = times()
    const creationTime = before?.creationTime ?? resource.creationTime ?? now
    const modificationTime = resource.modificationTime ?? (before ? now : creationTime)
    stored.set(keyOf(resource), deepFreeze(timed(resource, creationTime, modificationTime)))
  }
  const create = (resource: Resource) => {
    const isNew = !find(resource)
    put(resource)
    if (resource.type !== 'Mesh' || !isNew) return
    for (const policy of initialPoliciesOf(resource as Resource<MeshSpec>)) {
      const kind = registry.byType(policy.type)
      if (kind) put({ ...policy, labels: computeLabels(kind, policy, zone) })
    }
  }
  if (options.defaultMesh !== false) create(defaultMesh)
  for (const [index, item] of items.entries()) {
    const refused = (refusal: Refusal) => refusals.push({ ...refusal, item: index })
    const { resource, refusal } = 'type' in item ? { resource: item, refusal: undefined } : item
    if (!resource) {
      if (refusal) refused(missingMesh(refusal.resource, find) ?? refusal)
      continue
    }
    const missing = missingMesh(resource, find)
    if (missing) refused(missing)
    else if (isStored(resource)) {
      put(resource)
      asStored.add(keyOf(resource))
    } else {
      const admission = admit(resource, { ...options, zone, find })
      if (admission.refusal) refused(admission.refusal)
      else create(admission.resource)
    }
  }
  const resources = [...stored.values()]
  const settled = (resource: Resource) => asStored.has(keyOf(resource))
  const authorityOf = (identity: Resource<MeshIdentitySpec>) => {
    const certificate = options.certificateOf?.(identity)
    return certificate === undefined ? undefined : { certificate }
  }
  const generators = defaultGenerators.filter((generator) => !stored.has(keyOf(generator)))
  for (const resource of keepUp([...generators, ...resources], { zone, settled, authorityOf }).changed)
    if (registry.byType(resource.type)) put(resource)
  const kept = [...stored.values()].map((resource) => {
    const upkeep = settled(resource) ? undefined : registry.byType(resource.type)?.upkeep
    return upkeep ? deepFreeze({ ...resource, spec: upkeep(resource.spec, { zone, resources }) }) : resource
  })
  return { resources: kept, refusals }
}

function timed({ type, mesh, name, labels, spec, status }: Resource, creationTime: string, modificationTime: string): Resource {
  return {
    type,
    ...(mesh !== undefined && { mesh }),
    name,
    labels,
    creationTime,
    modificationTime,
    spec,
    ...(status !== undefined && { status }),
  }
}

/** Whether a resource comes out of a control plane. */
function isStored({ creationTime, status, labels }: Resource): boolean {
  return creationTime !== undefined || status !== undefined || 'kuma.io/env' in labels || 'kuma.io/proxy-type' in labels
}

function secondsApart(): () => string {
  let count = 0
  return () => new Date(Date.UTC(2000, 0, 1) + 1000 * count++).toISOString().replace('.000Z', 'Z')
}
