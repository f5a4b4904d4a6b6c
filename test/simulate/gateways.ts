import type { Dice } from './dice.js'
import {
  headerNames,
  headerValues,
  hosts,
  methods,
  pathExpressions,
  pathPrefixes,
  paths,
  services,
  valueExpressions,
  versions,
} from './vocabulary.js'
import { gatewayHttpRoute } from './policies.js'

/* A random builtin gateway: where it listens, and where it sends what it takes. */

export const edge = 'edge-0'
const selectors = (tags: object = {}) => [{ match: { 'kuma.io/service': 'edge', ...tags } }]

/** The resources of a gateway at an address. A listener with TLS shows the certificate of Secret `edge`. */
export function randomGateway(
  dice: Dice,
  mesh: string,
  address: string,
  ports: readonly { readonly port: number; readonly tls: boolean }[],
): object[] {
  const listeners = ports.map(({ port, tls }, i) => ({
    port,
    protocol: tls ? 'HTTPS' : 'HTTP',
    hostname: dice.maybe(0.4, () => dice.pick(['example.com', '*.mesh', 'api'])),
    tls: tls ? { mode: 'TERMINATE', certificates: [{ secret: 'edge' }] } : undefined,
    tags: { port: `p${i}` },
  }))
  const routes = dice.chance(0.7) ? dice.some(3, () => gatewayRoute(dice), 1) : []
  const newer = routes.length === 0 || dice.chance(0.3) ? dice.some(2, () => gatewayHttpRoute(dice), 1) : []
  return [
    {
      type: 'Dataplane',
      mesh,
      name: edge,
      networking: { address, gateway: { type: 'BUILTIN', tags: { 'kuma.io/service': 'edge' } } },
    },
    { type: 'MeshGateway', mesh, name: 'edge', selectors: selectors(), conf: { listeners } },
    ...routes.map((route, i) => ({ ...route, mesh, name: `gateway-route-${i}` })),
    ...newer.map((route, i) => ({ ...route, mesh, name: `gateway-http-route-${i}` })),
  ]
}

const pathMatch = (dice: Dice) => {
  if (dice.chance(0.4)) return { match: 'PREFIX', value: '/' }
  const match = dice.pick(['PREFIX', 'PREFIX', 'EXACT', 'REGEX'])
  return { match, value: dice.pick(match === 'PREFIX' ? pathPrefixes : match === 'EXACT' ? paths : pathExpressions) }
}

const headerMatch = (dice: Dice) => {
  const match = dice.pick(['EXACT', 'REGEX', 'PRESENT', 'ABSENT'])
  const value = match === 'EXACT' ? dice.pick(headerValues) : match === 'REGEX' ? dice.pick(valueExpressions) : undefined
  return { match, name: dice.pick(headerNames), value }
}

const newPath = (dice: Dice) =>
  dice.chance(0.5) ? { replaceFull: dice.pick(['/full', '/']) } : { replacePrefixMatch: dice.pick(['/pre', '/', '/p/q']) }

const filter = (dice: Dice): object => {
  const name = dice.pick(headerNames)
  return dice.pick<() => object>([
    () => ({ requestHeader: dice.pick([{ set: [{ name, value: 'set' }] }, { add: [{ name, value: 'more' }] }, { remove: [name] }]) }),
    () => ({ rewrite: newPath(dice) }),
    () => ({
      redirect: {
        scheme: dice.pick(['http', 'https']),
        hostname: 'elsewhere.example',
        port: dice.maybe(0.5, () => dice.pick([80, 443, 8443])),
        statusCode: dice.pick([301, 302, 303, 307, 308]),
        path: dice.maybe(0.4, () => newPath(dice)),
      },
    }),
  ])()
}

const backend = (dice: Dice) => ({
  weight: dice.pick([1, 1, 10, 100]),
  destination: { 'kuma.io/service': dice.pick(services), ...(dice.chance(0.3) && { version: dice.pick(versions) }) },
})

const gatewayRoute = (dice: Dice): object => ({
  type: 'MeshGatewayRoute',
  selectors: selectors(dice.chance(0.3) ? { port: dice.pick(['p0', 'p1']) } : {}),
  conf: {
    http: {
      hostnames: dice.maybe(0.4, () => dice.some(2, () => dice.pick(hosts).replace(/:\d+$/, '').toLowerCase(), 1)),
      rules: dice.some(
        3,
        () => {
          const filters = dice.some(2, () => filter(dice))
          return {
            matches: dice.some(
              2,
              () => ({
                path: pathMatch(dice),
                method: dice.maybe(0.25, () => dice.pick(methods)),
                headers: dice.maybe(0.35, () => [headerMatch(dice)]),
                queryParameters: dice.maybe(0.2, () => [{ match: 'EXACT', name: 'debug', value: 'true' }]),
              }),
              1,
            ),
            filters,
            backends: filters.some((one) => 'redirect' in one) ? undefined : dice.some(3, () => backend(dice), 1),
          }
        },
        1,
      ),
    },
  },
})
