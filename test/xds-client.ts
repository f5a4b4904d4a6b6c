import grpc from '@grpc/grpc-js'
import type { Node } from '../src/gen/envoy/config/core/v3/base.js'
import {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
  DiscoveryRequest,
  DiscoveryResponse,
} from '../src/gen/envoy/service/discovery/v3/discovery.js'
import { type ResourceTypeName, resourceTypes } from '../src/translate/snapshot.js'

/** A response of either protocol. */
export interface XdsResponse {
  readonly type: ResourceTypeName
  readonly typeUrl: string
  /** The resources' messages; names as delta says them, empty in SotW. */
  readonly resources: readonly { readonly name: string; readonly version: string; readonly bytes: Uint8Array }[]
  readonly removed: readonly string[]
  readonly nonce: string
  readonly version: string
  readonly controlPlane: string
}

export interface XdsClientOptions {
  readonly address: string
  /** CA of the server; absent: plain text. */
  readonly ca?: string
  readonly authorization?: string
  /** Options of the gRPC channel. */
  readonly channel?: grpc.ChannelOptions
}

export const typeUrlOf = (type: ResourceTypeName) => resourceTypes.find(({ name }) => name === type)?.typeUrl ?? ''
const typeNamed = (url: string | undefined) => resourceTypes.find(({ typeUrl }) => typeUrl === url)?.name ?? 'clusters'

interface Codec<Request, Response> {
  readonly method: string
  encode(request: Request): Uint8Array
  decode(bytes: Uint8Array): Response
  read(response: Response): XdsResponse
}

const sotwCodec: Codec<DiscoveryRequest, DiscoveryResponse> = {
  method: 'StreamAggregatedResources',
  encode: (request) => DiscoveryRequest.encode(request).finish(),
  decode: (bytes) => DiscoveryResponse.decode(bytes),
  read: ({ typeUrl = '', resources = [], nonce = '', versionInfo: version = '', controlPlane }) => ({
    type: typeNamed(typeUrl),
    typeUrl,
    resources: resources.map((any) => {
      if (any.typeUrl !== typeUrl) throw new Error(`an ${any.typeUrl} in a response of ${typeUrl}`)
      return { name: '', version: '', bytes: any.value ?? new Uint8Array() }
    }),
    removed: [],
    nonce,
    version,
    controlPlane: controlPlane?.identifier ?? '',
  }),
}

const deltaCodec: Codec<DeltaDiscoveryRequest, DeltaDiscoveryResponse> = {
  method: 'DeltaAggregatedResources',
  encode: (request) => DeltaDiscoveryRequest.encode(request).finish(),
  decode: (bytes) => DeltaDiscoveryResponse.decode(bytes),
  read: ({ typeUrl = '', resources = [], removedResources = [], nonce = '', systemVersionInfo: version = '', controlPlane }) => ({
    type: typeNamed(typeUrl),
    typeUrl,
    resources: resources.map(({ name = '', version: own = '', resource }) => {
      if (resource?.typeUrl !== typeUrl) throw new Error(`an ${resource?.typeUrl} in a response of ${typeUrl}`)
      return { name, version: own, bytes: resource.value ?? new Uint8Array() }
    }),
    removed: removedResources,
    nonce,
    version,
    controlPlane: controlPlane?.identifier ?? '',
  }),
}

/** One ADS stream. */
export interface XdsStream<Request> {
  send(request: Request): void
  /** Sends bytes as they are, be they a request or not. */
  sendRaw(bytes: Buffer): void
  /** The next response. Fails with the gRPC error when the stream ends. */
  next(): Promise<XdsResponse>
  /** How the stream ended. */
  readonly ended: Promise<grpc.StatusObject>
  /** Responses that came and were not asked for. */
  readonly waiting: number
  /** Stops reading, as a client does that hangs. */
  hang(): void
  /** Ends the stream from the client's side and its connection with it. */
  close(): void
}

export const sotwClient = (options: XdsClientOptions): XdsStream<DiscoveryRequest> => open(options, sotwCodec)
export const deltaClient = (options: XdsClientOptions): XdsStream<DeltaDiscoveryRequest> => open(options, deltaCodec)

export const nodeOf = (id: string, metadata: Record<string, unknown> = {}): Node => ({ id, metadata })

function open<Request, Response>(
  { address, ca, authorization, channel }: XdsClientOptions,
  codec: Codec<Request, Response>,
): XdsStream<Request> {
  const credentials = ca === undefined ? grpc.credentials.createInsecure() : grpc.credentials.createSsl(Buffer.from(ca))
  const client = new grpc.Client(address, credentials, {
    'grpc.max_receive_message_length': 256 << 20,
    'grpc.use_local_subchannel_pool': 1,
    ...channel,
  })
  const metadata = new grpc.Metadata()
  if (authorization !== undefined) metadata.set('authorization', authorization)
  const asItIs = (bytes: Buffer) => bytes
  const path = `/envoy.service.discovery.v3.AggregatedDiscoveryService/${codec.method}`
  const call = client.makeBidiStreamRequest(path, asItIs, asItIs, metadata)
  const inbox: XdsResponse[] = []
  const readers: { resolve(response: XdsResponse): void; reject(error: Error): void }[] = []
  let failure: Error | undefined
  const fail = (error: Error) => {
    failure ??= error
    for (const reader of readers.splice(0)) reader.reject(failure)
  }
  call.on('data', (bytes: Buffer) => {
    const response = codec.read(codec.decode(bytes))
    const reader = readers.shift()
    if (reader) reader.resolve(response)
    else inbox.push(response)
  })
  call.on('error', fail)
  const ended = new Promise<grpc.StatusObject>((resolve) => call.on('status', resolve))
  void ended.then((status) => fail(new Error(`the stream ended: ${status.code} ${status.details}`)))
  return {
    ended,
    get waiting() {
      return inbox.length
    },
    send: (request) => void call.write(Buffer.from(codec.encode(request))),
    sendRaw: (bytes) => void call.write(bytes),
    next: () =>
      new Promise((resolve, reject) => {
        const response = inbox.shift()
        if (response) resolve(response)
        else if (failure) reject(failure)
        else readers.push({ resolve, reject })
      }),
    hang: () => void call.pause(),
    close: () => {
      call.cancel()
      client.close()
    },
  }
}
