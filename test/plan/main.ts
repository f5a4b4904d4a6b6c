/** `npm run plan-check [-- <meshes> <changes each> <seed>]`: compares what `plan` foretells with what a real Envoy does. */
import { ensureEnvoy } from '../../scripts/envoy.js'
import { checkPlans } from './check.js'

const [meshes = 30, changesEach = 20, seed = 1] = process.argv.slice(2).map(Number)
const envoy = ensureEnvoy((line) => console.error(line))
if (!envoy.found) throw new Error(envoy.message)
const started = Date.now()
const { changes, impacts, differences } = await checkPlans(envoy.path, {
  meshes,
  changesEach,
  seed,
  progress: (text) => console.error(text),
})
for (const difference of differences.slice(0, 5)) console.log(JSON.stringify(difference, undefined, 1).slice(0, 6000))
console.log(
  `${changes} changes in ${meshes} meshes (seed ${seed}): ${differences.length} differences, ${Math.round((Date.now() - started) / 1000)} s`,
)
console.log(
  `foretold: ${Object.entries(impacts)
    .map(([impact, count]) => `${count} ${impact}`)
    .join(', ')}`,
)
process.exitCode = differences.length > 0 || changes === 0 ? 1 : 0
