import grpc from '@grpc/grpc-js'
import { KumaError } from '../../core/errors.js'
import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import { type Resource, keyOf } from '../../core/resource.js'
import type { Store, Stored } from '../../core/store.js'
import { HealthCheckRequestOrEndpointHealthResponse, HealthCheckSpecifier } from '../../gen/envoy/service/health/v3/hds.js'
import { describe, doubtOf } from '../admission.js'
import type { GrpcService } from '../grpc.js'
import { type Log, silentLog } from '../log.js'
import { type NodeIdentity, identify } from '../node.js'
import type { ProxyAuthenticator } from '../tokens/proxy-authenticator.js'
import { healthChecks } from './checks.js'
import { withHealth } from './report.js'

export interface HealthDiscoveryOptions {
  readonly store: Store
  readonly authenticator: ProxyAuthenticator
  /** How often proxies tell what they found, in milliseconds. Default: 5 s. */
  readonly reportMs?: number
  readonly log?: Log
}

type Message = HealthCheckRequestOrEndpointHealthResponse
type Stream = grpc.ServerDuplexStream<Message, HealthCheckSpecifier>

interface Watched {
  readonly node: NodeIdentity
  dataplane: Stored
  /** What the proxy was told to check, encoded. */
  told: Buffer
}

/** As it goes over the wire. */
const service = {
  streamHealthCheck: {
    path: '/envoy.service.health.v3.HealthDiscoveryService/StreamHealthCheck',
    requestStream: true,
    responseStream: true,
    requestSerialize: (message: Message) => Buffer.from(HealthCheckRequestOrEndpointHealthResponse.encode(message).finish()),
    requestDeserialize: (bytes: Buffer) => HealthCheckRequestOrEndpointHealthResponse.decode(bytes),
    responseSerialize: (message: HealthCheckSpecifier) => Buffer.from(HealthCheckSpecifier.encode(message).finish()),
    responseDeserialize: (bytes: Buffer) => HealthCheckSpecifier.decode(bytes),
  },
} satisfies grpc.ServiceDefinition

/** Envoy's Health Discovery Service: proxies check their applications and tell, and the Dataplanes' inbounds become ready or not. */
export function createHealthDiscovery({ store, authenticator, reportMs = 5000, log = silentLog }: HealthDiscoveryOptions): GrpcService {
  const streams = new Map<Stream, Watched | undefined>()

  const stopWatching = store.watch((events) => {
    if (events === 'reset') {
      // Their proxies come again, and their Dataplanes are read anew.
      for (const stream of streams.keys()) end(stream, grpc.status.UNAVAILABLE, 'the control plane lost track')
      return
    }
    const changed = new Map(events.flatMap((event) => (event.op === 'put' ? [[keyOf(event.key), event.stored] as const] : [])))
    for (const [stream, watched] of streams) {
      const dataplane = watched && changed.get(keyOf(watched.node.proxy))
      if (!watched || !dataplane) continue
      watched.dataplane = dataplane
      tell(stream, watched)
    }
  })

  function end(stream: Stream, code: grpc.status, details: string): void {
    if (!streams.delete(stream)) return
    stream.emit('error', { code, details })
  }

  function tell(stream: Stream, watched: Watched): void {
    const message = healthChecks(watched.dataplane.resource as Resource<DataplaneSpec>, watched.node.metadata, reportMs / 1000)
    const bytes = service.streamHealthCheck.responseSerialize(message)
    if (watched.told.equals(bytes)) return
    watched.told = bytes
    stream.write(message)
  }

  async function admit(stream: Stream, message: Message): Promise<void> {
    const node = message.requestType?.$case === 'healthCheckRequest' ? message.requestType.healthCheckRequest.node : undefined
    const identity = identify(node)
    if (typeof identity === 'string') return end(stream, grpc.status.INVALID_ARGUMENT, identity)
    const { proxy } = identity
    const dataplane = proxy.type === 'Dataplane' ? await store.get(proxy) : undefined
    if (!dataplane) return end(stream, grpc.status.NOT_FOUND, `there is no ${describe(proxy)} whose health could be told`)
    const doubt = await doubtOf(authenticator, dataplane.resource, stream.metadata.get('authorization')[0]?.toString())
    if (doubt !== undefined) return end(stream, grpc.status.UNAUTHENTICATED, doubt)
    if (!streams.has(stream)) return
    const watched = { node: identity, dataplane, told: Buffer.alloc(0) }
    streams.set(stream, watched)
    tell(stream, watched)
  }

  async function report(watched: Watched, message: Message): Promise<void> {
    if (message.requestType?.$case !== 'endpointHealthResponse') return
    const { node, dataplane } = watched
    const spec = withHealth(dataplane.resource.spec as DataplaneSpec, message.requestType.endpointHealthResponse)
    if (!spec) return
    const { creationTime: _created, modificationTime: _modified, ...kept } = dataplane.resource
    try {
      const [stored] = await store.write([{ op: 'put', resource: { ...kept, spec }, expect: dataplane.version }])
      if (stored) watched.dataplane = stored
      log.info(`the health of ${describe(node.proxy)} has changed`)
    } catch (error) {
      if (!(error instanceof KumaError) || !(error.code === 'conflict' || error.code === 'not-found')) throw error
      // Somebody else changed it: the next report is held against what it is now.
      watched.dataplane = (await store.get(node.proxy)) ?? dataplane
    }
  }

  function serve(stream: Stream): void {
    streams.set(stream, undefined)
    // One message after the other: the first says who it is.
    let last = Promise.resolve()
    const handle = async (message: Message) => {
      if (!streams.has(stream)) return
      const watched = streams.get(stream)
      await (watched ? report(watched, message) : admit(stream, message))
    }
    stream.on('data', (message: Message) => {
      last = last
        .then(() => handle(message))
        .catch((error: Error) => {
          log.error('the health of a proxy could not be taken', { error })
          end(stream, grpc.status.UNAVAILABLE, 'the health could not be taken')
        })
    })
    stream.on('end', () => {
      streams.delete(stream)
      stream.end()
    })
    for (const over of ['error', 'cancelled', 'close']) stream.on(over, () => streams.delete(stream))
  }

  return {
    definition: service,
    handlers: { streamHealthCheck: serve },
    close() {
      stopWatching()
      for (const stream of streams.keys()) end(stream, grpc.status.UNAVAILABLE, 'the control plane is shutting down')
    },
  }
}
