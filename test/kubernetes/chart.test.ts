import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { chartFiles } from '../../scripts/chart/chart.js'
import { readInstallValues } from '../../src/kubernetes/install/index.js'

const folder = fileURLToPath(new URL('../../deploy/helm/kuma', import.meta.url))

it('the chart is what "npm run chart" writes', () => {
  const files = chartFiles()
  const found = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
  const written = found.filter((file) => statSync(join(folder, file)).isFile())
  expect(written.sort()).toEqual([...files.keys()].sort())
  for (const [file, text] of files) expect(readFileSync(join(folder, file), 'utf8'), file).toBe(text)
})

it('no mark is left in a template', () => {
  for (const [file, text] of chartFiles()) expect(text, file).not.toMatch(/marked\d{3}|every-variable/)
})

it("the chart's values are those of kumactl, with their defaults", () => {
  const values: unknown = parse(chartFiles().get('values.yaml') ?? '')
  expect(readInstallValues(values).values).toEqual(readInstallValues({}).values)
  expect(values).toEqual(readInstallValues({}).values)
})
