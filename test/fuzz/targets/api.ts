import { rawFault } from '../../../src/protojson/index.js'
import { createApi } from '../../../src/server/api/index.js'
import { trustingAccess } from '../../../src/server/api/access.js'
import { tokenRoutes } from '../../../src/server/tokens/routes.js'
import { createTokens } from '../../../src/server/tokens/tokens.js'
import { createMemoryStore } from '../../../src/store/memory.js'
import { registry } from '../../../src/translate/kinds.js'
import type { MakeTarget } from '../target.js'

const about = { product: 'Kuma', version: '0', hostname: 'h', instanceId: 'i', clusterId: 'c' }
const methods = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'] as const

const paths = registry.kinds.map(({ scope, plural }) => (scope === 'Global' ? `/${plural}/a` : `/meshes/default/${plural}/a`))
const own = ['/', '/config', '/_resources', '/policies', '/meshes/default/dataplanes/_overview', '/global-insight', '/_kri/x', '/who-am-i']

/** A request: `METHOD path`, then its body. Whatever it is, it is not the server's fault. */
export const api: MakeTarget = async () => {
  const store = createMemoryStore()
  const app = createApi({
    store,
    registry,
    about,
    rawFault,
    access: trustingAccess,
    families: [tokenRoutes(createTokens({ store }))],
    limits: { requestsPerSecond: 1e9 },
  })
  await app.inject({ method: 'PUT', url: '/meshes/default', payload: { type: 'Mesh', name: 'default' } })

  return {
    seeds: [
      ...paths.flatMap((path) => [
        `GET ${path}\n`,
        `PUT ${path}\n{"type":"${path}","name":"a","mesh":"default","spec":{}}`,
        `DELETE ${path}\n`,
      ]),
      ...own.map((path) => `GET ${path}?size=1&offset=0&name=a&filter[labels.a]=b\n`),
      'POST /tokens/dataplane\n{"mesh":"default","tags":{"a":["b"]},"validFor":"1h"}',
      'PUT /meshes/default/dataplanes/a\n{"type":"Dataplane","mesh":"default","name":"a","networking":{"address":"10.0.0.1","inbound":[{"port":80,"tags":{"kuma.io/service":"a"}}]}}',
    ],
    async run(input) {
      const text = new TextDecoder().decode(input)
      const [head = '', ...rest] = text.split('\n')
      const [first = '', path = ''] = head.split(' ', 2)
      const method = methods.find((known) => known === first) ?? 'GET'
      const payload = rest.join('\n')
      const response = await app.inject({
        method,
        // What is no text of a request line never gets as far as the API.
        url: `/${encodeURI(path.replace(/\s|\p{Cc}/gu, '')).replace(/^\/+/, '')}`,
        headers: { host: 'localhost', 'content-type': 'application/json' },
        ...(method === 'PUT' || method === 'POST' || method === 'PATCH' ? { payload } : {}),
      })
      if (response.statusCode >= 500) throw new Error(`${head} was answered with ${response.statusCode}: ${response.body}`)
    },
  }
}
