import type { Outcome, SimulatedRequest, Simulation } from '../simulate/index.js'
import { goldenAnswer, rewriteAnswer, storedAnswer } from './golden-files.js'
import type { TestMesh } from './test-mesh.js'

/** Where requests are expected to go. What is left out doesn't count. */
export interface RouteExpectation {
  /** Name of the cluster that the caller's proxy chooses. */
  readonly cluster?: string
  /** Tags of the endpoint, a part of them. */
  readonly tags?: Readonly<Record<string, string>>
  /** Path and host with which the request arrives. */
  readonly path?: string
  readonly host?: string
  /** What a proxy answers itself. */
  readonly status?: number
  readonly location?: string
  /** Seconds. */
  readonly timeoutSeconds?: number
  readonly retries?: number
  /** How much of the requests, 0 to 1. Default: all. */
  readonly share?: number
}

/** What `expect` can do once it is extended; merge it into your test runner's `Matchers` (vitest) or `jest.Matchers`. */
export interface MeshMatchers<R = unknown> {
  /** The request gets through: nobody denies it and it arrives. Faults that answer a part of the requests don't count against it. */
  toAllow(request: SimulatedRequest): R
  /** A permission or mutual TLS keeps the caller out, whichever way the request takes. */
  toDeny(request: SimulatedRequest): R
  toRoute(request: SimulatedRequest, expected: RouteExpectation): R
  /**
   * What all proxies get is what is written down in the folder, no file more or less. With `KUMA_GOLDEN=rewrite` in the environment,
   * it is written down instead: look at the diff.
   */
  toMatchGolden(folder: string): R
}

/** What vitest and jest want from a matcher. */
interface Verdict {
  readonly pass: boolean
  message(): string
}

/** For `expect.extend(meshMatchers)`, in vitest and in jest. */
export const meshMatchers = {
  toAllow(mesh: TestMesh, request: SimulatedRequest): Verdict {
    const simulation = mesh.simulate(request)
    const stopped = simulation.outcomes.filter(({ kind }) => kind === 'denied' || kind === 'failed' || kind === 'unknown')
    const pass = stopped.length === 0 && simulation.outcomes.some(({ kind }) => kind === 'delivered')
    return { pass, message: () => told(request, pass ? 'not to be allowed' : 'to be allowed', simulation) }
  },
  toDeny(mesh: TestMesh, request: SimulatedRequest): Verdict {
    const simulation = mesh.simulate(request)
    const pass = simulation.outcomes.length > 0 && simulation.outcomes.every(({ kind }) => kind === 'denied')
    return { pass, message: () => told(request, pass ? 'not to be denied' : 'to be denied', simulation) }
  },
  toRoute(mesh: TestMesh, request: SimulatedRequest, expected: RouteExpectation): Verdict {
    const simulation = mesh.simulate(request)
    const { share = 1 } = expected
    const found = simulation.outcomes.filter((outcome) => fits(outcome, expected)).reduce((sum, { probability }) => sum + probability, 0)
    const pass = Math.abs(found - share) < 1e-6
    const wanted = `${pass ? 'not to go' : 'to go'} to ${JSON.stringify(expected)}, and ${percent(found)} did`
    return { pass, message: () => told(request, wanted, simulation) }
  },
  toMatchGolden(mesh: TestMesh, folder: string): Verdict {
    const { proxies, issues } = mesh.translated()
    const answer = goldenAnswer(proxies, issues)
    // The one place where the environment counts: a test must not rewrite what it is held against unless somebody asks it to.
    if (process.env['KUMA_GOLDEN'] === 'rewrite') rewriteAnswer(folder, answer)
    const stored = storedAnswer(folder)
    const files = [...new Set([...answer.keys(), ...stored.keys()])].filter((file) => answer.get(file) !== stored.get(file)).sort()
    const differing = files.map((file) => `  ${file}: ${firstDifference(stored.get(file), answer.get(file))}`).join('\n')
    const advice = 'run the test with KUMA_GOLDEN=rewrite and look at the diff'
    return {
      pass: files.length === 0,
      message: () =>
        files.length === 0 ? `expected the mesh not to match ${folder}` : `the mesh does not match ${folder}; ${advice}:\n${differing}`,
    }
  },
}

function fits({ hops, arrives, status, location }: Outcome, expected: RouteExpectation): boolean {
  const [caller] = hops
  const tags = caller?.endpoint?.tags ?? {}
  const compared: readonly (readonly [unknown, unknown])[] = [
    [expected.cluster, caller?.cluster],
    [expected.path, arrives?.request?.path],
    [expected.host, arrives?.request?.authority],
    [expected.status, status],
    [expected.location, location],
    [expected.timeoutSeconds, caller?.route?.timeoutSeconds],
    [expected.retries, caller?.route?.retry?.retries],
    ...Object.entries(expected.tags ?? {}).map(([key, value]) => [value, tags[key]] as const),
  ]
  return compared.every(([wanted, found]) => wanted === undefined || wanted === found)
}

function told({ from, to, method = 'GET', path = '/' }: SimulatedRequest, wanted: string, { outcomes }: Simulation): string {
  const caller = typeof from === 'string' ? from : from.name
  const lines = outcomes.map(({ probability, kind, status, reason, hops }) => {
    const way = hops.map(({ proxy, route, cluster }) => [proxy.name, route?.match, cluster].filter(Boolean).join(' | ')).join(' -> ')
    return `  ${percent(probability)} ${kind}${status === undefined ? '' : ` ${status}`}: ${reason}${way ? `\n      ${way}` : ''}`
  })
  return `expected ${method} ${path} from "${caller}" to "${to}" ${wanted}. What happens:\n${lines.join('\n')}`
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`
}

function firstDifference(stored: string | undefined, answer: string | undefined): string {
  if (stored === undefined) return 'is not written down'
  if (answer === undefined) return 'is written down, but there is nothing of the kind'
  const [left, right] = [stored.split('\n'), answer.split('\n')]
  const line = right.findIndex((text, i) => text !== left[i])
  return `line ${line + 1}: ${JSON.stringify(left[line] ?? '')} is written down, it is ${JSON.stringify(right[line] ?? '')}`
}
