import type { Resource } from '../core/resource.js'
import { registry } from '../translate/kinds.js'
import { type Place, anotherScalar, at, disturbed, replaced, without } from './edit.js'
import { join } from './document.js'
import type { Arguments, Effect, World } from './world.js'

/** Something that fields can come from, place by place: a resource, or the arguments. */
export interface Source {
  readonly value: unknown
  /** What follows when the whole isn't there; of what can't be taken away nothing is known. */
  readonly whole: Effect | undefined
  /** Whether a place may be looked into. */
  readonly isOpen: (place: Place) => boolean
  /** The place as users write it. */
  readonly textOf: (place: Place) => string
  /** Whether all that stands there is meant for Envoy's fields, whatever form it has there. */
  readonly isConf: (place: Place) => boolean
  without(place: Place): Effect | undefined
  /** With every scalar at or under the place changed. */
  disturbed(place: Place): Effect | undefined
  /** What a scalar is changed to. */
  scalarAt(place: Place): { readonly before: unknown; readonly after: unknown }
}

export const isPolicy = (type: string): boolean => registry.byType(type)?.policy !== undefined

/** @param removable whether the world goes on without the resource */
export function resourceSource(world: World, resource: Resource, removable: boolean): Source {
  const policy = isPolicy(resource.type)
  const put = (value: unknown, key: string, renamed = false) => world.having([{ ...(value as Resource) }], key, { renamed })
  const isOpen = (place: Place) => roots.has(String(place[0])) && !(policy && isSelection(place) && !isOfCallers(place))
  return {
    ...probes(resource, isOpen, put),
    whole: removable ? world.without([resource]) : undefined,
    isOpen,
    textOf: (place) => pathIn(resource.type, place),
    isConf: (place) => policy && (place.length === 0 || !isSelection(place)),
  }
}

export function argumentSource(world: World): Source {
  const isOpen = (place: Place) => !machinery.has(String(place[0]))
  return {
    ...probes(world.arguments, isOpen, (value, key) => world.given(value as Arguments, key)),
    whole: undefined,
    isOpen,
    textOf: textOf,
    isConf: () => false,
  }
}

function probes(
  value: unknown,
  isOpen: (place: Place) => boolean,
  put: (value: unknown, key: string, renamed: boolean) => Effect | undefined,
): Pick<Source, 'value' | 'without' | 'disturbed' | 'scalarAt'> {
  const key = (place: Place) => JSON.stringify(place)
  return {
    value,
    without: (place) => put(without(value, place), `without ${key(place)}`, false),
    disturbed: (place) =>
      put(
        replaced(value, place, (old) => disturbed(old, (inner) => isOpen([...place, ...inner]))),
        `disturbed ${key(place)}`,
        true,
      ),
    scalarAt(place) {
      const before = at(value, place)
      return { before, after: anotherScalar(before) }
    },
  }
}

/** A policy with all that it configures changed, and nothing of whom it selects. */
export function disturbedPolicy(resource: Resource): Resource {
  return disturbed(resource, (place) => place.length === 0 || (roots.has(String(place[0])) && !isSelection(place))) as Resource
}

/** The parts of a resource that shape configuration. */
const roots: ReadonlySet<string> = new Set(['spec', 'labels', 'status'])
/** Arguments that say how to translate and not what. */
const machinery: ReadonlySet<string> = new Set(['rawCodec', 'pool'])

/** The places of a policy that say whom it concerns: whyNot tells about those. */
function isSelection([root, field, , inner]: Place): boolean {
  if (root !== 'spec') return true
  if (field === 'to' || field === 'from') return inner === 'targetRef'
  return field === 'targetRef' || field === 'sources' || field === 'destinations' || field === 'selectors'
}

/** Who calls is a matter of selection, and yet shows in the filters that look at callers. */
function isOfCallers([root, field]: Place): boolean {
  return root === 'spec' && (field === 'from' || field === 'sources')
}

/** Proto-era kinds are written without `spec`. */
function pathIn(type: string, place: Place): string {
  const inner = place[0] === 'spec' && registry.byType(type)?.encoding === 'proto' ? place.slice(1) : place
  return textOf(inner)
}

const textOf = (place: Place): string => place.reduce<string>(join, '')
