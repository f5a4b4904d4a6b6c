import type { Resource } from '../core/resource.js'
import type { Tags } from '../translate/tags.js'
import { tag } from '../translate/tags.js'

/** A selector as the source/destination family writes it. */
export interface Selector {
  readonly match?: Tags
}

export interface SourceDestination<Conf = unknown> {
  readonly sources?: readonly Selector[]
  readonly destinations?: readonly Selector[]
  readonly conf?: Conf
}

/** A policy of the targetRef family without its mesh. */
export interface Rewritten {
  readonly type: string
  /** Sets several policies that one became apart. */
  readonly suffix?: string
  readonly spec: object
}

/** What a policy becomes, or why it can't be said with a targetRef. */
export type Rewriting = { readonly policies: readonly Rewritten[] } | { readonly reason: string }

/** What has to be known of the mesh that a policy is in. */
export interface Surroundings {
  isHttp(service: string): boolean
}

export type Rewrite = (policy: Resource<SourceDestination<never>>, surroundings: Surroundings) => Rewriting

/** Something that has no counterpart. */
export class NotExpressible extends Error {}

/** Proxies that a selector selects. */
export function proxiesRef({ match = {} }: Selector): object {
  const entries = Object.entries(match).filter(([key, value]) => key !== tag.service || value !== '*')
  const [wildcard] = entries.find(([, value]) => value === '*') ?? []
  if (wildcard) throw new NotExpressible(`a targetRef can't ask for a tag "${wildcard}" of any value`)
  return entries.length > 0 ? { kind: 'MeshSubset', tags: Object.fromEntries(entries) } : { kind: 'Mesh' }
}

/** The service that a selector selects, as a destination. */
export function serviceRef({ match = {} }: Selector): object {
  const { [tag.service]: service = '*', ...others } = match
  const [other] = Object.keys(others)
  if (other) throw new NotExpressible(`an entry of "to" can't ask for the tag "${other}"`)
  return service === '*' ? { kind: 'Mesh' } : { kind: 'MeshService', name: service }
}

/** Where traffic goes. */
export function backendRef(tags: Tags, weight?: number): object {
  const { [tag.service]: name = '', ...subset } = tags
  const share = weight === undefined ? {} : { weight }
  return Object.keys(subset).length > 0
    ? { kind: 'MeshServiceSubset', name, tags: subset, ...share }
    : { kind: 'MeshService', name, ...share }
}

/** For policies about what goes out: one for each kind of client, with an entry for each service. */
export function outgoing(type: string, { sources = [], destinations = [] }: SourceDestination, conf: object): Rewriting {
  const to = destinations.map((destination) => ({ targetRef: serviceRef(destination), default: conf }))
  return { policies: numbered(sources.map((source) => ({ type, spec: { targetRef: proxiesRef(source), to } }))) }
}

/**
 * For policies about what comes in: one for each kind of server, with an entry for each kind of client.
 * @param options.sidecarsOnly for kinds that say something else at gateways
 */
export function incoming(
  type: string,
  { sources = [], destinations = [] }: SourceDestination,
  conf: object,
  { sidecarsOnly = false } = {},
): Rewriting {
  const from = sources.map((source) => ({ targetRef: proxiesRef(source), default: conf }))
  const targetRef = (destination: Selector) => ({ ...proxiesRef(destination), ...(sidecarsOnly && { proxyTypes: ['Sidecar'] }) })
  return { policies: numbered(destinations.map((destination) => ({ type, spec: { targetRef: targetRef(destination), from } }))) }
}

export function numbered(policies: readonly Rewritten[]): Rewritten[] {
  return policies.length === 1 ? [...policies] : policies.map((policy, i) => ({ ...policy, suffix: String(i + 1) }))
}

/** An object without what is absent; nothing of nothing. */
export function section(fields: Readonly<Record<string, unknown>>): object | undefined {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  return present.length > 0 ? Object.fromEntries(present) : undefined
}
