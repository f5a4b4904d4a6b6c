import { type OutcomeKind, type SimulatedRequest, createSimulator } from '../../src/simulate/index.js'
import { freePorts } from '../../scripts/ports.js'
import { startApplications } from './applications.js'
import { type Answer, createAsker } from './ask.js'
import { Dice } from './dice.js'
import { judge } from './judge.js'
import { startProxies } from './live.js'
import { type Ports, type RandomMesh, outboundsOfEach, randomMesh } from './mesh.js'
import { randomRequest } from './requests.js'

export interface CheckOptions {
  readonly seed: number
  readonly meshes: number
  readonly requestsEach: number
  /** Told of each batch of meshes that is through. */
  readonly progress?: (text: string) => void
}

export interface Difference {
  readonly mesh: string
  readonly request: SimulatedRequest
  readonly faults: readonly string[]
  readonly answer: Answer
}

export interface CheckReport {
  readonly requests: number
  /** How many were foretold to end so, the likeliest way counted. */
  readonly kinds: Readonly<Record<OutcomeKind, number>>
  /** How many had one foretold outcome only, or outcomes that differ in the endpoint alone. */
  readonly certain: number
  readonly differences: readonly Difference[]
}

/** Meshes that one Envoy process carries. */
const batchSize = 20
/** Requests under way at once. */
const atOnce = 24

/** Sends random requests through random meshes of real Envoys, and compares with what `simulate` foretells. */
export async function checkSimulation(
  envoy: string,
  { seed, meshes, requestsEach, progress = () => {} }: CheckOptions,
): Promise<CheckReport> {
  const dice = new Dice(seed)
  const [inbound = 0, application = 0, ...outbound] = await freePorts(2 + outboundsOfEach)
  const ports: Ports = { inbound, application, outbound }
  const all = Array.from({ length: meshes }, (_, index) => randomMesh(dice, index, ports))
  const kinds: Record<OutcomeKind, number> = { delivered: 0, denied: 0, answered: 0, failed: 0, unknown: 0 }
  const differences: Difference[] = []
  let [requests, certain] = [0, 0]
  for (let start = 0; start < all.length; start += batchSize) {
    const batch = all.slice(start, start + batchSize)
    await withWorld(envoy, batch, ports, async (ask) => {
      const questions = batch.flatMap((mesh) => {
        const simulator = createSimulator(mesh.resources)
        return Array.from({ length: requestsEach }, () => ({ mesh, simulator, request: randomRequest(dice, mesh) }))
      })
      await inParallel(questions, async ({ mesh, simulator, request }) => {
        const simulation = simulator.simulate(request)
        const [likeliest] = simulation.outcomes
        const answer = await ask(mesh, request)
        const faults = judge(request, simulation, answer)
        requests++
        if (likeliest) kinds[likeliest.kind]++
        if (new Set(simulation.outcomes.map(({ kind, status }) => `${kind} ${status}`)).size === 1) certain++
        if (faults.length > 0) differences.push({ mesh: mesh.name, request, faults, answer })
      })
    })
    progress(`${requests} requests, ${differences.length} differences`)
  }
  return { requests, kinds, certain, differences }
}

type Ask = (mesh: RandomMesh, request: SimulatedRequest) => Promise<Answer>

async function withWorld(
  envoy: string,
  batch: readonly RandomMesh[],
  { application }: Ports,
  use: (ask: Ask) => Promise<void>,
): Promise<void> {
  const addresses = batch.flatMap((mesh) => dataplanesOf(mesh).map(({ address }) => address))
  const stopApplications = await startApplications(addresses, application)
  const asker = createAsker()
  try {
    const proxies = await startProxies(envoy, batch)
    try {
      await use((mesh, request) => {
        const caller = dataplanesOf(mesh).find(({ name }) => typeof request.from === 'object' && name === request.from.name)
        return asker.ask(caller?.address ?? '', request.port ?? 0, request)
      })
    } finally {
      await proxies.stop()
    }
  } finally {
    asker.close()
    await stopApplications()
  }
}

function dataplanesOf({ resources }: RandomMesh): { readonly name: string; readonly address: string }[] {
  return resources.flatMap(({ type, name, spec }) =>
    type === 'Dataplane' ? [{ name, address: (spec as { networking: { address: string } }).networking.address }] : [],
  )
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const item = items[next++]
      if (item) await work(item)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
