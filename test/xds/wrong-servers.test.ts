import { expect, it } from 'vitest'
import { type DeltaRequest, delta } from '../../src/server/delta.js'
import type { Protocol } from '../../src/server/protocol.js'
import { type SotwRequest, sotw } from '../../src/server/sotw.js'
import { type Response, type StreamState, withType } from '../../src/server/stream-state.js'
import { type ResourceTypeName, resourceTypes } from '../../src/translate/snapshot.js'
import { type Case, runCase } from './case.js'
import { deltaCases } from './delta-cases.js'
import { reducers } from './reducers.js'
import { sotwCases } from './sotw-cases.js'

/** Servers with one mistake each: the rules have to find every one of them. */

const listening = <R>(right: Protocol<R>, hears: (request: R, state: StreamState) => R): Protocol<R> => ({
  ...right,
  receive: (state, request) => right.receive(state, hears(request, state)),
})

/** @param says undefined: nothing */
const saying = <R>(right: Protocol<R>, says: (response: Response) => Response | undefined): Protocol<R> => ({
  ...right,
  next(state) {
    const next = right.next(state)
    const response = next.response && says(next.response)
    return next.response && !response ? this.next(next.state) : { state: next.state, response }
  },
})

/** Takes the client to have nothing. */
const forgetful = (state: StreamState, type: ResourceTypeName) => withType(state, type, { sent: new Map(), dirty: true, due: 'yes' })
const twice = (response: Response): Response => ({ ...response, resources: [...response.resources, ...response.resources] })
const isEmpty = ({ resources, removed }: Response) => resources.length === 0 && removed.length === 0
const asksForAll = new Set<ResourceTypeName>(resourceTypes.flatMap(({ name, fullState }) => (fullState ? [name] : [])))

const sotwMistakes: Readonly<Record<string, Protocol<SotwRequest>>> = {
  'takes outdated requests for new ones': listening(sotw, (r, { types }) =>
    r.nonce === '' ? r : { ...r, nonce: types[r.type].nonce ?? '' },
  ),
  'takes refusals for acknowledgements': listening(sotw, (r) => ({ ...r, error: undefined })),
  'knows a refusal by its version': listening(sotw, (r) => ({ ...r, error: r.nonce !== '' && r.version === '' ? 'refused' : undefined })),
  'always takes no names for everything': listening(sotw, (r) => (r.names.length === 0 ? { ...r, names: ['*'] } : r)),
  'takes names for everything': listening(sotw, (r) => ({ ...r, names: [] })),
  'takes a star for a name': listening(sotw, (r) => ({ ...r, names: r.names.map((name) => name.replace('*', 'star')) })),
  'adds names up': listening(sotw, (r, { types }) =>
    r.names.length === 0 ? r : { ...r, names: [...new Set([...(types[r.type].subscription?.names ?? []), ...r.names])] },
  ),
  'sends what did not change': {
    ...sotw,
    update: (state, snapshot) =>
      sotw.update(
        resourceTypes.reduce((s, { name }) => forgetful(s, name), state),
        snapshot,
      ),
  },
  'answers acknowledgements': {
    ...sotw,
    receive(state, request) {
      const received = sotw.receive(state, request)
      return received.outcome === 'acknowledged' ? { ...received, state: forgetful(received.state, request.type) } : received
    },
  },
  'names a resource twice': saying(sotw, twice),
  'tells part of the clusters': saying(sotw, (r) => (asksForAll.has(r.type) ? { ...r, resources: r.resources.slice(-1) } : r)),
  'says nothing where there is nothing': saying(sotw, (r) => (isEmpty(r) ? undefined : r)),
  'gives no nonce': saying(sotw, (r) => ({ ...r, nonce: '' })),
  'gives the same nonce again': saying(sotw, (r) => ({ ...r, nonce: '1' })),
  'lets changed clusters wait for their endpoints': {
    ...sotw,
    next(state) {
      const next = sotw.next(state)
      const { sent, dirty } = state.types.endpoints
      return next.response?.type === 'clusters' ? { ...next, state: withType(next.state, 'endpoints', { sent, dirty }) } : next
    },
  },
}

const deltaMistakes: Readonly<Record<string, Protocol<DeltaRequest>>> = {
  'does not hear what is given up': listening(delta, (r) => ({ ...r, unsubscribe: [] })),
  'takes what is given up for asked': listening(delta, (r) => ({ ...r, subscribe: [...r.subscribe, ...r.unsubscribe], unsubscribe: [] })),
  'does not answer what is asked again': listening(delta, (r, { types }) => {
    const known = types[r.type].subscription?.names
    return { ...r, subscribe: r.subscribe.filter((name) => !known?.has(name)) }
  }),
  'ignores subscriptions with an outdated nonce': listening(delta, (r, { types }) =>
    r.nonce !== '' && r.nonce !== types[r.type].nonce ? { ...r, subscribe: [], unsubscribe: [] } : r,
  ),
  'does not say what is missing': saying(delta, (r) => {
    const rest = { ...r, removed: [] }
    return isEmpty(rest) && !isEmpty(r) ? undefined : rest
  }),
  'forgets interest in what is missing': {
    ...delta,
    next(state) {
      const next = delta.next(state)
      const { type, removed } = next.response ?? {}
      const subscription = type && next.state.types[type].subscription
      if (!type || !removed || !subscription) return next
      const names = new Set([...subscription.names].filter((name) => !removed.includes(name)))
      return { ...next, state: withType(next.state, type, { subscription: { ...subscription, names } }) }
    },
  },
  'does not look at what the client has': listening(delta, (r) => ({ ...r, initialVersions: {} })),
  'believes that the client has everything': listening(delta, (r, { stage, types }) => {
    if (types[r.type].subscription) return r
    return { ...r, initialVersions: Object.fromEntries([...(stage?.serving[r.type] ?? [])].map(([name, { version }]) => [name, version])) }
  }),
  'takes refusals for acknowledgements': listening(delta, (r) => ({ ...r, error: undefined })),
  'takes an empty first request for nothing': listening(delta, (r) => (r.subscribe.length === 0 ? { ...r, unsubscribe: ['*'] } : r)),
  'names a resource twice': saying(delta, twice),
  'says nothing where there is nothing': saying(delta, (r) => (isEmpty(r) ? undefined : r)),
  'sends what did not change': {
    ...delta,
    update: (state, snapshot) =>
      delta.update(
        resourceTypes.reduce((s, { name }) => forgetful(s, name), state),
        snapshot,
      ),
  },
  'gives the same nonce again': saying(delta, (r) => ({ ...r, nonce: '1' })),
}

async function broken(cases: readonly Case[], protocols: Partial<Parameters<typeof reducers>[1]>): Promise<readonly string[]> {
  const faults: string[] = []
  for (const rule of cases) {
    if (await runCase(rule, reducers(rule.protocol, { sotw, delta, ...protocols }))) faults.push(rule.rule)
  }
  return faults
}

it.each(Object.entries(sotwMistakes))('state of the world: a server that %s', async (_, protocol) => {
  expect(await broken(sotwCases, { sotw: protocol })).not.toEqual([])
})

it.each(Object.entries(deltaMistakes))('incremental: a server that %s', async (_, protocol) => {
  expect(await broken(deltaCases, { delta: protocol })).not.toEqual([])
})
