import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as explanations from '../../src/explain/index.js'
import * as core from '../../src/index.js'

const text = `
type: Mesh
name: default
---
type: Dataplane
mesh: default
name: web-1
networking:
  address: 10.0.0.1
  inbound:
  - port: 8080
    tags: { kuma.io/service: web, kuma.io/protocol: http, version: v1 }
  outbound:
  - port: 9001
    tags: { kuma.io/service: orders }
---
type: MeshTimeout
mesh: default
name: all
spec:
  to: [{ targetRef: { kind: Mesh }, default: { connectionTimeout: 2s } }]
---
type: MeshRetry
mesh: default
name: v2
spec:
  targetRef: { kind: MeshSubset, tags: { version: v2 } }
  to: [{ targetRef: { kind: Mesh }, default: { http: { numRetries: 3 } } }]
`

test('the library code of docs/explain.md runs and gives what it says', () => {
  const page = readFileSync(new URL('../../docs/explain.md', import.meta.url), 'utf8')
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? []
  const body = code
    .replaceAll(
      /import \{([^}]*)\} from '@kuma\/core(\/explain)?'/g,
      (_, names, entry) => `const {${names}} = ${entry ? 'explanations' : 'core'}`,
    )
    .replaceAll(/^(translation|explain|whyNot)(?=[.(A-Z])/gm, 'said[said.length] = $1')
  const said: unknown[] = []
  new Function('core', 'explanations', 'text', 'said', body)(core, explanations, text, said)
  const [snapshot, origins, fields, sets, message] = said as [
    core.Snapshot,
    explanations.Origin[],
    unknown[],
    explanations.SetField[],
    string,
  ]
  expect([...snapshot.listeners.keys()]).toContain('outbound:127.0.0.1:9001')
  expect(origins[0]).toMatchObject({ path: 'spec.to[0].default.connectionTimeout', resource: { name: 'all' } })
  expect(fields.length).toBeGreaterThan(5)
  expect(sets.map(({ path }) => path)).toContain('clusters["orders"].connectTimeout')
  expect(message).toBe('targetRef MeshSubset version=v2; inbound 8080 has version=v1')
})
