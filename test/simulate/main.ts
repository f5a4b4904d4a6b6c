/** `npm run simulate-check [-- <meshes> <requests each> <seed>]`: compares `simulate` with real Envoys over random requests. */
import { ensureEnvoy } from '../../scripts/envoy.js'
import { checkSimulation } from './check.js'

const [meshes = 200, requestsEach = 55, seed = 1] = process.argv.slice(2).map(Number)
const envoy = ensureEnvoy((line) => console.error(line))
if (!envoy.found) throw new Error(envoy.message)
const started = Date.now()
const report = await checkSimulation(envoy.path, { meshes, requestsEach, seed, progress: (text) => console.error(text) })
for (const { mesh, request, faults, answer } of report.differences.slice(0, 5)) {
  console.log(
    `--- ${mesh}: ${JSON.stringify(request)}\n${faults.map((fault) => `  ${fault}`).join('\n')}\n  answer: ${JSON.stringify(answer)}`,
  )
}
const { requests, kinds, certain, over, differences } = report
console.log(
  `${requests} requests in ${meshes} meshes (seed ${seed}): ${differences.length} differences, ${Math.round((Date.now() - started) / 1000)} s`,
)
console.log(
  `foretold: ${Object.entries(kinds)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')}; ${certain} with one way only`,
)
console.log(
  `delivered over: ${Object.entries(over)
    .map(([way, count]) => `${way} ${count}`)
    .join(', ')}`,
)
process.exitCode = differences.length > 0 || requests === 0 ? 1 : 0
