/** `npm run golden [-- policy/case ...]`: rewrites the answers of the golden cases; nothing else does. Look at the diff before you commit it. */
import { goldenCases, goldenFaults, rewriteGolden } from '../../src/testing/golden.js'
import { kubernetesCases, kubernetesFaults, rewriteKubernetesCase } from '../kubernetes/golden.js'
import { goldenRoot } from './root.js'

const wanted = process.argv.slice(2)
const cases = goldenCases(goldenRoot).filter(({ name }) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)))
for (const golden of cases) {
  const changed = rewriteGolden(golden)
  if (changed.length > 0) console.log(`${golden.name}: ${changed.join(', ')}`)
}
const inKubernetes = kubernetesCases().filter(
  ({ name }) => wanted.length === 0 || wanted.some((prefix) => `kubernetes/${name}`.startsWith(prefix)),
)
for (const golden of inKubernetes) {
  if (rewriteKubernetesCase(golden)) console.log(`kubernetes/${golden.name}: output.yaml`)
}
const faults = [...goldenFaults(goldenRoot), ...kubernetesFaults()]
for (const fault of faults) console.error(fault)
console.log(`${cases.length + inKubernetes.length} cases`)
process.exitCode = faults.length > 0 ? 1 : 0
