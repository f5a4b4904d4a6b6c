import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRegistry } from '../core/kind.js'
import { registry } from '../translate/kinds.js'
import { answerGolden, folderOf, goldenCases, goldenFaults, rewriteGolden, storedGolden } from './golden.js'

const input = `# a TCP inbound is a listener and a cluster of its port
type: Mesh
name: shop
---
type: Dataplane
mesh: shop
name: db-1
networking:
  address: 10.0.0.1
  inbound:
  - port: 5432
    tags:
      kuma.io/service: db
`
/** Two kinds are enough to look at. */
const kinds = createRegistry(['Dataplane', 'TrafficRoute'].flatMap((type) => registry.byType(type) ?? []))

let root: string
const put = (path: string, text: string) => {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
}
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kuma-golden-'))
  put('dataplane/tcp/input.yaml', input)
})
afterEach(() => rmSync(root, { recursive: true }))

const only = () => {
  const [golden] = goldenCases(root)
  if (!golden) throw new Error('no case')
  return golden
}

test('rewriting writes the answers, once, and takes away what is no answer', () => {
  put('dataplane/tcp/routes.yaml', 'left over')
  expect(rewriteGolden(only()).sort()).toEqual(['clusters.yaml', 'listeners.yaml', 'routes.yaml'])
  expect(readdirSync(only().folder).sort()).toEqual(['clusters.yaml', 'input.yaml', 'listeners.yaml'])
  expect(storedGolden(only()).get('listeners.yaml')).toMatch(/^db-1:\n {2}inbound:10\.0\.0\.1:5432:\n/)
  expect(rewriteGolden(only())).toEqual([])
})

test('a changed, missing or stray answer is seen', () => {
  rewriteGolden(only())
  expect(answerGolden(only())).toEqual(storedGolden(only()))
  put('dataplane/tcp/clusters.yaml', 'changed')
  expect(answerGolden(only())).not.toEqual(storedGolden(only()))
  rewriteGolden(only())
  rmSync(join(root, 'dataplane/tcp/clusters.yaml'))
  expect(answerGolden(only())).not.toEqual(storedGolden(only()))
  rewriteGolden(only())
  put('dataplane/tcp/stray.yaml', 'stray')
  expect(answerGolden(only())).not.toEqual(storedGolden(only()))
})

test('what was refused or noticed is part of the answer', () => {
  put('dataplane/tcp/input.yaml', input.replace('port: 5432', 'port: 99999'))
  expect([...answerGolden(only()).keys()]).toEqual(['issues.yaml'])
  expect(answerGolden(only()).get('issues.yaml')).toMatch(/refused: Dataplane\/db-1[\s\S]*networking\.inbound\[0\]\.port/)
})

test('node metadata comes from metadata.yaml', () => {
  put('dataplane/tcp/metadata.yaml', 'db-1: { features: [feature-reuse-port] }\n')
  expect(answerGolden(only()).get('listeners.yaml')).toContain('enableReusePort: true')
  rewriteGolden(only())
  expect(existsSync(join(root, 'dataplane/tcp/metadata.yaml'))).toBe(true)
})

test('folders have to make sense', () => {
  put('traffic-route/all/input.yaml', input)
  expect(goldenFaults(root, kinds)).toEqual([])
  put('traffic-route/empty/listeners.yaml', 'x')
  put('no-such-kind/x/input.yaml', input)
  put('dataplane/tcp/input.yaml', 'type: Mesh\nname: shop\n')
  put('dataplane/loose.yaml', 'x')
  expect(goldenFaults(root, kinds)).toEqual([
    'no-such-kind: there is no such kind',
    'dataplane/tcp: the first line of input.yaml has to be a comment that says what the case proves',
    'traffic-route/empty: there is no input.yaml',
    'dataplane/loose.yaml: belongs to no case',
  ])
  rmSync(join(root, 'traffic-route'), { recursive: true })
  expect(goldenFaults(root, kinds)).toContain('TrafficRoute has no golden: add traffic-route/<case>/input.yaml')
})

test('folders are named after kinds', () => {
  expect(['MeshHTTPRoute', 'MeshTLS', 'TrafficLog', 'MeshOpenTelemetryBackend'].map(folderOf)).toEqual([
    'mesh-http-route',
    'mesh-tls',
    'traffic-log',
    'mesh-open-telemetry-backend',
  ])
})
