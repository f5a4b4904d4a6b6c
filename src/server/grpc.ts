import grpc from '@grpc/grpc-js'
import type { Duplex } from 'node:stream'
import type { CertificatePair } from './certificates.js'
import type { EndReason, SessionHost, SessionLimits, Transport } from './session-host.js'
import { messageWriter } from './frame.js'
import { createPushQueue } from './push-queue.js'
import { type Sender, createSendBudget } from './send-budget.js'
import { StreamSession } from './session.js'
import { type StreamKind, deltaStream, sotwStream } from './stream-kind.js'

export interface AdsServerOptions {
  readonly host: SessionHost
  /** Which control plane this is: told in each response. */
  readonly instanceId: string
  readonly limits?: Partial<SessionLimits>
  /** Bytes that may be under way to all clients together. Default: 8 MiB. */
  readonly inFlightBytes?: number
  /** Streams of all clients together; more are refused. Default: 20,000. */
  readonly maxStreams?: number
  /** Streams of one connection. Default: 10,000, for load balancers and tools that share connections. */
  readonly maxStreamsPerConnection?: number
  /** A client that is silent is asked whether it is there after so long, and has as long to answer, in milliseconds. Default: 30 s. */
  readonly keepaliveMs?: number
  /** Greatest message that a client may send, in bytes. Default: 4 MiB. */
  readonly maxRequestBytes?: number
  /** What else the same clients find on their connections. */
  readonly services?: readonly GrpcService[]
}

/** A service beside the discovery service. */
export interface GrpcService {
  readonly definition: grpc.ServiceDefinition
  readonly handlers: grpc.UntypedServiceImplementation
  /** Ends its streams. */
  close(): void
}

/** Aggregated Discovery Service over gRPC. */
export interface AdsServer {
  /** Number of open streams. */
  readonly streams: number
  /**
   * Listens. `port` 0: any that is free.
   * @returns the port
   */
  listen(options: { readonly host?: string; readonly port: number; readonly certificate?: CertificatePair }): Promise<number>
  /**
   * Serves connections that somebody else accepted, TLS already taken off. `drain` ends their streams one after the other within
   * the time that is given, so that the clients don't come back all at once, and then the connections.
   */
  connections(): { injectConnection(connection: Duplex): void; drain(graceMs: number): void }
  /** Ends all streams, spread over `drainMs` so that the clients don't come back all at once. Default: at once. */
  close(drainMs?: number): Promise<void>
}

type AdsCall = grpc.ServerDuplexStream<Buffer, Buffer>

const statuses: Readonly<Record<EndReason, grpc.status>> = {
  'invalid-argument': grpc.status.INVALID_ARGUMENT,
  unauthenticated: grpc.status.UNAUTHENTICATED,
  'permission-denied': grpc.status.PERMISSION_DENIED,
  'not-found': grpc.status.NOT_FOUND,
  'resource-exhausted': grpc.status.RESOURCE_EXHAUSTED,
  'deadline-exceeded': grpc.status.DEADLINE_EXCEEDED,
  unavailable: grpc.status.UNAVAILABLE,
  ok: grpc.status.OK,
}

const asItIs = (bytes: Buffer) => bytes
const path = '/envoy.service.discovery.v3.AggregatedDiscoveryService/'
const method = (name: string) => ({
  path: path + name,
  requestStream: true,
  responseStream: true,
  requestSerialize: asItIs,
  requestDeserialize: asItIs,
  responseSerialize: asItIs,
  responseDeserialize: asItIs,
})

/** The service as it goes over the wire. */
const aggregatedDiscoveryService = {
  streamAggregatedResources: method('StreamAggregatedResources'),
  deltaAggregatedResources: method('DeltaAggregatedResources'),
} satisfies grpc.ServiceDefinition

export function createAdsServer(options: AdsServerOptions): AdsServer {
  const { maxStreams = 20_000, maxStreamsPerConnection = 10_000, keepaliveMs = 30_000, maxRequestBytes = 4 << 20 } = options
  const budget = createSendBudget(options.inFlightBytes ?? 8 << 20, () => performance.now())
  // One at a time: what is large must not delay what others are told first.
  const turns = createPushQueue<Sender>(
    (sender) => sender.proceed(),
    () => performance.now(),
    0,
  )
  const server = new grpc.Server({
    'grpc.max_concurrent_streams': maxStreamsPerConnection,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveMs,
    // What is a little too long is refused by the session, which can say so; the library just ends the stream.
    'grpc.max_receive_message_length': 2 * maxRequestBytes,
  })
  const open = new Set<StreamSession<never>>()
  let opened = 0
  let closing = false

  function serve<Request>(kind: StreamKind<Request>, call: AdsCall): void {
    const transport = transportOf(call)
    if (closing) return transport.end('unavailable', 'the control plane is shutting down')
    if (open.size >= maxStreams)
      return refuse(transport, 'resource-exhausted', `there are ${maxStreams} streams already: no more are taken`)
    const session = new StreamSession(kind, {
      id: (++opened).toString(36),
      host: options.host,
      transport,
      credential: call.metadata.get('authorization')[0]?.toString(),
      instanceId: options.instanceId,
      limits: { ...options.limits, requestBytes: maxRequestBytes },
      budget,
      turns,
      now: () => performance.now(),
    })
    open.add(session as StreamSession<never>)
    const over = (reason: EndReason, message: string) => {
      open.delete(session as StreamSession<never>)
      session.ended(reason, message)
    }
    call.on('data', (bytes: Buffer) => session.message(bytes))
    call.on('end', () => session.end('ok', 'the client closed the stream'))
    call.on('error', (error) => over('unavailable', error.message))
    call.on('cancelled', () => over('ok', 'the client went away'))
    call.on('close', () => over('ok', 'the stream is closed'))
  }

  function refuse(transport: Transport, reason: EndReason, message: string): void {
    options.host.refused('', reason, message)
    transport.end(reason, message)
  }

  server.addService(aggregatedDiscoveryService, {
    streamAggregatedResources: (call: AdsCall) => serve(sotwStream, call),
    deltaAggregatedResources: (call: AdsCall) => serve(deltaStream, call),
  })
  const { services = [] } = options
  for (const { definition, handlers } of services) server.addService(definition, handlers)

  return {
    get streams() {
      return open.size
    },
    listen: ({ host = '127.0.0.1', port, certificate }) =>
      new Promise((resolve, reject) => {
        const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
        server.bindAsync(address, credentialsOf(certificate), (error, bound) => (error ? reject(error) : resolve(bound)))
      }),
    connections() {
      const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure())
      return {
        injectConnection: (connection) => injector.injectConnection(connection),
        drain(graceMs) {
          closing = true
          // The last streams are to hear of it before their connections go.
          void endAll([...open], 0.8 * graceMs)
          // Clients are told at once to take another connection next time; this one stays until its streams have ended.
          injector.drain(graceMs)
        },
      }
    },
    async close(drainMs = 0) {
      closing = true
      for (const service of services) service.close()
      await endAll([...open], drainMs)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          server.forceShutdown()
          resolve()
        }, 1000)
        server.tryShutdown(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    },
  }
}

function credentialsOf(certificate: CertificatePair | undefined): grpc.ServerCredentials {
  if (!certificate) return grpc.ServerCredentials.createInsecure()
  const pair = { cert_chain: Buffer.from(certificate.certificate), private_key: Buffer.from(certificate.privateKey) }
  return grpc.ServerCredentials.createSsl(null, [pair])
}

/** Few streams need no long time to be spread over, in milliseconds for each. */
const longestStepMs = 10

async function endAll(sessions: readonly StreamSession<never>[], drainMs: number): Promise<void> {
  const step = Math.min(longestStepMs, drainMs / Math.max(1, sessions.length))
  const start = performance.now()
  for (const [i, session] of sessions.entries()) {
    const wait = start + i * step - performance.now()
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
    session.end('unavailable', 'the control plane is shutting down')
  }
}

function transportOf(call: AdsCall): Transport {
  const writer = messageWriter(call, () => call.sendMetadata(new grpc.Metadata()))
  return {
    send: writer.send,
    end: (reason, message) => {
      writer.flush()
      call.removeAllListeners('data')
      call.resume()
      if (reason === 'ok') call.end()
      else if (!call.destroyed) call.emit('error', Object.assign(new Error(message), { code: statuses[reason], details: message }))
    },
    pause: () => void call.pause(),
    resume: () => void call.resume(),
  }
}
