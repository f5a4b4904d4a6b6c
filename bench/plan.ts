/** `npx tsx bench/plan.ts`: what a plan of a mesh of 1,000 proxies costs, by how many of them a change concerns. */
import type { Resource } from '../src/core/resource.js'
import { plan } from '../src/plan/index.js'
import { nativeDigest } from '../src/server/native-digest.js'
import { bigMesh, stored, timeout } from './big-mesh.js'

const base = bigMesh(1000)
const before = stored(base)

function measure(what: string, after: readonly Resource[]): void {
  const [start, since] = [process.cpuUsage(), performance.now()]
  const { impact, proxies: changed } = plan(before, after, { digest: nativeDigest })
  const { user, system } = process.cpuUsage(start)
  const took = Math.round(performance.now() - since)
  console.log(
    `${what.padEnd(32)} ${took} ms, ${Math.round((user + system) / 1000)} of processor, ${changed.length} proxies change: ${impact}`,
  )
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
