import type { Tags } from '../../translate/tags.js'

/** The first condition that a policy doesn't meet at a proxy, with what was compared. */
export interface Failed {
  readonly predicate:
    | 'mesh'
    | 'effect'
    | 'zone'
    | 'namespace'
    | 'route'
    | 'targetRef'
    | 'proxyTypes'
    | 'sectionName'
    | 'sources'
    | 'destinations'
    | 'selectors'
    | 'to'
    | 'from'
    | 'rules'
    | 'mtls'
    | 'traffic-route'
    | 'overridden'
    | 'nothing-concerned'
  /** The field of the policy, where it is one that decides. */
  readonly path: string
  /** What the policy asks for, e.g. `targetRef MeshSubset version=v2`. */
  readonly wanted: string
  /** What is there, e.g. `inbound 9000 has version=v1`. */
  readonly found: string
}

/** `targetRef MeshSubset version=v2; inbound 9000 has version=v1` */
export function failedText({ wanted, found }: Failed): string {
  return `${wanted}; ${found}`
}

export function tagsText(tags: Tags): string {
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
}

/** Something with tags, as messages call it. */
export interface Tagged {
  /** `inbound 9000` */
  readonly called: string
  readonly tags: Tags
}

/** What each of them has instead of the first tag of the selector that doesn't fit: `inbound 9000 has version=v1`. */
export function mismatches(selector: Tags, candidates: readonly Tagged[]): string {
  return candidates
    .map(({ called, tags }) => {
      const [key] =
        Object.entries(selector).find(([name, value]) => tags[name] === undefined || (value !== '*' && tags[name] !== value)) ?? []
      if (key === undefined) return `${called} fits`
      return tags[key] === undefined ? `${called} has no ${key}` : `${called} has ${key}=${tags[key]}`
    })
    .join(', ')
}
