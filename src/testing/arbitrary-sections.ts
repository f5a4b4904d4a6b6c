import * as fc from 'fast-check'

/* Random valid sections of a Mesh, and the secrets that they and others refer to. */

const block = (label: string, base64: string) => `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`

/** A certificate and its key, in PEM. */
export interface Pem {
  readonly certificate: string
  readonly key: string
}

/** Has the shape of a certificate and of a key, and is neither. */
export const placeholderPem: Pem = {
  certificate: block('CERTIFICATE', 'MAUCAQEEAA=='),
  key: block('EC PRIVATE KEY', 'MAUCAQEEAA=='),
}

/** Secrets that Meshes, gateways and external services refer to, in Base64 by name. */
export const secretsOf = ({ certificate, key }: Pem): Readonly<Record<string, string>> => ({
  certificate: btoa(certificate),
  key: btoa(key),
  'certificate-and-key': btoa(certificate + key),
})

const caBackend = ({ key }: Pem) =>
  fc
    .record({
      type: fc.constantFrom('builtin', 'provided'),
      mode: fc.constantFrom('STRICT', 'PERMISSIVE'),
      expiration: fc.constantFrom('1d', '12h', '30m'),
      rsaBits: fc.constantFrom(2048, 4096),
    })
    .map(({ type, mode, expiration, rsaBits }) => ({
      name: 'ca-1',
      type,
      mode,
      dpCert: { rotation: { expiration } },
      conf:
        type === 'builtin'
          ? { caCert: { RSAbits: rsaBits, expiration: '10y' } }
          : { cert: { secret: 'certificate' }, key: { inlineString: key } },
    }))

const zipkin = () =>
  fc.record({
    url: fc.constantFrom('https://zipkin.example.com:9411/api/v2/spans', 'http://127.0.0.1:9411/api/v1/spans'),
    apiVersion: fc.constantFrom('httpJsonV1', 'httpJson', 'httpProto'),
    traceId128bit: fc.boolean(),
    sharedSpanContext: fc.boolean(),
  })

const prometheus = () =>
  fc.record(
    {
      port: fc.constantFrom(5670, 5671),
      path: fc.constantFrom('/metrics', '/stats'),
      tags: fc.constant({ 'kuma.io/service': 'dataplane-metrics' }),
      aggregate: fc.constant([{ name: 'app', port: 9000, path: '/metrics' }]),
      envoy: fc.constantFrom({ usedOnly: true }, { filterRegex: 'http.*', usedOnly: false }),
      tls: fc.constantFrom('activeMTLSBackend', 'providedTLS', 'disabled').map((mode) => ({ mode })),
    },
    { requiredKeys: ['port', 'path'] },
  )

/** Backends that TrafficLog and TrafficTrace refer to, metrics, constraints, and where traffic may go. */
export const arbitrarySections = (pem: Pem) =>
  fc
    .record({
      mtls: fc.option(caBackend(pem), { nil: undefined }),
      zipkin: zipkin(),
      sampling: fc.constantFrom(0, 12.5, 100),
      metrics: fc.option(prometheus(), { nil: undefined }),
      passthrough: fc.boolean(),
      routing: fc.record({
        localityAwareLoadBalancing: fc.boolean(),
        zoneEgress: fc.boolean(),
        defaultForbidMeshExternalServiceAccess: fc.boolean(),
      }),
    })
    .map(({ mtls, zipkin: zipkinConf, sampling, metrics, passthrough, routing }) => ({
      ...(mtls && { mtls: { enabledBackend: mtls.name, backends: [mtls] } }),
      logging: {
        defaultBackend: 'file',
        backends: [
          { name: 'file', type: 'file', conf: { path: '/tmp/access.log' } },
          { name: 'tcp', type: 'tcp', format: '%KUMA_SOURCE_SERVICE% %RESPONSE_CODE%', conf: { address: '127.0.0.1:5000' } },
        ],
      },
      tracing: {
        defaultBackend: 'zipkin',
        backends: [
          { name: 'zipkin', type: 'zipkin', sampling, conf: zipkinConf },
          { name: 'datadog', type: 'datadog', conf: { address: '127.0.0.1', port: 8126, splitService: true } },
        ],
      },
      ...(metrics && { metrics: { enabledBackend: 'prometheus', backends: [{ name: 'prometheus', type: 'prometheus', conf: metrics }] } }),
      networking: { outbound: { passthrough } },
      // Egress without mTLS is no valid mesh.
      routing: mtls ? routing : { ...routing, zoneEgress: false },
      constraints: { dataplaneProxy: { requirements: [{ tags: { 'kuma.io/service': '*' } }], restrictions: [{ tags: { barred: '*' } }] } },
    }))
