import type { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import type { ResourceTypeName, SealedResource, Snapshot } from '../translate/snapshot.js'
import { endpointTexts } from './behaviour.js'
import { type ReadChain, readChains } from './chains.js'
import { destinationsOf, isDead } from './destinations.js'
import type { Admission, Caller } from './permissions.js'

/** A proxy before and after. */
export interface Sides {
  readonly before: Snapshot
  readonly after: Snapshot
}

export interface DropQuestions extends Sides {
  readonly callersBefore: readonly Caller[]
  readonly callersAfter: readonly Caller[]
  readonly admission: Admission
}

/** Why traffic that got through a resource does so no more; empty where all of it does. */
export function dropsOf(
  type: ResourceTypeName,
  before: SealedResource | undefined,
  after: SealedResource | undefined,
  questions: DropQuestions,
): string[] {
  if (type === 'endpoints') {
    const lost = endpointTexts(before).length > 0 && endpointTexts(after).length === 0
    return lost && questions.after.clusters.has(before?.name ?? '') ? ['its last endpoint is gone'] : []
  }
  if (type !== 'listeners' || !before) return []
  if (!after) return ['nothing listens there any more']
  return listenerDrops(before.message as Listener, after.message as Listener, questions)
}

function listenerDrops(before: Listener, after: Listener, questions: DropQuestions): string[] {
  const [left, right] = [readChains(before, questions.before), readChains(after, questions.after)]
  const plaintext = left.some((chain) => !chain.secured) && right.every((chain) => chain.secured)
  return [
    ...(plaintext ? ['callers that speak plaintext are no longer taken'] : []),
    ...lostCallers(guarded(left), guarded(right), questions),
    ...lostDestinations(left, right, questions),
  ]
}

/** The chain in front of which permissions stand: the one that ends TLS of the mesh. */
function guarded(chains: readonly ReadChain[]): ReadChain | undefined {
  return chains.find(({ secured }) => secured) ?? chains[0]
}

function lostCallers(before: ReadChain | undefined, after: ReadChain | undefined, questions: DropQuestions): string[] {
  const admitted = questions.admission(after, questions.callersAfter)
  const still = new Set(questions.callersAfter.map(({ name }) => name))
  const lost = [...questions.admission(before, questions.callersBefore)].filter((name) => still.has(name) && !admitted.has(name)).sort()
  return lost.map((name) => `"${name}" is no longer let in`)
}

/** Parts of the traffic that went somewhere and lead nowhere now. */
function lostDestinations(left: readonly ReadChain[], right: readonly ReadChain[], { before, after }: Sides): string[] {
  const known = new Map(left.flatMap(destinationsOf).map((destination) => [destination.subject, destination]))
  const dead = right.flatMap(destinationsOf).flatMap(({ subject, clusters }) => {
    const gone = clusters.filter(({ name }) => isDead(name, after)).map(({ name }) => name)
    const was = known.get(subject)?.clusters ?? []
    const knew = new Set(was.filter(({ name }) => isDead(name, before)).map(({ name }) => name))
    return gone.filter((name) => !knew.has(name)).map((name) => `${subject} leads to "${name}", which has no endpoint`)
  })
  const everything = (chains: readonly ReadChain[]) =>
    chains.some((chain) => destinationsOf(chain).some(({ subject }) => /(^|: )prefix \/$/.test(subject)))
  const unmatched =
    everything(left) && !everything(right) && right.some(({ hcm }) => hcm) ? ['requests that no route matches are answered 404'] : []
  return [...new Set([...dead, ...unmatched])]
}
