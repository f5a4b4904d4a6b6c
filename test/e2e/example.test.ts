import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))

test('the example is a control plane: it takes resources, serves its API, and stops when told to', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', pathOf('examples/kuma-cp/index.ts'), pathOf('examples/shop/mesh.yaml')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let said = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      said += chunk
      if (said.includes('proxies: ')) break
    }
    const [, url = ''] = /API: +(\S+)/.exec(said) ?? []
    const meshes = (await (await fetch(`${url}/meshes`)).json()) as { items: { name: string }[] }
    expect(meshes.items.map(({ name }) => name)).toEqual(['shop'])
    const routes = (await (await fetch(`${url}/meshes/shop/meshhttproutes`)).json()) as { total: number }
    expect(routes.total).toBe(1)
  } finally {
    child.kill('SIGTERM')
  }
  const [status] = (await once(child, 'exit')) as [number]
  expect(status).toBe(0)
})
