import { type AdsServer, type AdsServerOptions, createAdsServer } from '../../src/server/grpc.js'
import type { Admission, EndReason, Session, SessionHost } from '../../src/server/session-host.js'
import type { Snapshot } from '../../src/translate/snapshot.js'
import { type XdsStream, deltaClient, nodeOf, sotwClient, typeUrlOf } from '../xds-client.js'
import type { Case, Heard, Subject } from './case.js'
import { claimed, currentVersion } from './reducers.js'
import { type World, seenIn, snapshotOf } from './world.js'

/** A host that serves every proxy the same hand-made world, and writes down what happens. */
export class WorldHost implements SessionHost {
  readonly sessions = new Set<Session>()
  readonly events: string[] = []
  admission: (id: string, credential: string | undefined) => Promise<Admission> = async () => ({ ok: true })
  private snapshot: Snapshot = snapshotOf({})
  private readonly watchers = new Set<() => void>()

  apply(world: World): void {
    this.snapshot = snapshotOf(world)
    for (const session of this.sessions) session.update(this.snapshot)
  }

  get current(): Snapshot {
    return this.snapshot
  }

  admit(node: { readonly id: string }, credential: string | undefined): Promise<Admission> {
    return this.admission(node.id, credential)
  }

  joined(session: Session): void {
    this.sessions.add(session)
    session.update(this.snapshot)
    this.note(`joined ${session.node.id}`)
  }

  left(session: Session, reason: EndReason): void {
    this.sessions.delete(session)
    this.note(`left ${session.node.id} ${reason}`)
  }

  refused(_: string, reason: EndReason): void {
    this.note(`refused ${reason}`)
  }

  answered(...[, type, outcome, rejection]: Parameters<SessionHost['answered']>): void {
    this.note([type, outcome, ...(rejection?.resources.map(({ name }) => name) ?? [])].join(' '))
  }

  sent(...[, type]: Parameters<SessionHost['sent']>): void {
    this.note(`sent ${type}`)
  }

  rested(): void {}

  delivered(): void {
    this.note('delivered')
  }

  /** Waits until something was noted so many times. */
  async seen(event: string, times = 1): Promise<void> {
    while (this.events.filter((e) => e === event).length < times) await new Promise<void>((resolve) => this.watchers.add(resolve))
  }

  private note(event: string): void {
    this.events.push(event)
    for (const watcher of this.watchers) watcher()
    this.watchers.clear()
  }
}

export interface Rig {
  readonly host: WorldHost
  readonly server: AdsServer
  readonly address: string
  sotw(authorization?: string): ReturnType<typeof sotwClient>
  delta(authorization?: string): ReturnType<typeof deltaClient>
  close(): Promise<void>
}

/** A server on a free port, with its host; clients made here are closed with it. */
export async function rig(options: Partial<AdsServerOptions> = {}): Promise<Rig> {
  const host = new WorldHost()
  const server = createAdsServer({ host, instanceId: 'cp-1', ...options })
  const address = `127.0.0.1:${await server.listen({ port: 0 })}`
  const clients: { close(): void }[] = []
  const keep = <C extends { close(): void }>(client: C): C => {
    clients.push(client)
    return client
  }
  return {
    host,
    server,
    address,
    sotw: (authorization) => keep(sotwClient({ address, authorization })),
    delta: (authorization) => keep(deltaClient({ address, authorization })),
    async close() {
      for (const client of clients) client.close()
      await server.close()
    },
  }
}

/** The same rules over the wire. That nothing is to come is known by asking for something else, whose answer comes last. */
export function overWire(which: Case['protocol'], { host, sotw, delta }: Rig): Subject {
  const stream: XdsStream<never> = which === 'sotw' ? sotw() : delta()
  const node = nodeOf('default.dp-1')
  let first = true
  let world: World = {}
  let probes = 0
  const inbox: Heard[] = []
  const send = (request: object) => {
    stream.send({ ...(first ? { node } : {}), ...request } as never)
    first = false
  }
  const heard = async (): Promise<Heard> => {
    const { type, resources, removed, nonce, version } = await stream.next()
    return { type, resources: resources.map(({ bytes }) => seenIn(type, bytes)), removed, nonce, version }
  }
  return {
    async apply(next) {
      // What was asked before has arrived when the change comes.
      if (!first) await gather()
      world = next
      host.apply(world)
    },
    async send(ask) {
      const { type, names, subscribe, unsubscribe, responseNonce, versionInfo, error } = ask
      const common = {
        typeUrl: typeUrlOf(type),
        responseNonce,
        errorDetail: error === undefined ? undefined : { code: 13, message: error },
      }
      if (which === 'delta') {
        const initialResourceVersions = claimed(host.current, ask)
        return send({ ...common, resourceNamesSubscribe: subscribe, resourceNamesUnsubscribe: unsubscribe, initialResourceVersions })
      }
      const current = versionInfo === 'current' ? currentVersion(host.current, type) : versionInfo
      send({ ...common, resourceNames: names, versionInfo: current })
    },
    async hear() {
      if (inbox.length === 0) await gather()
      return inbox.shift()
    },
  }

  /** Each probe has a name of its own, so that it is answered whatever was asked before. */
  async function gather(): Promise<void> {
    const typeUrl = typeUrlOf('runtimes')
    const name = `probe-${++probes}`
    host.apply({ ...world, runtimes: { [name]: 1 } })
    send(which === 'sotw' ? { typeUrl, resourceNames: [name] } : { typeUrl, resourceNamesSubscribe: [name] })
    for (let response = await heard(); response.type !== 'runtimes'; response = await heard()) inbox.push(response)
  }
}
