import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Resource } from '../core/resource.js'
import { type Inbound, inboundsOf, serviceLessPort } from './proxy.js'
import type { RealService, ServiceIndex } from './services.js'
import { type Tags, matchesTags } from './tags.js'

interface Selector {
  readonly dataplaneTags?: Tags
  readonly dataplaneRef?: { readonly name?: string }
  readonly dataplaneLabels?: { readonly matchLabels?: Tags }
}

/** Local MeshServices by the Dataplanes that they select. Source: MeshService.spec.selector. */
export interface SelectorIndex {
  selecting(dataplane: Resource<DataplaneSpec>): readonly RealService[]
}

/** Inbounds that can be behind a service. */
export function servingInbounds({ spec }: Resource<DataplaneSpec>): readonly Inbound[] {
  return inboundsOf(spec).filter((inbound) => inbound.ready && inbound.port !== serviceLessPort)
}

/** So kept that a look at what a Dataplane has finds those that may select it. */
export function createSelectorIndex(services: ServiceIndex): SelectorIndex {
  const buckets = new Map<string, RealService[]>()
  for (const service of services.all) {
    const bucket = service.kind === 'MeshService' && service.local ? bucketOf(selectorOf(service)) : undefined
    if (bucket === undefined) continue
    const known = buckets.get(bucket)
    if (known) known.push(service)
    else buckets.set(bucket, [service])
  }
  return {
    selecting(dataplane) {
      if (buckets.size === 0) return []
      const inbounds = servingInbounds(dataplane)
      const candidates = new Set(bucketsOf(dataplane, inbounds).flatMap((bucket) => buckets.get(bucket) ?? []))
      return [...candidates].filter((service) => selects(selectorOf(service), dataplane, inbounds))
    },
  }
}

function selectorOf({ resource }: RealService): Selector {
  return (resource.spec as { readonly selector?: Selector }).selector ?? {}
}

const anyDataplane = 'any'
const nameBucket = (name: string) => `name ${name}`
const tagBucket = ([key, value]: readonly [string, string]) => `tag ${key}=${value}`
const labelBucket = ([key, value]: readonly [string, string]) => `label ${key}=${value}`

/** One thing that a Dataplane must have to be selected; a wildcard can't be looked up. `undefined`: nothing is selected. */
function bucketOf({ dataplaneRef, dataplaneTags, dataplaneLabels }: Selector): string | undefined {
  if (dataplaneRef) return nameBucket(dataplaneRef.name ?? '')
  const exact = (tags: Tags) => Object.entries(tags).find(([, value]) => value !== '*' && value !== '')
  if (dataplaneTags) {
    if (Object.keys(dataplaneTags).length === 0) return undefined
    const tag = exact(dataplaneTags)
    return tag ? tagBucket(tag) : anyDataplane
  }
  if (!dataplaneLabels) return undefined
  const label = exact(dataplaneLabels.matchLabels ?? {})
  return label ? labelBucket(label) : anyDataplane
}

function bucketsOf({ name, labels }: Resource, inbounds: readonly Inbound[]): string[] {
  const tags = inbounds.flatMap((inbound) => Object.entries(inbound.tags).map(tagBucket))
  return [anyDataplane, nameBucket(name), ...tags, ...Object.entries(labels).map(labelBucket)]
}

/** Tags may be spread over a proxy's inbounds only where one of them has all; which inbound serves is the port's matter. */
function selects({ dataplaneRef, dataplaneTags, dataplaneLabels }: Selector, dataplane: Resource, inbounds: readonly Inbound[]): boolean {
  if (dataplaneRef) return dataplaneRef.name === dataplane.name
  if (dataplaneTags) {
    const tags = dataplaneTags
    return Object.keys(tags).length > 0 && inbounds.some((inbound) => matchesTags(tags, inbound.tags))
  }
  if (dataplaneLabels) return matchesTags(dataplaneLabels.matchLabels ?? {}, dataplane.labels)
  return false
}
