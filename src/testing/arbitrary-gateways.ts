import * as fc from 'fast-check'

/* A random builtin gateway: the proxy, where it listens, and where it sends what it takes. */

const gatewayService = 'edge'
const selectors = (tags: object = {}) => [{ match: { 'kuma.io/service': gatewayService, ...tags } }]

const listener = (index: number) =>
  fc
    .record({
      protocol: fc.constantFrom('HTTP', 'HTTPS', 'TCP', 'TLS'),
      hostname: fc.constantFrom(undefined, 'shop.example.com', '*.example.com'),
      passthrough: fc.boolean(),
      connectionLimit: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
    })
    .map(({ protocol, hostname, passthrough, connectionLimit }) => ({
      port: 8080 + index,
      protocol,
      ...(hostname && protocol !== 'TCP' && { hostname }),
      ...(protocol === 'HTTPS' || protocol === 'TLS' ? { tls: tls(passthrough && protocol === 'TLS') } : {}),
      ...(connectionLimit !== undefined && { resources: { connectionLimit } }),
      tags: { port: `p${index}` },
    }))

const tls = (passthrough: boolean) =>
  passthrough ? { mode: 'PASSTHROUGH' } : { mode: 'TERMINATE', certificates: [{ secret: 'certificate-and-key' }] }

const matches = [
  { path: { match: 'PREFIX', value: '/' } },
  { path: { match: 'EXACT', value: '/cart' }, method: 'POST' },
  { path: { match: 'REGEX', value: '/item/[0-9]+' } },
  { path: { match: 'PREFIX', value: '/new' }, headers: [{ match: 'PRESENT', name: 'x-beta' }] },
  { method: 'GET', queryParameters: [{ match: 'EXACT', name: 'q', value: '1' }] },
  { headers: [{ match: 'REGEX', name: 'x-user', value: 't.*' }] },
] as const

const redirect = { redirect: { scheme: 'https', hostname: 'example.com', port: 443, statusCode: 302 } } as const

const filters = (service: () => fc.Arbitrary<string>) =>
  fc.uniqueArray(
    fc.oneof(
      fc.constantFrom<object>(
        { requestHeader: { set: [{ name: 'x-edge', value: '1' }], remove: ['x-inner'] } },
        { responseHeader: { add: [{ name: 'x-answered', value: 'edge' }] } },
        { rewrite: { replaceFull: '/whole' } },
        { rewrite: { hostToBackendHostname: true } },
      ),
      service().map((name) => ({ mirror: { percentage: 12.5, backend: backend(name) } })),
    ),
    { maxLength: 3, selector: (filter) => Object.keys(filter)[0] },
  )

const backend = (service: string, weight = 1) => ({ weight, destination: { 'kuma.io/service': service } })

const backends = (service: () => fc.Arbitrary<string>) =>
  fc.array(
    fc.tuple(service(), fc.integer({ min: 1, max: 9 })).map(([name, weight]) => backend(name, weight)),
    { minLength: 1, maxLength: 3 },
  )

const rule = (service: () => fc.Arbitrary<string>) =>
  fc
    .uniqueArray(fc.constantFrom<object>(...matches), { minLength: 1, maxLength: 2 })
    .chain((of) =>
      fc.oneof(
        { weight: 1, arbitrary: fc.constant({ matches: of, filters: [redirect] }) },
        { weight: 4, arbitrary: fc.record({ matches: fc.constant(of), filters: filters(service), backends: backends(service) }) },
      ),
    )

const routeConf = (service: () => fc.Arbitrary<string>) =>
  fc.oneof(
    fc
      .record(
        {
          hostnames: fc.constantFrom(['shop.example.com'], ['*.example.com', 'other.test']),
          rules: fc.array(rule(service), { minLength: 1, maxLength: 3 }),
        },
        { requiredKeys: ['rules'] },
      )
      .map((http) => ({ http })),
    backends(service).map((of) => ({ tcp: { rules: [{ backends: of }] } })),
  )

const gatewayRoute = (service: () => fc.Arbitrary<string>, index: number) =>
  fc.record({ port: fc.option(fc.nat({ max: 2 }), { nil: undefined }), conf: routeConf(service) }).map(({ port, conf }) => ({
    ...{ type: 'MeshGatewayRoute', name: `gateway-route-${index}` },
    selectors: selectors(port === undefined ? {} : { port: `p${port}` }),
    conf,
  }))

/** The resources of a gateway, without their mesh; none at all every other time. */
export const arbitraryGateway = (service: () => fc.Arbitrary<string>): fc.Arbitrary<object[]> =>
  fc.option(
    fc
      .record({
        listeners: fc.nat({ max: 2 }).chain((last) => fc.tuple(...Array.from({ length: last + 1 }, (_, index) => listener(index)))),
        routes: fc.nat({ max: 3 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => gatewayRoute(service, index)))),
      })
      .map(({ listeners, routes }) => [
        {
          ...{ type: 'Dataplane', name: 'edge-1' },
          networking: { address: '10.8.0.1', gateway: { type: 'BUILTIN', tags: { 'kuma.io/service': gatewayService } } },
        },
        { type: 'MeshGateway', name: 'edge', selectors: selectors(), conf: { listeners } },
        ...routes,
      ]),
    { nil: [] },
  )
