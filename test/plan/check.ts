import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Resource } from '../../src/core/resource.js'
import { type Impact, type ProxyPlan, plan } from '../../src/plan/index.js'
import { createFleet } from '../../src/translate/fleet.js'
import type { ResourceTypeName, Snapshot } from '../../src/translate/snapshot.js'
import { freePorts } from '../../scripts/ports.js'
import { type RunningEnvoy, startEnvoy } from '../envoy/running.js'
import { layeredRuntime } from '../../src/testing/static-config.js'
import { createIssuer } from '../simulate/live.js'
import { Dice } from '../simulate/dice.js'
import { outboundsOfEach, randomMesh } from '../simulate/mesh.js'
import { randomEdit } from './edits.js'
import { createFileXds } from './file-xds.js'
import { type Doings, type Observation, between, foretold, observe } from './observed.js'

export interface PlanCheckOptions {
  readonly seed: number
  readonly meshes: number
  /** Changes of each mesh, one after the other. */
  readonly changesEach: number
  readonly progress?: (text: string) => void
}

export interface PlanCheckReport {
  readonly changes: number
  /** How many changes a proxy met, by the class that was foretold. */
  readonly impacts: Readonly<Record<Impact, number>>
  readonly differences: readonly PlanDifference[]
}

export interface PlanDifference {
  readonly where: string
  readonly foretold: Doings
  readonly observed: Doings
  readonly plan: ProxyPlan | undefined
  readonly faults: readonly string[]
}

/** Puts random changes before a real Envoy, and compares what it does with what `plan` foretells. */
export async function checkPlans(
  envoy: string,
  { seed, meshes, changesEach, progress = () => {} }: PlanCheckOptions,
): Promise<PlanCheckReport> {
  const dice = new Dice(seed)
  const impacts: Record<Impact, number> = { 'no-op': 0, 'in-place': 0, rotates: 0, warms: 0, drains: 0, drops: 0 }
  const differences: PlanDifference[] = []
  let changes = 0
  for (let index = 0; index < meshes; index++) {
    const [inbound = 0, application = 0, ...outbound] = await freePorts(2 + outboundsOfEach)
    const { name, resources } = randomMesh(dice, index, { inbound, application, outbound })
    await withProxy(envoy, name, resources, dice, async (step) => {
      for (let i = 0; i < changesEach; i++) {
        const { found, difference } = await step(i)
        changes++
        impacts[found?.impact ?? 'no-op']++
        if (difference) differences.push({ where: `${name}, change ${i}`, ...difference })
      }
    })
    progress(`${changes} changes, ${differences.length} differences`)
  }
  return { changes, impacts, differences }
}

type Step = (index: number) => Promise<{ readonly found: ProxyPlan | undefined; readonly difference?: Omit<PlanDifference, 'where'> }>

async function withProxy(
  path: string,
  mesh: string,
  start: readonly Resource[],
  dice: Dice,
  use: (step: Step) => Promise<void>,
): Promise<void> {
  const issuer = createIssuer()
  let resources = start
  // The first two proxies have every kind of inbound and outbound, and are never taken away.
  const proxy = { mesh, name: resources.filter(({ type }) => type === 'Dataplane')[dice.below(2)]?.name ?? '' }
  const translated = async (): Promise<Snapshot> => {
    const fleet = createFleet(resources)
    return fleet.translate(proxy, { identity: await issuer(fleet, proxy) }).snapshot
  }
  let files: ReturnType<typeof createFileXds> | undefined
  const first = await translated()
  const running = await startEnvoy(
    path,
    (folder) => ({
      node: { id: 'one', cluster: 'one' },
      layeredRuntime,
      dynamicResources: (files ??= createFileXds(folder)).dynamicResources,
    }),
    async (folder) => void (await (files ??= createFileXds(folder)).write(first)),
    { drainSeconds: 3600 },
  )
  try {
    let seen = await observe(running)
    await use(async (index) => {
      const before = resources
      resources = randomEdit(dice, mesh, before, index)
      const found = plan(before, resources).proxies.find((one) => one.proxy.name === proxy.name)
      const expected = foretold(found)
      const snapshot = await translated()
      const { changed } = (await files?.write(snapshot)) ?? { changed: [] }
      const wanted = {
        lds: changed.some((file) => file.endsWith('/lds.json')) ? 1 : 0,
        cds: changed.some((file) => file.endsWith('/cds.json')) ? 1 : 0,
      }
      const now = await settled(running, seen, expected, wanted)
      const observed = between(seen.doings, now.doings)
      const faults = faultsOf(seen, now, found, snapshot)
      seen = now
      const agrees = isDeepStrictEqual(observed, expected) && faults.length === 0
      return { found, ...(!agrees && { difference: { foretold: expected, observed, plan: found, faults } }) }
    })
  } finally {
    await running.stop()
  }
}

const patienceMs = 8000

/** Looks until Envoy has taken what it was handed and has nothing left to warm; gives up on what doesn't come as foretold. */
async function settled(
  running: RunningEnvoy,
  before: Observation,
  expected: Doings,
  wanted: { readonly lds: number; readonly cds: number },
): Promise<Observation> {
  const end = Date.now() + patienceMs
  for (;;) {
    const now = await observe(running)
    const taken = now.lds - before.lds >= wanted.lds && now.cds - before.cds >= wanted.cds && now.warming === 0
    if ((taken && isDeepStrictEqual(between(before.doings, now.doings), expected)) || Date.now() > end) return now
    await sleep(30)
  }
}

/** What the counts alone don't tell: refusals, endpoints that did not arrive, certificates that were not taken over. */
function faultsOf(before: Observation, now: Observation, found: ProxyPlan | undefined, snapshot: Snapshot): string[] {
  const faults: string[] = []
  if (now.rejected > before.rejected) faults.push('Envoy refused a part')
  const changes = found?.changes ?? []
  const of = (type: ResourceTypeName) => changes.filter((change) => change.type === type)
  const identity = of('secrets').some(({ name, op }) => op === 'update' && name.startsWith('identity_cert'))
  const tlsStays = [...snapshot.listeners.keys()].some(
    (name) => name.startsWith('inbound:') && !of('listeners').some((change) => change.name === name),
  )
  if (identity && tlsStays && now.certificates === before.certificates) faults.push('no listener took the new certificate over')
  if (!of('secrets').some(({ op }) => op === 'update') && of('listeners').length === 0 && now.certificates > before.certificates)
    faults.push('a listener took a certificate over that was not foretold')
  return faults
}
