/** `npm run docs`: writes the reference pages, `docs/reference`, out of the schemas of all kinds; nothing else does. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { referenceFiles } from './reference/pages.js'
import { root } from './reference/root.js'

const folder = join(root, 'docs/reference')
rmSync(folder, { recursive: true, force: true })
for (const [file, text] of referenceFiles()) {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}
