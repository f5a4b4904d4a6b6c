import type { ConvergenceTracker } from '../../src/server/convergence.js'
import { contentVersion } from '../../src/server/content-version.js'
import { delta } from '../../src/server/delta.js'
import type { Protocol } from '../../src/server/protocol.js'
import type { Session, SessionHost, Transport } from '../../src/server/session-host.js'
import { StreamSession } from '../../src/server/session.js'
import { sotw } from '../../src/server/sotw.js'
import type { Response } from '../../src/server/stream-state.js'
import type { StreamKind } from '../../src/server/stream-kind.js'
import type { ResourceTypeName } from '../../src/translate/snapshot.js'
import { typeUrlOf } from '../xds-client.js'
import { ModelEnvoy, type ModelRequest } from './model-envoy.js'
import { type Seen, type World, seenIn, snapshotOf } from './world.js'

/** What the proxies of a simulation have in common: the changes there were, and who keeps the books. */
export interface Surroundings {
  readonly tracker: ConvergenceTracker
  readonly isDelta: boolean
  /** What its clients refuse, and whether they say the names. They ask for listeners at once: Envoy does so after a while, whatever it refused. */
  readonly refusing?: { refuses(type: ResourceTypeName, resource: Seen): boolean; readonly namesGuilty: boolean }
}

/**
 * A model of Envoy at a real session, without sockets: what is on its way in either direction waits until the simulation lets
 * it arrive. It keeps what it has when its stream ends, and starts with nothing when it connects again.
 */
export class SimulatedProxy {
  readonly key: { readonly type: 'Dataplane'; readonly mesh: 'default'; readonly name: string }
  /** What it is to have, by change. */
  readonly worlds: World[] = []
  client: ModelEnvoy | undefined
  session: Session | undefined
  /** Its configuration is to be worked out. */
  due = false
  private stream: StreamSession<ModelRequest> | undefined
  private readonly toClient: Response[] = []

  constructor(
    name: string,
    private readonly around: Surroundings,
  ) {
    this.key = { type: 'Dataplane', mesh: 'default', name }
  }

  async connect(): Promise<void> {
    if (this.stream) return
    const { isDelta, refusing } = this.around
    this.client = new ModelEnvoy(isDelta, refusing?.refuses, refusing?.namesGuilty, refusing !== undefined)
    this.toClient.length = 0
    const transport: Transport = {
      send: (message, onSent) => {
        this.toClient.push((message as unknown as Sealed).response)
        onSent()
      },
      end: () => {},
      pause() {},
      resume() {},
    }
    const options = { id: this.key.name, host: this.host(), transport, credential: undefined, instanceId: '', now: () => 0 }
    this.stream = new StreamSession(kindOf(isDelta, this.key.name), options)
    this.reads()
    // Admission is asynchronous.
    while (!this.session) await Promise.resolve()
  }

  disconnect(): void {
    this.stream?.ended('ok', 'gone')
    this.stream = undefined
    this.session = undefined
    this.due = false
  }

  /** What it is to have is worked out, if that is due. */
  translate(): boolean {
    const world = this.worlds.at(-1)
    if (!this.due || !this.session || !world) return false
    this.due = false
    this.session.update(snapshotOf(world))
    this.around.tracker.given(this.session)
    return true
  }

  /** The server reads one request. */
  reads(): boolean {
    const request = this.stream && this.client?.out.shift()
    if (request) this.stream?.message(parcel(request))
    return request !== undefined
  }

  /** The client reads one response. */
  takes(): boolean {
    const response = this.stream && this.toClient.shift()
    if (!response) return false
    const { type, nonce, removed, resources } = response
    const seen = resources.map((r) => seenIn(type, r.bytes))
    this.client?.receive({ type, nonce, removed, version: contentVersion(resources), resources: seen })
    return true
  }

  private host(): SessionHost {
    const { tracker } = this.around
    return {
      admit: async () => ({ ok: true }),
      joined: (session) => {
        this.session = session
        this.due = true
        tracker.joined(session)
      },
      left: (session) => tracker.left(session),
      refused() {},
      answered() {},
      sent() {},
      rested: (session) => tracker.rested(session),
      delivered() {},
    }
  }
}

/** A response that is not written as bytes. */
interface Sealed {
  readonly response: Response
}

/** Requests go from hand to hand; nothing here is about bytes. */
const parcels = new WeakMap<Uint8Array, ModelRequest>()
function parcel(request: ModelRequest): Uint8Array {
  const bytes = new Uint8Array()
  parcels.set(bytes, request)
  return bytes
}

function kindOf(isDelta: boolean, name: string): StreamKind<ModelRequest> {
  const protocol: Protocol<ModelRequest> = {
    ...(isDelta ? delta : sotw),
    receive(state, { type, names, added, dropped, nonce, version, error }) {
      if (!isDelta) return sotw.receive(state, { type, names, nonce, version, error })
      return delta.receive(state, { type, subscribe: added, unsubscribe: dropped, initialVersions: {}, nonce, error })
    },
  }
  return {
    name: isDelta ? 'delta' : 'sotw',
    protocol,
    responder: () => (response) =>
      ({ byteLength: 1, parts: [], response }) as ReturnType<ReturnType<StreamKind<ModelRequest>['responder']>>,
    decode(bytes) {
      const request = parcels.get(bytes)
      if (!request) throw new Error('no request of this simulation')
      return { node: { id: `default.${name}` }, typeUrl: typeUrlOf(request.type), nonce: request.nonce, about: () => request }
    },
  }
}
