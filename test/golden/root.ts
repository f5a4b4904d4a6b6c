import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const goldenRoot = join(dirname(fileURLToPath(import.meta.url)), '../../fixtures/golden')
