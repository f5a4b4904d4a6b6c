import type { Resource } from '../core/resource.js'
import type { BackendRef } from './backend-refs.js'
import { type Tags, tag } from './tags.js'

interface RouteSpec {
  readonly to?: readonly {
    readonly targetRef?: BackendRef
    readonly rules?: readonly { readonly default?: { readonly backendRefs?: readonly BackendRef[] } }[]
  }[]
}

/** Tags of the services that MeshHTTPRoutes or MeshTCPRoutes lead to, where they name them by tags. */
export function routedTargets(routes: readonly Resource<RouteSpec>[]): Tags[] {
  return routes
    .flatMap(({ spec: { to = [] } }) => to)
    .flatMap(({ targetRef, rules = [] }) => {
      const target = targetRef && targetTags(targetRef)
      if (!target) return []
      return rules.flatMap(({ default: conf }): Tags[] => {
        if (!conf?.backendRefs) return [target]
        return conf.backendRefs.map(targetTags).filter((tags) => tags !== undefined)
      })
    })
}

function targetTags({ kind, name = '', tags = {} }: BackendRef): Tags | undefined {
  switch (kind) {
    case 'MeshService':
      return { [tag.service]: name }
    case 'MeshServiceSubset':
      return { ...tags, [tag.service]: name }
    case 'Mesh':
      return { [tag.service]: '*' }
    case 'MeshSubset':
      return { ...tags, [tag.service]: '*' }
    default:
      return undefined
  }
}
