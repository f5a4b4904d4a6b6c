import type { Cluster } from '../../src/gen/envoy/config/cluster/v3/cluster.js'
import { Cluster as ClusterCodec } from '../../src/gen/envoy/config/cluster/v3/cluster.js'
import { ClusterLoadAssignment } from '../../src/gen/envoy/config/endpoint/v3/endpoint.js'
import { Listener } from '../../src/gen/envoy/config/listener/v3/listener.js'
import { RouteConfiguration } from '../../src/gen/envoy/config/route/v3/route.js'
import { Secret } from '../../src/gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import { Runtime } from '../../src/gen/envoy/service/runtime/v3/rtds.js'
import { perType } from '../../src/server/stream-state.js'
import { type ResourceTypeName, resourceTypes } from '../../src/translate/snapshot.js'
import { type XdsClientOptions, type XdsResponse, deltaClient, nodeOf, sotwClient, typeUrlOf } from '../xds-client.js'

/** The name of a resource, from its message. */
const nameIn: { readonly [T in ResourceTypeName]: (bytes: Uint8Array) => string } = {
  clusters: (bytes) => ClusterCodec.decode(bytes).name ?? '',
  endpoints: (bytes) => ClusterLoadAssignment.decode(bytes).clusterName ?? '',
  listeners: (bytes) => Listener.decode(bytes).name ?? '',
  routes: (bytes) => RouteConfiguration.decode(bytes).name ?? '',
  secrets: (bytes) => Secret.decode(bytes).name ?? '',
  runtimes: (bytes) => Runtime.decode(bytes).name ?? '',
}

export interface ProxyOptions extends Pick<XdsClientOptions, 'address' | 'ca' | 'channel'> {
  /** `<mesh>.<dataplane>` */
  readonly id: string
  readonly metadata?: Record<string, unknown>
  readonly authorization?: string
  /** CA of the server; absent: plain text. */
  readonly ca?: string
  /** Why it does not take a response. Default: it takes them all. */
  readonly refuses?: (response: XdsResponse) => string | undefined
  /** Responses that it takes and does not answer. Default: none. */
  readonly silentAbout?: (response: XdsResponse) => boolean
}

/** A proxy that takes all that it is given and asks for the endpoints of its clusters and whatever names it is told to ask for. */
export interface TestProxy {
  /** What it holds. */
  readonly held: { readonly [T in ResourceTypeName]: ReadonlyMap<string, Uint8Array> }
  /** Responses that it took, in their order. */
  readonly responses: readonly XdsResponse[]
  /** Asks for names of a type; none: everything. */
  ask(type: ResourceTypeName, names?: readonly string[]): void
  /** Waits until what it holds fits. */
  until(fits: (held: TestProxy['held']) => boolean): Promise<void>
  readonly ended: Promise<{ readonly code: number; readonly details: string }>
  close(): void
}

/** A state-of-the-world proxy that asks for clusters, their endpoints, and listeners. */
export function sotwProxy(options: ProxyOptions): TestProxy {
  const stream = sotwClient(options)
  const names = new Map<ResourceTypeName, readonly string[]>()
  const last = new Map<ResourceTypeName, XdsResponse>()
  let node: ReturnType<typeof nodeOf> | undefined = nodeOf(options.id, options.metadata)
  const send = (type: ResourceTypeName, error?: string) => {
    const { nonce: responseNonce = '', version: versionInfo = '' } = last.get(type) ?? {}
    const errorDetail = error === undefined ? undefined : { code: 13, message: error }
    stream.send({ node, typeUrl: typeUrlOf(type), resourceNames: [...(names.get(type) ?? [])], responseNonce, versionInfo, errorDetail })
    node = undefined
  }
  return proxyOver({
    stream,
    refuses: options.refuses,
    silentAbout: options.silentAbout,
    full: true,
    ask(type, wanted) {
      names.set(type, wanted)
      send(type)
    },
    answer(response, error) {
      last.set(response.type, response)
      send(response.type, error)
    },
  })
}

/** An incremental proxy that asks for the same. */
export function deltaProxy(
  options: ProxyOptions & { readonly initialVersions?: Partial<Record<ResourceTypeName, Record<string, string>>> },
): TestProxy {
  const stream = deltaClient(options)
  const names = new Map<ResourceTypeName, readonly string[]>()
  let node: ReturnType<typeof nodeOf> | undefined = nodeOf(options.id, options.metadata)
  return proxyOver({
    stream,
    refuses: options.refuses,
    silentAbout: options.silentAbout,
    full: false,
    ask(type, wanted) {
      const before = names.get(type)
      names.set(type, wanted)
      stream.send({
        node,
        typeUrl: typeUrlOf(type),
        resourceNamesSubscribe: wanted.filter((name) => !before?.includes(name)),
        resourceNamesUnsubscribe: before?.filter((name) => !wanted.includes(name)),
        initialResourceVersions: before ? undefined : options.initialVersions?.[type],
      })
      node = undefined
    },
    answer({ type, nonce }, error) {
      const errorDetail = error === undefined ? undefined : { code: 13, message: error }
      stream.send({ typeUrl: typeUrlOf(type), responseNonce: nonce, errorDetail })
    },
  })
}

interface Wiring {
  readonly stream: Pick<ReturnType<typeof sotwClient>, 'next' | 'ended' | 'close'>
  readonly refuses?: ProxyOptions['refuses']
  readonly silentAbout?: ProxyOptions['silentAbout']
  /** Whether responses of full-state types list everything. */
  readonly full: boolean
  ask(type: ResourceTypeName, names: readonly string[]): void
  answer(response: XdsResponse, error: string | undefined): void
}

const fullState = new Set<ResourceTypeName>(resourceTypes.flatMap((t) => (t.fullState ? [t.name] : [])))

function proxyOver({ stream, refuses, silentAbout, full, ask, answer }: Wiring): TestProxy {
  const held = perType(() => new Map<string, Uint8Array>())
  const responses: XdsResponse[] = []
  const watchers = new Set<() => void>()
  let asked = ''
  const take = (response: XdsResponse) => {
    responses.push(response)
    const error = refuses?.(response)
    if (error === undefined) {
      const { type, resources, removed } = response
      if (full && fullState.has(type)) held[type].clear()
      for (const { bytes } of resources) held[type].set(nameIn[type](bytes), bytes)
      for (const name of removed) held[type].delete(name)
    }
    if (!silentAbout?.(response)) answer(response, error)
    const wanted = [...held.clusters.values()].map((bytes) => ClusterCodec.decode(bytes)).filter(isDynamic)
    const names = wanted.map(({ name = '' }) => name).sort()
    if (names.join() !== asked) ask('endpoints', names)
    asked = names.join()
    for (const watcher of watchers) watcher()
  }
  const read = async () => {
    for (;;) take(await stream.next())
  }
  void read().catch(() => {})
  ask('clusters', [])
  ask('listeners', [])
  return {
    held,
    responses,
    ended: stream.ended,
    ask: (type, names = []) => ask(type, names),
    async until(fits) {
      while (!fits(held)) {
        await new Promise<void>((resolve) => {
          const watcher = () => {
            watchers.delete(watcher)
            resolve()
          }
          watchers.add(watcher)
        })
      }
    },
    close: () => stream.close(),
  }
}

function isDynamic({ edsClusterConfig }: Cluster): boolean {
  return edsClusterConfig !== undefined
}
