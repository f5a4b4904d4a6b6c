import type { ProxyDraft } from '../draft.js'
import { byFirst } from '../seal.js'
import { type Hole, holeOf } from './hole.js'

type Metadata = Readonly<Record<string, unknown>>

/** A node's metadata with its work directory left open, which has the proxy's name in it more often than not. */
export interface NodeStandIn {
  readonly metadata: Metadata | undefined
  /** Equal for nodes that differ in their work directories alone. */
  readonly key: string
  readonly holes: readonly Hole[]
}

const standIns = new WeakMap<Metadata, NodeStandIn>()
const nothingSaid: NodeStandIn = { metadata: undefined, key: '', holes: [] }

/** Made once for each metadata. */
export function nodeStandInOf(metadata: Metadata | undefined): NodeStandIn {
  if (!metadata) return nothingSaid
  let standIn = standIns.get(metadata)
  if (!standIn) {
    standIn = makeStandIn(metadata)
    standIns.set(metadata, standIn)
  }
  return standIn
}

function makeStandIn(metadata: Metadata): NodeStandIn {
  // A resource that a proxy brings along is in the fleet already.
  const text = JSON.stringify({ ...metadata, 'dataplane.resource': undefined }, inOrder)
  const { workdir } = metadata
  if (typeof workdir !== 'string' || !isPlainPath(workdir)) return { metadata, key: text, holes: [] }
  // As long as the directory, and nothing that anybody types.
  const token = `/${'\x7f'.repeat(workdir.length - 1)}`
  const open = text.replaceAll(workdir, token)
  return { metadata: JSON.parse(open) as Metadata, key: open, holes: [holeOf(token, workdir)] }
}

/** Metadata comes as a map of protobuf's, whose order is another in each Envoy. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(byFirst))
}

/** Long enough not to stand in other texts by chance; short enough that names of sockets in it are cut behind it. */
function isPlainPath(path: string): boolean {
  return path.length >= 8 && path.length <= 90 && /^\/[\w.-][\w./-]*[\w.-]$/.test(path)
}

/** Whether something that is hashed holds a token: what takes its place would have another hash. */
export function isHashed({ listeners }: ProxyDraft, holes: readonly Hole[]): boolean {
  const bodies = [...listeners.values()]
    .filter(({ origin }) => origin === 'dynamic-config')
    .flatMap(({ chains }) => chains.flatMap(({ route }) => route?.virtualHosts ?? []))
    .flatMap(({ routes = [] }) => routes.map(({ action }) => JSON.stringify(action) ?? ''))
  return holes.some(({ token }) => bodies.some((body) => body.includes(token)))
}
