import { contentVersion } from '../../src/server/content-version.js'
import { type DeltaRequest, delta } from '../../src/server/delta.js'
import type { Protocol } from '../../src/server/protocol.js'
import { type SotwRequest, sotw } from '../../src/server/sotw.js'
import { type StreamState, newStream } from '../../src/server/stream-state.js'
import type { ResourceTypeName, Snapshot } from '../../src/translate/snapshot.js'
import type { Ask, Case, Subject } from './case.js'
import { seenIn, snapshotOf } from './world.js'

type FullAsk = Ask & { readonly responseNonce: string; readonly versionInfo: string }

/** The version that a client has which has all of a type. */
export const currentVersion = (snapshot: Snapshot, type: ResourceTypeName) => contentVersion(snapshot[type].values())

/** What a client claims to have, as versions. */
export function claimed(snapshot: Snapshot, { type, has = {} }: Ask): Record<string, string> {
  return Object.fromEntries(
    Object.entries(has).map(([name, which]) => [name, which === 'current' ? (snapshot[type].get(name)?.version ?? '') : 'another']),
  )
}

export interface Protocols {
  readonly sotw: Protocol<SotwRequest>
  readonly delta: Protocol<DeltaRequest>
}

/** The reducers alone, without a stream. @param protocols others than the real ones, to see them found out */
export function reducers(which: Case['protocol'], protocols: Protocols = { sotw, delta }): Subject {
  let snapshot = snapshotOf({})
  if (which === 'sotw') {
    return subject(
      protocols.sotw,
      snapshotOf({}),
      (next) => (snapshot = next),
      ({ type, names = [], responseNonce, versionInfo, error }) => {
        const version = versionInfo === 'current' ? currentVersion(snapshot, type) : versionInfo
        return { type, names, nonce: responseNonce, version, error }
      },
    )
  }
  return subject(
    protocols.delta,
    snapshot,
    (next) => (snapshot = next),
    (ask) => {
      const { type, subscribe = [], unsubscribe = [], responseNonce: nonce, error } = ask
      return { type, subscribe, unsubscribe, initialVersions: claimed(snapshot, ask), nonce, error }
    },
  )
}

function subject<Request>(
  protocol: Protocol<Request>,
  initial: Snapshot,
  onSnapshot: (snapshot: Snapshot) => void,
  request: (ask: FullAsk) => Request,
): Subject {
  let state: StreamState = newStream('')
  let world = initial
  return {
    async apply(next) {
      world = snapshotOf(next)
      onSnapshot(world)
      state = protocol.update(state, world)
    },
    async send(ask) {
      state = protocol.receive(state, request(ask)).state
    },
    async hear() {
      const { state: after, response } = protocol.next(state)
      state = after
      if (!response) return undefined
      const { type, resources, removed, nonce } = response
      return { type, resources: resources.map((r) => seenIn(type, r.bytes)), removed, nonce, version: contentVersion(resources) }
    },
  }
}
