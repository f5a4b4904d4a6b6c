import { element, entry, member } from '../protojson/path.js'
import { toJson } from '../protojson/index.js'
import { type ResourceTypeName, type SealedResource, type Snapshot, resourceTypes } from '../translate/snapshot.js'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** A proxy's resources as canonical JSON: by type, then by name. */
export type Document = ReadonlyMap<ResourceTypeName, ReadonlyMap<string, Json>>

/** A leaf field: a scalar, or an object or list that is empty. */
export interface Leaf {
  /** `clusters["web"].connectTimeout`: type, name, then names as Envoy's JSON writes them. */
  readonly path: string
  readonly value: Json
}

const made = new WeakMap<SealedResource, Json>()

/**
 * Sealed resources are shared between proxies and never change, so each is converted once.
 * @param before what the proxy has otherwise: what equals it is the same object
 */
export function documentOf(snapshot: Snapshot, before?: { readonly snapshot: Snapshot; readonly document: Document }): Document {
  const json = (type: ResourceTypeName, typeUrl: string, key: string, sealed: SealedResource): Json => {
    const same = before?.snapshot[type].get(key)?.version === sealed.version
    return (same ? before?.document.get(type)?.get(key) : undefined) ?? jsonOf(typeUrl, sealed)
  }
  return new Map(
    resourceTypes.map(({ name, typeUrl }) => [
      name,
      new Map([...snapshot[name]].map(([key, sealed]) => [key, json(name, typeUrl, key, sealed)])),
    ]),
  )
}

function jsonOf(typeUrl: string, sealed: SealedResource): Json {
  let json = made.get(sealed)
  if (json === undefined) {
    json = toJson(typeUrl, sealed.bytes) as Json
    made.set(sealed, json)
  }
  return json
}

/** Every leaf of every resource, in order. */
export function leavesOf(document: Document): Leaf[] {
  return [...document].flatMap(([type, resources]) => [...resources].flatMap(([name, json]) => leavesUnder(json, entry(type, name))))
}

/** The leaves of a value that stands at a path. */
export function leavesUnder(value: Json, path: string): Leaf[] {
  const inner = childrenOf(value)
  return inner.length === 0 ? [{ path, value }] : inner.flatMap(([key, child]) => leavesUnder(child, join(path, key)))
}

function childrenOf(value: Json): readonly (readonly [string | number, Json])[] {
  if (isList(value)) return value.map((item, index) => [index, item])
  return isObject(value) ? Object.entries(value) : []
}

/** The path of a field or item of what stands at a path. */
export function join(path: string, key: string | number): string {
  if (typeof key === 'number') return element(path, key)
  return /^[A-Za-z_$][\w$]*$/.test(key) ? member(path, key) : entry(path, key)
}

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
export const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !isList(value)
