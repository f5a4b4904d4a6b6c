import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chartFiles } from './chart/chart.js'

/** Writes the Helm chart anew: `npm run chart`. */
const folder = fileURLToPath(new URL('../deploy/helm/kuma', import.meta.url))
rmSync(folder, { recursive: true, force: true })
const files = chartFiles()
for (const [name, text] of files) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}
console.log(`${files.size} files in deploy/helm/kuma`)
