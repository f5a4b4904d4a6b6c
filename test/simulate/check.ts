import { type OutcomeKind, type SimulatedRequest, createSimulator } from '../../src/simulate/index.js'
import { freePorts } from '../../scripts/ports.js'
import { startApplications } from './applications.js'
import { type Answer, createAsker } from './ask.js'
import { Dice } from './dice.js'
import { judge } from './judge.js'
import { testCertificate } from '../../src/testing/test-certificate.js'
import { startProxies } from './live.js'
import { outboundsOfEach } from './mesh.js'
import { type Question, randomQuestion } from './requests.js'
import { type Way, ways, waysOf } from './ways.js'
import { type RandomWorld, randomWorld } from './world.js'

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
  /** How many lead over what. */
  readonly over: Readonly<Record<Way, number>>
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
  const [inbound = 0, application = 0, zoneProxy = 0, ...others] = await freePorts(5 + outboundsOfEach)
  const ports = { inbound, application, zoneProxy, gateway: others.slice(0, 2), outbound: others.slice(2) }
  const certificate = await testCertificate()
  const all = Array.from({ length: meshes }, (_, index) => randomWorld(dice, index, ports, certificate))
  const kinds: Record<OutcomeKind, number> = { delivered: 0, denied: 0, answered: 0, failed: 0, unknown: 0 }
  const over = Object.fromEntries(ways.map((way) => [way, 0])) as Record<Way, number>
  const differences: Difference[] = []
  let [requests, certain] = [0, 0]
  for (let start = 0; start < all.length; start += batchSize) {
    const batch = all.slice(start, start + batchSize)
    await withProxies(envoy, batch, application, async (ask) => {
      const questions = batch.flatMap((world) => {
        const simulator = createSimulator(world.fleet, { otherZones: [world.otherZone] })
        return Array.from({ length: requestsEach }, () => ({ world, simulator, question: randomQuestion(dice, world) }))
      })
      await inParallel(questions, async ({ world, simulator, question }) => {
        const { request } = question
        const simulation = simulator.simulate(request)
        const [likeliest] = simulation.outcomes
        const answer = await ask(question)
        const faults = judge(request, simulation, answer)
        requests++
        if (likeliest) kinds[likeliest.kind]++
        for (const way of waysOf(question, simulation)) over[way]++
        if (new Set(simulation.outcomes.map(({ kind, status }) => `${kind} ${status}`)).size === 1) certain++
        if (faults.length > 0) differences.push({ mesh: world.name, request, faults, answer })
      })
    })
    progress(`${requests} requests, ${differences.length} differences`)
  }
  return { requests, kinds, certain, over, differences }
}

type Ask = (question: Question) => Promise<Answer>

async function withProxies(
  envoy: string,
  batch: readonly RandomWorld[],
  application: number,
  use: (ask: Ask) => Promise<void>,
): Promise<void> {
  const addresses = batch.flatMap(({ applications }) => applications)
  const stopApplications = await startApplications(addresses, application)
  const asker = createAsker()
  try {
    const proxies = await startProxies(envoy, batch)
    try {
      await use(({ entrance: { address, port }, request }) => asker.ask(address, port, request))
    } finally {
      await proxies.stop()
    }
  } finally {
    asker.close()
    await stopApplications()
  }
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
