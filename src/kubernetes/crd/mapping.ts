import type { Resource, ResourceKey } from '../../core/resource.js'
import { meshLabel } from '../../core/envelope.js'
import { checkSpec } from '../../core/schema/check.js'
import { deepFreeze } from '../../core/resource.js'
import { type Layout, type NativeLayout, group, keptLabel, version } from './layout.js'

/** Where an object is. */
export interface Place {
  readonly namespace?: string
  readonly name: string
}

/** An object as JSON holds it, as far as it is looked at here. */
export interface StoredObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly creationTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly [other: string]: unknown
  }
  readonly [field: string]: unknown
}

/** Names that can't be said by the object's own name and namespace. */
export const nameAnnotation = 'kuma.io/resource-name'
const createdAnnotation = 'kuma.io/creation-time'
const modifiedAnnotation = 'kuma.io/modification-time'

/** Who writes objects for the store: the times that it writes are its own. */
export const fieldManager = 'kuma-cp'

/** The object that a resource is kept as; `before` is what is there, of which all that isn't the resource's stays. */
export function toObject(layout: Layout, resource: Resource, place: Place, before?: StoredObject): StoredObject {
  const { managedFields, ...kept }: Readonly<Record<string, unknown>> = before?.metadata ?? {}
  const annotations: Record<string, string> = {
    ...before?.metadata.annotations,
    ...(naturalName(layout, place) !== resource.name && { [nameAnnotation]: resource.name }),
    ...(resource.creationTime !== undefined && { [createdAnnotation]: resource.creationTime }),
    ...(resource.modificationTime !== undefined && { [modifiedAnnotation]: resource.modificationTime }),
  }
  const metadata = {
    ...kept,
    name: place.name,
    ...(place.namespace !== undefined && { namespace: place.namespace }),
    labels: labelsOf(layout, resource),
    annotations,
  }
  if (layout.native !== undefined) return nativeObject(layout.native, resource, metadata)
  return {
    apiVersion: `${group}/${version}`,
    kind: layout.type,
    metadata,
    ...(layout.meshField && resource.mesh !== undefined && { mesh: resource.mesh }),
    [layout.specField]: resource.spec,
    ...(layout.specField === 'spec' && resource.status !== undefined && { status: resource.status }),
  }
}

/** Without the label that says which type is kept. */
function ownLabels({ [keptLabel]: _kept, ...labels }: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return labels
}

/** When a store last wrote an object: different for each of its writes. */
export function writtenAt({ metadata }: StoredObject): string | undefined {
  return metadata.annotations?.[modifiedAnnotation]
}

export interface ReadOptions {
  /** Whether the spec is brought to today's form by the schema of its kind, and refused where it doesn't fit. Default: true. */
  readonly checked?: boolean
}

/** What an object says, or why it can't be used. */
export type ReadObject = { readonly resource: Resource } | { readonly fault: string }

/** Reads an object as the resource that it stands for. The result is frozen. */
export function fromObject(layout: Layout, object: StoredObject, { checked = true }: ReadOptions = {}): ReadObject {
  const { metadata } = object
  const annotations = metadata.annotations ?? {}
  const created = annotations[createdAnnotation] ?? metadata.creationTimestamp
  const modified = later(annotations[modifiedAnnotation], editedBy(metadata['managedFields'])) ?? created
  const meta = {
    ...keyOfObject(layout, object),
    labels: ownLabels(metadata.labels),
    ...(created !== undefined && { creationTime: created }),
    ...(modified !== undefined && { modificationTime: modified }),
  }
  const raw = layout.native === undefined ? (object[layout.specField] ?? (checked ? {} : undefined)) : nativeSpec(layout.native, object)
  const status = layout.specField === 'spec' && object['status'] !== undefined ? { status: object['status'] } : {}
  if (!checked || layout.kind === undefined) return { resource: deepFreeze({ ...meta, spec: raw, ...status }) }
  const { name, mesh, labels } = meta
  const { spec, fault } = checkSpec(layout.kind, raw, { name, ...(mesh !== undefined && { mesh }), labels })
  if (fault === undefined) return { resource: deepFreeze({ ...meta, spec, ...status }) }
  return {
    fault: fault.type === 'undecodable' ? fault.detail : fault.violations.map(({ path, message }) => `${path}: ${message}`).join('; '),
  }
}

export function keyOfObject(layout: Layout, { metadata, mesh: own }: StoredObject): ResourceKey {
  const { type } = layout
  const name = metadata.annotations?.[nameAnnotation] ?? naturalName(layout, metadata)
  if (!layout.meshScoped) return { type, name }
  const label = metadata.labels?.[meshLabel]
  const said = layout.meshField ? (own ?? label) : (label ?? own)
  return { type, mesh: typeof said === 'string' && said !== '' ? said : 'default', name }
}

/** The name of a resource that needs no annotation: Kuma's `name.namespace`. */
function naturalName({ namespaced, native }: Layout, { name, namespace }: Place): string {
  return namespaced && native === undefined && namespace !== undefined ? `${name}.${namespace}` : name
}

function labelsOf({ meshScoped, meshField }: Layout, { labels, mesh }: Resource): Readonly<Record<string, string>> {
  if (!meshScoped || meshField || mesh === undefined || labels[meshLabel] !== undefined || mesh === 'default') return labels
  return { ...labels, [meshLabel]: mesh }
}

function nativeObject(native: NativeLayout, { type, spec }: Resource, metadata: StoredObject['metadata']): StoredObject {
  const base = { apiVersion: 'v1', kind: native.kind }
  if (native.kind === 'Secret') {
    const { data = '' } = spec as { readonly data?: string }
    return { ...base, metadata, type: native.secretType, data: { value: data } }
  }
  return { ...base, metadata: { ...metadata, labels: { ...metadata.labels, [keptLabel]: type } }, data: { spec: JSON.stringify(spec) } }
}

function nativeSpec({ kind }: NativeLayout, object: StoredObject): unknown {
  const { value, spec } = (object['data'] ?? {}) as { readonly value?: string; readonly spec?: string }
  if (kind === 'Secret') return value === undefined ? {} : { data: value }
  return spec === undefined ? {} : jsonOf(spec)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** When somebody else last wrote the object. */
function editedBy(managed: unknown): string | undefined {
  const entries = (Array.isArray(managed) ? managed : []) as readonly { readonly manager?: string; readonly time?: string }[]
  return entries.reduce<string | undefined>((last, { manager, time }) => (manager === fieldManager ? last : later(last, time)), undefined)
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Date.parse(b) > Date.parse(a) ? b : a
}
