import { DeltaDiscoveryRequest, DiscoveryRequest } from '../../../src/gen/envoy/service/discovery/v3/discovery.js'
import { StreamSession } from '../../../src/server/session.js'
import type { Session, SessionHost } from '../../../src/server/session-host.js'
import { deltaStream, sotwStream } from '../../../src/server/stream-kind.js'
import { resourceTypes } from '../../../src/translate/snapshot.js'
import { createFleet } from '../../../src/translate/fleet.js'
import { stored } from '../../translated.js'
import type { MakeTarget } from '../target.js'

const { snapshot } = createFleet(
  stored(
    `type: Mesh\nname: default\n---\ntype: Dataplane\nmesh: default\nname: dp-1\nnetworking: {address: 10.0.0.1, inbound: [{port: 80, tags: {kuma.io/service: a}}], outbound: [{port: 90, tags: {kuma.io/service: a}}]}\n`,
  ),
).translate({ mesh: 'default', name: 'dp-1' })

const host: SessionHost = {
  admit: async () => ({ ok: true }),
  joined: (session: Session) => session.update(snapshot),
  left() {},
  refused() {},
  answered() {},
  sent() {},
  rested() {},
  delivered() {},
}

/** A stream as a client sees it: what was sent to it is thrown away. */
export function streamOf(kind: typeof sotwStream | typeof deltaStream): {
  message(bytes: Uint8Array): void
  ended(): boolean
  end(): void
} {
  let ended = false
  const transport = {
    send: (_: unknown, onSent: () => void) => onSent(),
    end() {
      ended = true
    },
    pause() {},
    resume() {},
  }
  const options = { id: 's', host, transport, credential: undefined, instanceId: 'cp-1', now: () => 0 }
  const session = kind === sotwStream ? new StreamSession(sotwStream, options) : new StreamSession(deltaStream, options)
  return { message: (bytes) => session.message(bytes), ended: () => ended, end: () => session.end('ok', '') }
}

const node = { id: 'default.dp-1' }
/** One of each type, in both protocols. */
export const xdsRequests = resourceTypes.flatMap(({ typeUrl }) => [
  DiscoveryRequest.encode({ node, typeUrl, resourceNames: ['a'], responseNonce: '1' }).finish(),
  DeltaDiscoveryRequest.encode({ node, typeUrl, resourceNamesSubscribe: ['*', 'a'], initialResourceVersions: { a: '1' } }).finish(),
])

/** Messages of a client: a byte for the length, then so many bytes. The stream goes on or ends, and nothing else happens. */
export const xds: MakeTarget = () => ({
  seeds: [...xdsRequests, ...xdsRequests.map((_, i) => Buffer.concat([first(xdsRequests[0]), first(xdsRequests[i])]))],
  async run(input) {
    for (const kind of [sotwStream, deltaStream]) {
      const stream = streamOf(kind)
      let at = 0
      while (at < input.length && !stream.ended()) {
        const length = input[at] ?? 0
        stream.message(input.subarray(at + 1, at + 1 + length))
        at += 1 + length
        await Promise.resolve()
      }
      stream.end()
    }
  },
})

function first(request: Uint8Array | undefined): Uint8Array {
  const bytes = (request ?? new Uint8Array()).subarray(0, 255)
  return Buffer.concat([Uint8Array.of(bytes.length), bytes])
}
