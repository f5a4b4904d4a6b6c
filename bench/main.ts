/** `npm run bench [-- name ...]`: the benchmarks, one after the other, or those that are named. */
const benchmarks = ['fleet', 'xds', 'rules', 'wire']
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !benchmarks.includes(name))
if (unknown.length > 0) {
  console.error(`no such benchmark: ${unknown.join(', ')}; there are ${benchmarks.join(', ')}`)
  process.exit(1)
}
for (const name of asked.length > 0 ? asked : benchmarks) {
  console.log(`\n== ${name}\n`)
  await import(`./${name}.ts`)
}
