/**
 * For tests of edits: what may stand in each place of a mesh, as YAML. The first of each is there to begin with; an empty first one
 * means that nothing is. Kept small, so that edits meet each other.
 */
const policy = (type: string, spec: string) => `type: ${type}\nmesh: shop\nname: one\nspec: ${spec}\n`
const all = 'targetRef: {kind: Mesh}'
const web = 'targetRef: {kind: MeshSubset, tags: {kuma.io/service: web}}'
const webSidecars = 'targetRef: {kind: MeshSubset, proxyTypes: [Sidecar], tags: {kuma.io/service: web}}'
const stock = 'targetRef: {kind: Dataplane, labels: {app: stock}}'
const onRoute = 'targetRef: {kind: MeshHTTPRoute, name: one}'
const to = (target: string, conf: string) => `to: [{targetRef: ${target}, default: ${conf}}]`
const from = (conf: string) => `from: [{targetRef: {kind: Mesh}, default: ${conf}}]`
const mesh = '{kind: Mesh}'
const orders = '{kind: MeshService, name: orders}'
const realOrders = '{kind: MeshService, labels: {kuma.io/display-name: orders}}'

function dataplane(name: string, address: string, { version = 'v1', more = '', outbound = '', labels = '' } = {}): string {
  const service = name.split('-')[0]
  const dials = ['orders', 'stock', 'api'].map((to, i) => `{port: ${9001 + i}, tags: {kuma.io/service: ${to}}}`).join(', ')
  return `type: Dataplane
mesh: shop
name: ${name}
labels: {app: ${service}, kuma.io/display-name: ${name}${labels}}
networking:
  address: ${address}
  inbound: [{port: 8080, name: main, tags: {kuma.io/service: ${service}, kuma.io/protocol: http, version: ${version}}}]
  outbound: [${dials}${outbound}]
${more}`
}

const transparent = '  transparentProxying: {redirectPortInbound: 15006, redirectPortOutbound: 15001}\n'
const realOutbound = ', {port: 9009, backendRef: {kind: MeshService, name: orders, port: 80}}'

const sides = (source: string, destination: string, conf = '') =>
  `sources: [{match: {kuma.io/service: '${source}'}}]\ndestinations: [{match: {kuma.io/service: '${destination}'}}]\n${conf}`
const older = (type: string, text: string) => `type: ${type}\nmesh: shop\nname: one\ncreationTime: '2026-01-01T00:00:00Z'\n${text}`

const mtls = (mode = '') => `mtls: {enabledBackend: ca, backends: [{name: ca, type: builtin${mode}}]}\n`
const shop = (more: string) => `type: Mesh\nname: shop\nskipCreatingInitialPolicies: ['*']\n${more}`
const meshService = (name: string, more: string) =>
  `type: MeshService\nmesh: shop\nname: ${name}\nlabels: {kuma.io/display-name: ${name}}\nspec:\n  selector: {dataplaneTags: {kuma.io/service: ${name}}}\n  ports: [{port: 80, targetPort: 8080, appProtocol: http}]\n${more}`

export const catalogue: Readonly<Record<string, readonly string[]>> = {
  mesh: [
    shop(mtls()),
    shop(mtls(', mode: PERMISSIVE')),
    shop('networking: {outbound: {passthrough: false}}\n'),
    shop(`${mtls()}routing: {localityAwareLoadBalancing: true, zoneEgress: true}\n`),
    shop(
      `${mtls()}logging: {defaultBackend: file, backends: [{name: file, type: file, conf: {path: /tmp/log}}]}\nmeshServices: {mode: Everywhere}\n`,
    ),
  ],
  'web-0': [
    dataplane('web-0', '10.0.0.10'),
    dataplane('web-0', '10.0.0.90', { version: 'v2' }),
    dataplane('web-0', '10.0.0.10', { more: transparent }),
  ],
  'web-1': [
    dataplane('web-1', '10.0.0.11', { more: transparent }),
    dataplane('web-1', '10.0.0.91', { outbound: realOutbound }),
    dataplane('web-1', '10.0.0.11', { more: `${transparent.replace('}', ', directAccessServices: [orders]}')}` }),
  ],
  'web-2': [
    dataplane('web-2', '10.0.0.12'),
    dataplane('web-2', '10.0.0.12', { labels: ', kuma.io/workload: shop-front' }),
    dataplane('web-2', '127.0.0.1'),
  ],
  'orders-0': [
    dataplane('orders-0', '10.0.1.10'),
    dataplane('orders-0', '10.0.1.90'),
    dataplane('orders-0', '10.0.1.10', { version: 'v2' }),
  ],
  'orders-1': [
    dataplane('orders-1', '10.0.1.11', { version: 'v2' }),
    dataplane('orders-1', '10.0.1.11').replace('protocol: http', 'protocol: tcp'),
  ],
  'stock-0': [dataplane('stock-0', '10.0.2.10'), dataplane('stock-0', '10.0.2.11', { outbound: realOutbound })],
  gateway: [
    'type: Dataplane\nmesh: shop\nname: edge\nnetworking: {address: 10.0.3.10, gateway: {type: BUILTIN, tags: {kuma.io/service: edge}}}\n',
    'type: Dataplane\nmesh: shop\nname: edge\nnetworking: {address: 10.0.3.11, gateway: {type: DELEGATED, tags: {kuma.io/service: edge}}}\n',
  ],
  meshGateway: [
    'type: MeshGateway\nmesh: shop\nname: edge\nselectors: [{match: {kuma.io/service: edge}}]\nconf: {listeners: [{port: 8000, protocol: HTTP, hostname: a.example.com, tags: {port: http}}]}\n',
    'type: MeshGateway\nmesh: shop\nname: edge\nselectors: [{match: {kuma.io/service: edge}}]\nconf: {listeners: [{port: 8001, protocol: TCP}]}\n',
  ],
  gatewayRoute: [
    'type: MeshGatewayRoute\nmesh: shop\nname: one\nselectors: [{match: {kuma.io/service: edge}}]\nconf: {http: {rules: [{matches: [{path: {match: PREFIX, value: /}}], backends: [{destination: {kuma.io/service: orders}, weight: 1}]}]}}\n',
  ],
  ordersService: [
    meshService('orders', 'status: {vips: [{ip: 241.0.0.1}], tls: {status: Ready}, dataplaneProxies: {connected: 1}}\n'),
    meshService('orders', 'status: {vips: [{ip: 241.0.0.2}]}\n'),
    meshService('orders', 'status: {vips: [{ip: 241.0.0.1}]}\n').replace('appProtocol: http', 'appProtocol: tcp'),
  ],
  spanning: [
    'type: MeshMultiZoneService\nmesh: shop\nname: everywhere\nspec: {selector: {meshService: {matchLabels: {kuma.io/display-name: orders}}}, ports: [{port: 80, appProtocol: http}]}\nstatus: {vips: [{ip: 243.0.0.1}], meshServices: [{name: orders, mesh: shop}]}\n',
  ],
  outsideReal: [
    'type: MeshExternalService\nmesh: shop\nname: bank\nspec: {match: {type: HostnameGenerator, port: 443, protocol: tcp}, endpoints: [{address: bank.example.com, port: 443}]}\nstatus: {vip: {ip: 242.0.0.1}}\n',
  ],
  outside: [
    'type: ExternalService\nmesh: shop\nname: api\ntags: {kuma.io/service: api, kuma.io/protocol: http}\nnetworking: {address: api.example.com:443, tls: {enabled: true, caCert: {secret: ca}}}\n',
    'type: ExternalService\nmesh: shop\nname: api\ntags: {kuma.io/service: api}\nnetworking: {address: 192.0.2.1:80}\n',
  ],
  secret: ['type: Secret\nmesh: shop\nname: ca\ndata: dGVzdA==\n', 'type: Secret\nmesh: shop\nname: ca\ndata: b3RoZXI=\n'],
  ingress: [
    'type: ZoneIngress\nname: far\nzone: far\nnetworking: {address: 10.9.0.1, port: 10001, advertisedAddress: 192.0.2.9, advertisedPort: 10001}\navailableServices: [{mesh: shop, instances: 2, tags: {kuma.io/service: orders, kuma.io/zone: far}}]\n',
  ],
  egress: ['type: ZoneEgress\nname: exit\nnetworking: {address: 10.0.9.2, port: 10002}\n'],
  door: [
    'type: ZoneIngress\nname: door\nnetworking: {address: 10.0.9.1, port: 10001, advertisedAddress: 192.0.2.8, advertisedPort: 10001}\n',
  ],
  virtual: [
    "type: VirtualOutbound\nmesh: shop\nname: one\nselectors: [{match: {kuma.io/service: '*'}}]\nconf: {host: '{{.service}}.{{.version}}.here', port: '80', parameters: [{name: service, tagKey: kuma.io/service}, {name: version}]}\n",
  ],
  addresses: [
    'type: VirtualAddresses\nmesh: shop\nname: dns-vips\naddresses: {service:orders: 240.0.0.9, service:web: 240.0.0.3}\n',
    'type: VirtualAddresses\nmesh: shop\nname: dns-vips\naddresses: {service:orders: 240.0.0.9, service:api: 240.0.0.4}\n',
  ],
  cluster: [
    'type: VirtualAddresses\nmesh: shop\nname: cluster-vips\nclusterOutbounds: [{address: 10.96.0.9, port: 8080, tags: {kuma.io/service: orders}}]\n',
    'type: VirtualAddresses\nmesh: shop\nname: cluster-vips\nclusterOutbounds: [{address: 10.96.0.9, port: 8080, tags: {kuma.io/service: web}}, {address: 10.0.0.7, port: 80, tags: {kuma.io/service: orders, kuma.io/instance: orders-0}}]\n',
  ],
  timeout: [
    policy('MeshTimeout', `{${all}, ${to(mesh, '{connectionTimeout: 5s}')}}`),
    policy('MeshTimeout', `{${web}, ${to(orders, '{connectionTimeout: 6s}')}}`),
    policy('MeshTimeout', `{${onRoute}, ${to(mesh, '{http: {requestTimeout: 7s}}')}}`),
    policy('MeshTimeout', `{${stock}, ${to(realOrders, '{connectionTimeout: 8s}')}}`),
  ],
  httpRoute: [
    policy(
      'MeshHTTPRoute',
      `{${all}, to: [{targetRef: ${orders}, rules: [{matches: [{path: {type: PathPrefix, value: /v2}}], default: {backendRefs: [{kind: MeshServiceSubset, name: orders, tags: {version: v2}, weight: 1}]}}]}]}`,
    ),
    policy(
      'MeshHTTPRoute',
      `{${web}, to: [{targetRef: ${orders}, rules: [{matches: [{path: {type: PathPrefix, value: /}}], default: {}}]}]}`,
    ),
    policy(
      'MeshHTTPRoute',
      `{${all}, to: [{targetRef: ${realOrders}, rules: [{matches: [{path: {type: Exact, value: /x}}], default: {}}]}]}`,
    ),
  ],
  tcpRoute: [
    policy(
      'MeshTCPRoute',
      `{${stock}, to: [{targetRef: ${orders}, rules: [{default: {backendRefs: [{kind: MeshService, name: stock, weight: 1}]}}]}]}`,
    ),
  ],
  retry: [
    policy('MeshRetry', `{${all}, ${to(mesh, '{http: {numRetries: 3}}')}}`),
    policy('MeshRetry', `{${web}, ${to(orders, '{http: {numRetries: 4}}')}}`),
  ],
  breaker: [
    policy(
      'MeshCircuitBreaker',
      `{${web}, ${to(mesh, '{connectionLimits: {maxConnections: 4}}')}, ${from('{connectionLimits: {maxConnections: 5}}')}}`,
    ),
  ],
  health: [
    policy(
      'MeshHealthCheck',
      `{${all}, ${to(mesh, '{interval: 10s, timeout: 2s, unhealthyThreshold: 3, healthyThreshold: 1, http: {path: /h}}')}}`,
    ),
  ],
  accessLog: [
    policy(
      'MeshAccessLog',
      `{${all}, ${to(mesh, '{backends: [{type: File, file: {path: /tmp/log}}]}')}, ${from('{backends: [{type: File, file: {path: /tmp/in}}]}')}}`,
    ),
    policy('MeshAccessLog', `{${web}, ${to(mesh, "{backends: [{type: Tcp, tcp: {address: 'logs:5000'}}]}")}}`),
  ],
  permission: [
    policy('MeshTrafficPermission', `{${all}, ${from('{action: Allow}')}}`),
    policy('MeshTrafficPermission', `{${stock}, ${from('{action: Deny}')}}`),
  ],
  rateLimit: [policy('MeshRateLimit', `{${webSidecars}, ${from('{local: {http: {requestRate: {num: 5, interval: 10s}}}}')}}`)],
  fault: [policy('MeshFaultInjection', `{${webSidecars}, ${from('{http: [{abort: {httpStatus: 500, percentage: 5}}]}')}}`)],
  balancing: [
    policy('MeshLoadBalancingStrategy', `{${all}, ${to(mesh, '{loadBalancer: {type: Random}, localityAwareness: {disabled: true}}')}}`),
  ],
  tls: [policy('MeshTLS', `{${all}, ${from('{mode: Permissive}')}}`)],
  metric: [
    policy(
      'MeshMetric',
      `{${stock}, default: {applications: [{port: 5670}], backends: [{type: Prometheus, prometheus: {port: 5671, path: /m}}]}}`,
    ),
  ],
  passthrough: [policy('MeshPassthrough', `{${all}, default: {passthroughMode: None}}`)],
  patch: [
    policy(
      'MeshProxyPatch',
      `{${stock}, default: {appendModifications: [{cluster: {operation: Patch, match: {origin: outbound}, value: "connect_timeout: 77s"}}]}}`,
    ),
  ],
  trafficRoute: [
    older(
      'TrafficRoute',
      sides(
        '*',
        'orders',
        'conf: {split: [{weight: 9, destination: {kuma.io/service: orders, version: v1}}, {weight: 1, destination: {kuma.io/service: orders, version: v2}}]}\n',
      ),
    ),
    older('TrafficRoute', sides('web', '*', "conf: {destination: {kuma.io/service: '*'}}\n")),
  ],
  trafficPermission: [older('TrafficPermission', sides('*', '*')), older('TrafficPermission', sides('web', 'orders'))],
  olderTimeout: [
    older('Timeout', sides('*', '*', 'conf: {connectTimeout: 3s}\n')),
    older('Timeout', sides('web', 'stock', 'conf: {connectTimeout: 4s}\n')),
  ],
  trafficLog: [older('TrafficLog', sides('*', '*', 'conf: {backend: file}\n'))],
  olderRetry: [older('Retry', sides('*', 'stock', 'conf: {http: {numRetries: 2}}\n'))],
  olderHealth: [older('HealthCheck', sides('*', '*', 'conf: {interval: 10s, timeout: 2s, unhealthyThreshold: 3, healthyThreshold: 1}\n'))],
  olderBreaker: [older('CircuitBreaker', sides('stock', '*', 'conf: {interval: 5s, detectors: {totalErrors: {consecutive: 3}}}\n'))],
  olderLimit: [older('RateLimit', sides('*', 'orders', 'conf: {http: {requests: 5, interval: 10s}}\n'))],
  olderFault: [
    older(
      'FaultInjection',
      `${sides('*', 'orders', 'conf: {abort: {httpStatus: 500, percentage: 50}}\n').replace("destinations: [{match: {kuma.io/service: 'orders'}}]", "destinations: [{match: {kuma.io/service: 'orders', kuma.io/protocol: http}}]")}`,
    ),
  ],
  trust: [
    'type: MeshTrust\nmesh: shop\nname: one\nspec: {trustDomain: far.example, caBundles: [{type: Pem, pem: {value: "-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----"}}]}\n',
  ],
}
