import { cannotUnmarshal } from './go.js'
import type { Kind, Registry } from './kind.js'
import { isRecord } from './schema/decode.js'
import { nearest } from './schema/nearest.js'
import type { PathSegment } from './schema/path.js'

/** What stands around a spec, whichever form it was written in. */
export interface Envelope {
  readonly kind: Kind
  readonly mesh?: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly creationTime?: string
  readonly modificationTime?: string
  /** As decoded: not looked at yet. */
  readonly spec: unknown
  readonly status?: unknown
  /** Fields that are not part of the form. */
  readonly unknown: readonly { readonly name: string; readonly nearest?: string }[]
  /** Where a path below the resource stands in what was written. */
  place(path: readonly PathSegment[]): readonly PathSegment[]
}

/** Why there is no envelope. */
export interface EnvelopeFault {
  readonly code: 'not-a-resource' | 'unknown-kind' | 'wrong-type'
  readonly path: readonly PathSegment[]
  readonly message: string
  /** The peer's sentence. */
  readonly detail: string
  /** As much of the key as could be read. */
  readonly key: { readonly type: string; readonly mesh?: string; readonly name: string }
}

export const namespaceLabel = 'k8s.kuma.io/namespace'
export const meshLabel = 'kuma.io/mesh'

type Fields = Readonly<Record<string, unknown>>
type Read = { readonly envelope: Envelope } | { readonly fault: EnvelopeFault }

/** Opens the Universal form (`type: ...`) or the Kubernetes form (`apiVersion`, `kind`, `metadata`, `spec`). */
export function openEnvelope(value: unknown, registry: Registry): Read {
  if (!isRecord(value)) return { fault: notAResource('expected an object with the fields of a resource') }
  const kubernetes = typeof value['kind'] === 'string' && value['apiVersion'] !== undefined
  const type = kubernetes ? kubernetesType(value) : value['type']
  if (type === undefined)
    return { fault: notAResource('has neither "type" (Universal form) nor "apiVersion" and "kind" (Kubernetes form)') }
  const kind = typeof type === 'string' ? registry.byType(type) : undefined
  if (!kind) return { fault: unknownKind(String(type), registry, kubernetes ? ['kind'] : ['type'], value) }
  return kubernetes ? openKubernetes(kind, value) : openUniversal(kind, value)
}

function notAResource(message: string): EnvelopeFault {
  return { code: 'not-a-resource', path: [], message, detail: 'invalid resource type ""', key: { type: '', name: '' } }
}

function unknownKind(type: string, registry: Registry, path: readonly PathSegment[], value: Fields): EnvelopeFault {
  const types = registry.kinds.map((kind) => kind.type)
  const near = nearest(type, types)
  const hint = near ? `did you mean ${near}?` : `known are ${types.join(', ')}`
  const name = typeof value['name'] === 'string' ? value['name'] : ''
  return {
    code: 'unknown-kind',
    path,
    message: `there is no kind of resource called ${JSON.stringify(type)}; ${hint}`,
    detail: `invalid resource type ${JSON.stringify(type)}`,
    key: { type, ...(typeof value['mesh'] === 'string' && { mesh: value['mesh'] }), name },
  }
}

const universalFields = ['type', 'mesh', 'name', 'labels', 'creationTime', 'modificationTime', 'kri', 'snis']

function openUniversal(kind: Kind, value: Fields): Read {
  const meta = readMeta(kind, value, (field) => [field])
  if ('fault' in meta) return meta
  const rest = Object.entries(value).filter(([name]) => !universalFields.includes(name))
  const proto = kind.encoding === 'proto'
  const own = proto ? [] : rest.filter(([name]) => name !== 'spec' && name !== 'status')
  const known = [...universalFields, 'spec', 'status']
  return {
    envelope: {
      kind,
      ...meta.meta,
      spec: proto ? Object.fromEntries(rest) : value['spec'],
      ...(kind.hasStatus && value['status'] !== undefined && { status: value['status'] }),
      unknown: own.map(([name]) => ({ name, nearest: nearest(name, known) })),
      place: (path) => path,
    },
  }
}

const kubernetesSecrets: Readonly<Record<string, string>> = {
  'system.kuma.io/secret': 'Secret',
  'system.kuma.io/global-secret': 'GlobalSecret',
}

function kubernetesType(value: Fields): unknown {
  return value['kind'] === 'Secret' ? (kubernetesSecrets[String(value['type'])] ?? 'Secret') : value['kind']
}

const kubernetesFields = ['apiVersion', 'kind', 'metadata', 'mesh', 'spec', 'status', 'type', 'data']

function openKubernetes(kind: Kind, value: Fields): Read {
  const metadata = isRecord(value['metadata']) ? value['metadata'] : {}
  const namespace = metadata['namespace']
  const given = isRecord(metadata['labels']) ? metadata['labels'] : metadata['labels'] === undefined ? {} : undefined
  const labels = given && typeof namespace === 'string' ? { ...given, [namespaceLabel]: namespace } : (given ?? metadata['labels'])
  const mesh = kind.scope === 'Mesh' ? (value['mesh'] ?? given?.[meshLabel] ?? 'default') : undefined
  const universal = { type: kind.type, mesh, name: metadata['name'], labels, creationTime: metadata['creationTimestamp'] }
  const meta = readMeta(kind, universal, metadataPath)
  if ('fault' in meta) return meta
  const secret = value['kind'] === 'Secret'
  const data = isRecord(value['data']) ? value['data']['value'] : undefined
  const specPath = secret ? [] : ['spec']
  return {
    envelope: {
      kind,
      ...meta.meta,
      spec: secret ? { data } : (value['spec'] ?? (kind.encoding === 'proto' ? {} : undefined)),
      ...(kind.hasStatus && value['status'] !== undefined && { status: value['status'] }),
      unknown: Object.keys(value)
        .filter((name) => !kubernetesFields.includes(name))
        .map((name) => ({ name, nearest: nearest(name, kubernetesFields) })),
      place: ([first, ...more]) => {
        if (first === undefined) return []
        if (first === 'spec' || first === 'mesh') return [first, ...more]
        return metaFields.includes(String(first)) ? [...metadataPath(String(first)), ...more] : [...specPath, first, ...more]
      },
    },
  }
}

const metaFields = ['name', 'labels', 'creationTime']

function metadataPath(field: string): readonly PathSegment[] {
  if (field === 'mesh') return ['mesh']
  return ['metadata', field === 'creationTime' ? 'creationTimestamp' : field]
}

type Meta = Pick<Envelope, 'mesh' | 'name' | 'labels' | 'creationTime' | 'modificationTime'>

function readMeta(kind: Kind, value: Fields, place: (field: string) => readonly PathSegment[]): { meta: Meta } | { fault: EnvelopeFault } {
  const text = (field: string) => (typeof value[field] === 'string' ? value[field] : undefined)
  const key = { type: kind.type, ...(kind.scope === 'Mesh' && { mesh: text('mesh') ?? '' }), name: text('name') ?? '' }
  const wrong = (field: string, found: unknown, expected: string): { fault: EnvelopeFault } => {
    const detail = cannotUnmarshal(found, 'string').replace('Go value', `Go struct field ResourceMeta.${field}`)
    return {
      fault: { code: 'wrong-type', path: place(field), message: `expected ${expected}, found ${JSON.stringify(found)}`, detail, key },
    }
  }
  for (const field of ['mesh', 'name', 'creationTime', 'modificationTime']) {
    const found = value[field]
    if (found !== undefined && found !== null && typeof found !== 'string') return wrong(field, found, 'a text')
  }
  for (const field of ['creationTime', 'modificationTime']) {
    const time = text(field)
    if (time !== undefined && !isTime(time)) return wrong(field, time, 'a time such as 2026-01-31T12:00:00Z')
  }
  const labels = value['labels'] ?? {}
  if (!isRecord(labels)) return wrong('labels', labels, 'a map')
  for (const [name, label] of Object.entries(labels)) {
    if (typeof label !== 'string' || name === '__proto__') return wrong('labels', label, `a text for label ${name}`)
  }
  const times = { creationTime: text('creationTime'), modificationTime: text('modificationTime') }
  return {
    meta: {
      ...(kind.scope === 'Mesh' && { mesh: key.mesh }),
      name: key.name,
      labels: Object.fromEntries(Object.entries(labels as Record<string, string>).sort(([a], [b]) => (a < b ? -1 : 1))),
      ...(times.creationTime !== undefined && { creationTime: times.creationTime }),
      ...(times.modificationTime !== undefined && { modificationTime: times.modificationTime }),
    },
  }
}

function isTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/.test(text)
}
