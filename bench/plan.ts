/** `npx tsx bench/plan.ts`: what a plan of a mesh of 1,000 proxies costs, by how many of them a change concerns. */
import type { Resource } from '../src/core/resource.js'
import { plan } from '../src/plan/index.js'
import { bigMesh, stored, timeout } from './big-mesh.js'

const base = bigMesh(1000)
const before = stored(base)

function measure(what: string, after: readonly Resource[]): void {
  const start = process.cpuUsage()
  const { impact, proxies: changed } = plan(before, after)
  const { user, system } = process.cpuUsage(start)
  console.log(`${what.padEnd(44)} ${Math.round((user + system) / 1000)} ms of processor, ${changed.length} proxies change: ${impact}`)
}

measure('nothing (first run, cold)', before)
measure(
  'one permission goes',
  before.filter(({ name }) => name !== 'allow-3'),
)
measure(
  'one proxy goes',
  before.filter(({ name }) => name !== 'dp-3'),
)
measure('a timeout for everybody', stored([...base, timeout('all', { kind: 'Mesh' }, '7s')]))
