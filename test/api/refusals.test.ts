import { describe, expect, it } from 'vitest'
import { KumaError } from '../../src/core/errors.js'
import type { Store } from '../../src/core/store.js'
import { ApiError, createAccess, trustingAccess } from '../../src/server/api/index.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { ControlPlane, dataplane, invalid, refusal, withMesh } from './control-plane.js'

const web = '/meshes/default/dataplanes/web-1'

describe('400', () => {
  const process = 'Could not process a resource'
  it.each([
    [
      'a missing name',
      { ...dataplane('web-1'), name: undefined },
      invalid(process, ['name', 'name from the URL has to be the same as in body'], ['name', 'cannot be empty']),
    ],
    ['another name', dataplane('web-2'), invalid(process, ['name', 'name from the URL has to be the same as in body'])],
    ['another mesh', dataplane('web-1', { mesh: 'other' }), invalid(process, ['mesh', 'mesh from the URL has to be the same as in body'])],
    ['another type', dataplane('web-1', { type: 'Mesh' }), invalid(process, ['type', 'type from the URL has to be the same as in body'])],
    [
      'a broken rule',
      { ...dataplane('web-1'), networking: { address: '10.0.0.1', inbound: [{ port: 0, tags: { 'kuma.io/service': 'web' } }] } },
      invalid(process, ['networking.inbound[0].port', 'port must be in the range [1, 65535]']),
    ],
    [
      'a wrong type',
      dataplane('web-1', { networking: 7 }),
      {
        status: 400,
        body: expect.objectContaining({ title: 'Bad Request', detail: expect.stringMatching(/^invalid Dataplane object: "/) }),
      },
    ],
    ['a list', [] as never, refusal(400, 'Bad Request', 'invalid Dataplane object: "expected an object, found a list"')],
  ])('%s', async (_what, body, expected) => {
    const cp = await withMesh()
    expect(await cp.put(web, body)).toEqual(expected)
    expect((await cp.store.list({ type: 'Dataplane' })).items).toEqual([])
  })

  it.each(['{', '{,}', '"text"', 'null', '', '   ', '{"name": "web-1"} x', '\u0000'])('the body %j', async (body) => {
    const cp = await withMesh()
    expect(await cp.put(web, body)).toMatchObject({ status: 400, body: { title: 'Bad Request', status: 400, type: '/std-errors' } })
  })

  it('a body nested so deeply that reading it could end the process', async () => {
    const cp = await withMesh()
    for (const deep of ['['.repeat(200_000), `{"networking":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`]) {
      expect((await cp.put(web, deep)).body['detail']).toMatch(/nested more than 100 deep/)
    }
    expect((await cp.put(web, `{"name":"${'[{'.repeat(5000)}"}`)).body['detail']).not.toMatch(/nested/)
  })

  it('keys that would reach into prototypes are harmless', async () => {
    const cp = await withMesh()
    const text = (tags: string, top = '') =>
      `{${top}"type":"Dataplane","mesh":"default","name":"web-1","networking":{"address":"10.0.0.1","inbound":[{"port":1,"tags":{"kuma.io/service":"a",${tags}}}]}}`
    expect((await cp.put(web, text('"constructor":"y"', '"__proto__":{"polluted":1},'))).status).toBe(201)
    expect((await cp.put(web, text('"__proto__":"y"'))).status).toBe(400)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it.each([
    ['size=x', refusal(400, 'Could not retrieve resources', 'Invalid page size', [['size', 'invalid format']])],
    ['size=0', refusal(400, 'Could not retrieve resources', 'Invalid page size', [['size', 'must be greater than 0']])],
    [
      'size=2000',
      refusal(400, 'Could not retrieve resources', 'Invalid page size', [['size', 'invalid page size of 2000. Maximum page size is 1000']]),
    ],
    ['offset=x', refusal(400, 'Could not retrieve resources', 'invalid: invalid offset: strconv.Atoi: parsing "x": invalid syntax')],
    ['offset=-1', refusal(400, 'Could not retrieve resources', 'invalid: invalid offset: must be non-negative')],
    [
      'filter[label.a]=b',
      invalid('Could not retrieve resources', ['/meshes/{mesh}/dataplanes.filter[label.a]', 'filters are only supported on labels']),
    ],
    [
      'filter[labels.a][eq]=b',
      invalid('Could not retrieve resources', ['/meshes/{mesh}/dataplanes.filter[labels.a][eq]', 'advanced filters are not supported']),
    ],
    [
      'gateway=maybe',
      invalid('Could not retrieve resources', [
        '/meshes/{mesh}/dataplanes.gateway',
        "shoud use `true`, `false`, 'builtin' or 'delegated' instead of maybe",
      ]),
    ],
  ])('lists with %s', async (query, expected) => {
    expect(await (await withMesh()).get(`/meshes/default/dataplanes?${query}`)).toEqual(expected)
  })

  it('a format that is none', async () => {
    const cp = await withMesh()
    await cp.apply(dataplane('web-1'))
    expect(await cp.get(`${web}?format=xml`)).toEqual(
      invalid('Could not retrieve a resource', ['format', '"format" must be one of ["k8s", "kubernetes", "universal"]']),
    )
  })

  it('what would leave others without what they need', async () => {
    const cp = new ControlPlane()
    const mtls = { backends: [{ name: 'ca-1', type: 'builtin' }] }
    await cp.apply({ type: 'Mesh', name: 'default', mtls })
    await cp.apply(dataplane('web-1'))
    expect(await cp.delete('/meshes/default')).toEqual(
      invalid('Could not delete a resource', ['mesh', 'unable to delete mesh, there are still some dataplanes attached']),
    )
    expect(await cp.delete('/meshes/default/secrets/default.ca-builtin-key-ca-1')).toMatchObject({
      status: 400,
      body: { causes: [{ field: 'name' }] },
    })
    await cp.apply({ type: 'Zone', name: 'east', enabled: true })
    const connected = { subscriptions: [{ connectTime: '2026-01-01T00:00:00Z' }] }
    await cp.keep({ type: 'ZoneInsight', name: 'east', spec: connected })
    expect(await cp.delete('/zones/east')).toMatchObject({ status: 400, body: { causes: [{ field: 'zone' }] } })
    await cp.keep({
      type: 'ZoneInsight',
      name: 'east',
      spec: { subscriptions: [{ connectTime: '2026-01-01T00:00:00Z', disconnectTime: '2026-01-01T00:00:01Z' }] },
    })
    expect((await cp.delete('/zones/east')).status).toBe(200)
    await cp.delete(web)
    expect((await cp.delete('/meshes/default')).status).toBe(200)
    expect((await cp.store.list()).items).toEqual([])
  })

  it('unless the control plane was told not to mind', async () => {
    const cp = await withMesh({ unsafeDelete: true })
    await cp.apply(dataplane('web-1'))
    expect((await cp.delete('/meshes/default')).status).toBe(200)
  })
})

describe('401 and 403', () => {
  it('whoever shows wrong credentials', async () => {
    const authenticate = () => {
      throw new ApiError(401, 'Invalid authentication data', 'the token is not valid')
    }
    const cp = new ControlPlane(undefined, { access: { ...trustingAccess, authenticate } })
    expect(await cp.get('/meshes')).toEqual(refusal(401, 'Invalid authentication data', 'the token is not valid'))
  })

  it('secrets are for administrators, whatever is done to them', async () => {
    const cp = await withMesh({ access: createAccess() })
    const reason = 'user "mesh-system:anonymous/mesh-system:unauthenticated" cannot access the resource of type "Secret"'
    const denied = refusal(403, 'Access Denied', reason)
    const path = '/meshes/default/secrets/s'
    expect(await cp.put(path, { type: 'Secret', mesh: 'default', name: 's', data: 'eA==' })).toEqual(denied)
    expect([await cp.get(path), await cp.get('/meshes/default/secrets'), await cp.get('/secrets'), await cp.delete(path)]).toEqual(
      Array(4).fill(denied),
    )
    expect(await cp.get('/_resources')).toMatchObject({ status: 200 })
  })

  it('what is for everybody can be taken back, and the other way round', async () => {
    const nobody = { users: [], groups: [] }
    const all = { users: ['mesh-system:anonymous'], groups: [] }
    const cp = await withMesh({ access: createAccess({ lists: { controlPlaneMetadata: nobody, adminResources: all } }) })
    expect((await cp.get('/config')).status).toBe(403)
    expect((await cp.get('/meshes/default/secrets')).status).toBe(200)
  })

  it('what else is asked of access', async () => {
    const asked: string[] = []
    const cp = await withMesh({
      access: {
        ...trustingAccess,
        authorize: (_user, action, target) => {
          asked.push(`${action} ${'kind' in target ? target.kind.type : target.what}`)
          return action !== 'view'
        },
      },
    })
    expect((await cp.get('/config')).body['detail']).toMatch(/cannot access control-plane metadata$/)
    await cp.apply(dataplane('web-1'))
    await cp.apply(dataplane('web-1'))
    await cp.get(web)
    await cp.get('/dataplanes')
    await cp.delete(web)
    expect(asked.slice(1)).toEqual([
      'view control-plane metadata',
      ...['create', 'update', 'get', 'list', 'delete'].map((action) => `${action} Dataplane`),
    ])
  })
})

describe('404', () => {
  it.each([
    ['GET', '/meshes/none', 'Could not retrieve a resource'],
    ['DELETE', '/meshes/none', 'Could not delete a resource'],
    ['GET', '/meshes/none/dataplanes', 'Failed to retrieve Mesh'],
    ['GET', '/meshes/none/dataplanes/web-1', 'Failed to retrieve Mesh'],
    ['GET', '/meshes/none/dataplanes/_overview', 'Failed to retrieve Mesh'],
    ['PUT', '/meshes/none/dataplanes/web-1', 'Failed to retrieve Mesh'],
    ['DELETE', '/meshes/none/dataplanes/web-1', 'Failed to retrieve Mesh'],
    ['GET', web, 'Could not retrieve a resource'],
    ['DELETE', web, 'Could not delete a resource'],
    ['GET', '/meshes/default/service-insights/none', 'Could not retrieve a resource'],
    ['GET', '/mesh-insights/none', 'Could not retrieve a resource'],
  ] as const)('%s %s', async (method, url, title) => {
    const cp = await withMesh()
    expect(await cp.send(method, url, method === 'PUT' ? dataplane('web-1') : undefined)).toEqual(refusal(404, title, 'Not found'))
  })

  it('a path that leads nowhere', async () => {
    expect(await new ControlPlane().get('/nowhere?x=1')).toEqual(refusal(404, 'Not found', 'there is nothing at /nowhere'))
  })

  it('a mesh that goes while something is put into it', async () => {
    const store = createMemoryStore()
    const cp = await withMesh(
      {},
      meddling(store, () => store.write([{ op: 'delete', key: { type: 'Mesh', name: 'default' } }])),
    )
    expect(await cp.apply(dataplane('web-1'))).toEqual(refusal(404, 'Failed to retrieve Mesh', 'Not found'))
  })
})

describe('405', () => {
  it.each([
    ['POST', '/meshes', 'GET, HEAD'],
    ['PATCH', web, 'GET, HEAD, PUT, DELETE'],
    ['DELETE', '/meshes/default/dataplanes', 'GET, HEAD'],
    ['PUT', '/config', 'GET, HEAD'],
  ] as const)('%s %s', async (method, url, allow) => {
    const cp = await withMesh()
    const response = await cp.app.inject({ method, url, headers: { host: 'localhost' } })
    expect(response.headers['allow']).toBe(allow)
    expect({ status: response.statusCode, body: response.json() }).toEqual(
      refusal(405, 'Method not allowed', `${method} is not allowed here, only ${allow}`),
    )
  })
})

describe('409', () => {
  const changed = (address: string) => ({
    ...dataplane('web-1'),
    networking: { address, inbound: [{ port: 1, tags: { 'kuma.io/service': 'a' } }] },
  })

  it('somebody else changes the resource at the same time', async () => {
    const store = createMemoryStore()
    const cp = await withMesh({}, store)
    await cp.apply(dataplane('web-1'))
    const other = { type: 'Dataplane', mesh: 'default', name: 'web-1', labels: {}, spec: { changed: true } }
    const late = new ControlPlane(meddling(store, () => store.write([{ op: 'put', resource: other }])))
    expect(await late.apply(changed('10.0.0.2'))).toMatchObject({ status: 409, body: { title: 'Conflict', type: '/std-errors' } })
    expect((await store.get(other))?.resource.spec).toEqual({ changed: true })
  })

  it('of many at once, each that is answered with success is kept whole', async () => {
    const cp = await withMesh()
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => cp.apply(changed(`10.0.1.${i}`))))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => ![200, 201, 409].includes(status))).toEqual([])
    const { networking } = (await cp.get(web)).body as { networking: { address: string } }
    expect(answers[Number(networking.address.split('.')[3])]?.status).toBeLessThan(300)
  })
})

describe('413 and 415', () => {
  it('a body that is too long', async () => {
    const cp = await withMesh({ limits: { bodyBytes: 1000 } })
    expect(await cp.apply(dataplane('web-1', { labels: { a: 'x'.repeat(1000) } }))).toEqual(
      refusal(413, 'Content Too Large', 'the body is longer than 1000 bytes'),
    )
  })

  it.each(['application/yaml', 'text/plain', 'application/x-www-form-urlencoded'])('a body of %s', async (type) => {
    const cp = await withMesh()
    expect(await cp.send('PUT', web, 'type: Dataplane', { 'content-type': type })).toEqual(
      refusal(415, 'Unsupported Media Type', `the Content-Type has to be application/json, it is ${type}`),
    )
  })

  it.each(['application/json; charset=utf-8', 'Application/JSON'])('but not %s', async (type) => {
    const cp = await withMesh()
    expect((await cp.send('PUT', web, JSON.stringify(dataplane('web-1')), { 'content-type': type })).status).toBe(201)
  })
})

describe('500 and 503', () => {
  it('a store that fails is told to the operator, not to the caller', async () => {
    const store = createMemoryStore()
    const broken: Store = new Proxy(store, {
      get: (target, name) =>
        name === 'list' ? () => Promise.reject(new Error('disk on fire: secret')) : Reflect.get(target, name).bind(target),
    })
    const cp = new ControlPlane(broken)
    expect(await cp.get('/meshes')).toEqual(refusal(500, 'Could not retrieve resources', 'Internal Server Error'))
    expect(cp.errors).toEqual([new Error('disk on fire: secret')])
  })

  it('a store that is away says when to try again, and tells the operator alone why', async () => {
    const failure = new KumaError('store-failed', 'PostgreSQL (kuma at db.internal:5432): connect ECONNREFUSED')
    const away: Store = new Proxy(createMemoryStore(), { get: (_, name) => (name === 'then' ? undefined : () => Promise.reject(failure)) })
    const cp = new ControlPlane(away)
    const detail = 'the store can not be reached, try again: a change that was asked for may have been made or not'
    for (const [method, url, body] of [
      ['GET', '/meshes', undefined],
      ['PUT', '/meshes/default', { type: 'Mesh', name: 'default' }],
      ['DELETE', '/meshes/default', undefined],
      ['GET', '/_store', undefined],
    ] as const) {
      expect(await cp.send(method, url, body)).toEqual(refusal(503, 'Service unavailable', detail))
    }
    expect((await cp.app.inject({ url: '/meshes', headers: { host: 'localhost:5681' } })).headers['retry-after']).toBe('5')
    expect(new Set(cp.errors)).toEqual(new Set([failure]))
  })

  it('a store that is closed', async () => {
    const cp = new ControlPlane()
    await cp.store.close()
    expect(await cp.get('/meshes')).toEqual(refusal(503, 'Service unavailable', 'Service unavailable'))
  })
})

/** A store where something happens right before each write but the first, which makes the mesh. */
function meddling(store: Store, before: () => Promise<unknown>): Store {
  let writes = 0
  const write: Store['write'] = async (list) => {
    if (list.some((one) => one.op === 'put' && one.resource.type === 'Dataplane') && writes++ === 0) await before()
    return store.write(list)
  }
  return new Proxy(store, { get: (target, name) => (name === 'write' ? write : Reflect.get(target, name).bind(target)) })
}
