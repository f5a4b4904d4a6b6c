import type { Node } from '../../src/gen/envoy/config/core/v3/base.js'
import type { ResourceTypeName } from '../../src/translate/snapshot.js'
import { type XdsClientOptions, type XdsResponse, deltaClient, sotwClient, typeUrlOf } from '../xds-client.js'
import type { Ask, Case, Heard, Subject } from './case.js'
import { type Seen, type World, seenIn } from './world.js'

/**
 * How to make a server serve a world to a node, for judging servers that this project doesn't know. A module that exports it
 * as its default goes to `npm run xds-conformance -- --driver <file>`.
 */
export interface Driver {
  /** As whom the client presents itself. */
  readonly node: Node
  /** Makes the server serve this world to the node and nothing else. Resolves when the server knows. */
  apply(world: World): Promise<void>
  /** Name and revision of a resource as the server encodes it. Default: as the resources of `world.ts` are. */
  read?(type: ResourceTypeName, bytes: Uint8Array): Pick<Seen, 'name' | 'revision'>
  /** Where none is to come, none is taken to come after so long, in milliseconds. Default: 300. */
  readonly quietMs?: number
  /** How long to wait for a response that has to come, in milliseconds. Default: 5000. */
  readonly patienceMs?: number
}

/** One client of a server that is driven from outside. `close` ends its stream. */
export function driven(which: Case['protocol'], target: XdsClientOptions, driver: Driver): Subject & { close(): void } {
  const { node, quietMs = 300, patienceMs = 5000, read = seenIn } = driver
  const stream = which === 'sotw' ? sotwClient(target) : deltaClient(target)
  const inbox: XdsResponse[] = []
  const listeners = new Set<() => void>()
  let first = true
  const gather = async () => {
    for (;;) {
      inbox.push(await stream.next())
      for (const listener of listeners) listener()
    }
  }
  void gather().catch(() => {})

  function heard(ms: number): Promise<XdsResponse | undefined> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        listeners.delete(done)
        resolve(inbox.shift())
      }
      const timer = setTimeout(done, ms)
      if (inbox.length > 0) done()
      else listeners.add(done)
    })
  }

  return {
    async apply(world) {
      if (!first) await pause(quietMs)
      await driver.apply(world)
    },
    async send(ask) {
      const { type, names, subscribe, unsubscribe, responseNonce, versionInfo, error } = ask
      const errorDetail = error === undefined ? undefined : { code: 13, message: error }
      const common = { ...(first ? { node } : {}), typeUrl: typeUrlOf(type), responseNonce, errorDetail }
      first = false
      if (which === 'sotw') return stream.send({ ...common, resourceNames: names, versionInfo } as never)
      const initialResourceVersions = await versionsOf(target, driver, ask)
      stream.send({ ...common, resourceNamesSubscribe: subscribe, resourceNamesUnsubscribe: unsubscribe, initialResourceVersions } as never)
    },
    async hear(expected): Promise<Heard | undefined> {
      const response = await heard(expected ? patienceMs : quietMs)
      if (!response) return undefined
      const { type, resources, removed, nonce, version } = response
      return { type, resources: resources.map(({ bytes }) => read(type, bytes)), removed, nonce, version }
    },
    close: () => stream.close(),
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** What a client claims to have: its versions are asked of the server on a stream of their own. */
async function versionsOf(target: XdsClientOptions, { node }: Driver, { type, has }: Ask): Promise<Record<string, string> | undefined> {
  if (!has) return undefined
  const stream = deltaClient(target)
  const current = Object.entries(has).flatMap(([name, which]) => (which === 'current' ? [name] : []))
  const versions = new Map<string, string>()
  if (current.length > 0) {
    stream.send({ node, typeUrl: typeUrlOf(type), resourceNamesSubscribe: current })
    while (versions.size < current.length) for (const { name, version } of (await stream.next()).resources) versions.set(name, version)
  }
  stream.close()
  return Object.fromEntries(Object.keys(has).map((name) => [name, versions.get(name) ?? 'another']))
}
