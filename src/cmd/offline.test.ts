import { describe, expect, test } from 'vitest'
import { applyOffline, refusedResources, translateOffline } from './offline.js'

const file = (text: string, name = 'input.yaml') => ({ name, text })
const mesh = (more = '') => file(`type: Mesh\nname: shop\n${more}`, 'mesh.yaml')
const mtls = 'mtls: { enabledBackend: ca-1, backends: [{ name: ca-1, type: builtin }] }\n'
const dataplane = (name: string, more = '') =>
  file(
    `type: Dataplane
mesh: shop
name: ${name}
${more}networking:
  address: 10.0.0.1
  inbound:
  - { port: 8080, tags: { kuma.io/service: ${name}, kuma.io/protocol: http } }
`,
    `${name}.yaml`,
  )

describe('translating', () => {
  test('each proxy under its mesh and name, types with nothing left out', () => {
    const { proxies, refusals } = translateOffline([mesh(), dataplane('web')])
    expect(refusals).toEqual([])
    expect(Object.keys(proxies)).toEqual(['shop/web'])
    expect(Object.keys(proxies['shop/web'] ?? {})).toEqual(['clusters', 'listeners'])
    expect(Object.keys(proxies['shop/web']?.listeners ?? {})).toEqual(['inbound:10.0.0.1:8080'])
  })

  test('zone proxies are in no mesh', () => {
    const ingress = file(
      'type: ZoneIngress\nname: ingress-1\nnetworking: { address: 10.0.0.9, port: 10001, advertisedAddress: 1.2.3.4, advertisedPort: 10001 }',
    )
    expect(Object.keys(translateOffline([mesh(mtls), dataplane('web'), ingress]).proxies)).toEqual(['/ingress-1', 'shop/web'])
  })

  test('key material is masked, wherever it stands', () => {
    const { proxies } = translateOffline([mesh(mtls), dataplane('web')])
    const secrets = JSON.stringify(proxies['shop/web']?.secrets)
    expect(secrets.match(/"<key material>"/g)).toHaveLength(3)
    expect(secrets).not.toContain(btoa('<key material>'))
  })

  test('only the wanted mesh and proxy', () => {
    const files = [mesh(), dataplane('web'), dataplane('db'), file('type: Mesh\nname: other')]
    expect(Object.keys(translateOffline(files, { dataplane: 'db' }).proxies)).toEqual(['shop/db'])
    expect(Object.keys(translateOffline(files, { mesh: 'other' }).proxies)).toEqual([])
  })

  test('node metadata shapes what a proxy gets', () => {
    const metadata = { web: { features: ['feature-reuse-port'] } }
    expect(JSON.stringify(translateOffline([mesh(), dataplane('web')], { metadata }).proxies)).toContain('"enableReusePort":true')
    expect(JSON.stringify(translateOffline([mesh(), dataplane('web')]).proxies)).toContain('"enableReusePort":false')
  })
})

describe('applying', () => {
  test('a new mesh brings its default policies, a dataplane gets its labels', () => {
    const { resources } = applyOffline([mesh(), dataplane('web')])
    const types = resources.filter((r) => r.mesh === 'shop').map((r) => r.type)
    expect(types.sort()).toEqual(['Dataplane', 'MeshCircuitBreaker', 'MeshRetry', 'MeshTimeout', 'MeshTimeout'])
    expect(resources.find((r) => r.name === 'web')?.labels).toMatchObject({ 'kuma.io/zone': 'default', 'kuma.io/proxy-type': 'sidecar' })
  })

  test('what comes out of a control plane is taken as stored', () => {
    const stored = applyOffline([
      mesh("creationTime: '2026-01-01T00:00:00Z'\n"),
      dataplane('web', 'labels: { kuma.io/env: universal, x: y }\n'),
    ])
    expect(stored.resources.filter((r) => r.mesh === 'shop').map((r) => r.name)).toEqual(['web'])
    expect(stored.resources.find((r) => r.name === 'web')?.labels).toEqual({ 'kuma.io/env': 'universal', x: 'y' })
  })

  test('files are applied in their order', () => {
    const refused = refusedResources(applyOffline([dataplane('web'), mesh()]))
    expect(refused).toMatchObject([{ type: 'Dataplane', mesh: 'shop', name: 'web', status: 404 }])
  })
})

describe('refusing', () => {
  test('says what the REST API would say', () => {
    const [refused] = refusedResources(applyOffline([file('type: Mesh\nname: shop\nmtls: { enabledBackend: nobody }')]))
    expect(refused).toMatchObject({
      type: 'Mesh',
      mesh: null,
      name: 'shop',
      status: 400,
      body: {
        type: '/std-errors',
        status: 400,
        title: 'Could not process a resource',
        invalid_parameters: [{ field: 'mtls.enabledBackend' }],
      },
    })
  })

  test('unknown fields: left out with a warning, or refused', () => {
    const input = [mesh('metrix: {}\n')]
    const lenient = applyOffline(input)
    expect(refusedResources(lenient)).toEqual([])
    expect(lenient.issues).toMatchObject([{ level: 'warning', path: 'metrix', position: { file: 'mesh.yaml', line: 3 } }])
    expect(refusedResources(applyOffline(input, { strict: true }))).toHaveLength(1)
  })

  test('each fault once, with the place that it stands at', () => {
    const said = (...files: ReturnType<typeof file>[]) =>
      applyOffline(files).issues.map(
        ({ level, position, path, message }) => `${position?.file}:${position?.line} ${level} ${path}: ${message}`,
      )
    expect(said(file('type: Mesh\nname: a\nname: b'))).toEqual([
      'input.yaml:3 error name: the key stands here a second time; each may stand once',
    ])
    expect(said(mesh("constraints: { dataplaneProxy: { requirements: [{ tags: { team: '*' } }] } }\n"), dataplane('web'))).toEqual([
      'web.yaml:1 error : its tags are not what constraints.dataplaneProxy of mesh "shop" allows',
    ])
    const backend = '  backends:\n  - name: ca\n    type: provided\n    conf:\n      cert: { secret: gone }\n      key: { inline: YQ== }'
    expect(said(mesh(`mtls:\n  enabledBackend: ca\n${backend}`))).toContainEqual(
      expect.stringMatching(/^mesh.yaml:9 error mtls.backends\[0\].conf.cert: could not load data/),
    )
    expect(said(dataplane('web', 'unknown: 1\n'))).toEqual([
      expect.stringMatching(/^web.yaml:4 warning unknown: /),
      'web.yaml:1 error : Failed to retrieve Mesh: Not found',
    ])
  })
})
