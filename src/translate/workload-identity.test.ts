import { describe, expect, it } from 'vitest'
import { translated } from '../../test/translated.js'
import { placeholderIdentity } from '../protojson/index.js'

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

const meshTrust = {
  type: 'MeshTrust',
  mesh: 'shop',
  name: 't',
  spec: { trustDomain: 'other', caBundles: [{ type: 'Pem', pem: { value: pem } }] },
}

interface Options {
  readonly mtls?: boolean
  readonly ready?: boolean
  readonly labels?: string
  readonly provider?: string
  readonly trust?: boolean
}

function mesh({ mtls = false, ready = true, labels = 'kuma.io/workload: web', provider = 'type: Bundled', trust = true }: Options) {
  return `
type: Mesh
name: shop
${mtls ? 'mtls: { enabledBackend: ca, backends: [{ name: ca, type: builtin, mode: PERMISSIVE }] }' : ''}
---
type: Dataplane
mesh: shop
name: web-1
labels: { ${labels} }
networking:
  address: 10.0.0.1
  inbound: [{ port: 8080, tags: { kuma.io/service: web } }]
---
type: Dataplane
mesh: shop
name: orders-1
networking: { address: 10.0.0.2, inbound: [{ port: 8080, tags: { kuma.io/service: orders } }] }
---
type: MeshIdentity
mesh: shop
name: identity
creationTime: '2024-01-01T00:00:00Z'
labels: { kuma.io/zone: east, kuma.io/env: universal }
spec: { selector: { dataplane: { matchLabels: { kuma.io/workload: web } } }, provider: { ${provider} } }
status: { conditions: [{ type: Ready, status: '${ready ? 'True' : 'False'}' }] }
${trust ? `---\n${JSON.stringify(meshTrust)}` : ''}
`
}

const bundled = 'type: Bundled, bundled: { autogenerate: { enabled: true } }'
const workloadIdentity = placeholderIdentity([])
const web = (options: Options) => translated(mesh(options), 'web-1', { workloadIdentity })
const secret = 'kri_mid_shop_east__identity_'

describe('a proxy that a MeshIdentity selects', () => {
  it('guards its inbounds with its own certificate and nothing else gets in', () => {
    const { listeners, secrets } = web({ provider: bundled })
    const [chain] = listeners['inbound:10.0.0.1:8080'].filterChains
    const tls = chain.transportSocket.typedConfig.commonTlsContext
    expect(tls.tlsCertificateSdsSecretConfigs[0].name).toBe(secret)
    expect(tls.combinedValidationContext.defaultValidationContext.matchTypedSubjectAltNames).toEqual([
      { sanType: 'URI', matcher: { prefix: 'spiffe://other/' } },
    ])
    expect(chain.filters[0].typedConfig.matcher.onNoMatch.action.typedConfig.action).toBe('DENY')
    expect(Object.keys(secrets)).toEqual([secret, 'system_trust_bundle'])
    expect(translated(mesh({ provider: bundled }), 'orders-1').secrets).toEqual({})
  })

  it('counts the CA of mesh mTLS as one more trust domain, for those without an identity too', () => {
    const { trustDomains } = web({ mtls: true, provider: bundled }).secrets['system_trust_bundle'].validationContext.customValidatorConfig
      .typedConfig
    expect(trustDomains.map(({ name }: { name: string }) => name)).toEqual(['other', 'shop'])
    const other = translated(mesh({ mtls: true, provider: bundled }), 'orders-1')
    expect(Object.keys(other.secrets)).toEqual(['identity_cert:secret:shop', 'system_trust_bundle'])
    const chain = other.listeners['inbound:10.0.0.2:8080'].filterChains[2]
    const { combinedValidationContext } = chain.transportSocket.typedConfig.commonTlsContext
    expect(combinedValidationContext.defaultValidationContext).toEqual({})
  })

  it('has its secrets from a SPIRE agent where that is the provider', () => {
    const { listeners, clusters, secrets } = web({ provider: 'type: Spire, spire: { agent: { timeout: 2s } }' })
    const tls = listeners['inbound:10.0.0.1:8080'].filterChains[0].transportSocket.typedConfig.commonTlsContext
    expect(tls.tlsCertificateSdsSecretConfigs[0]).toMatchObject({
      name: 'spiffe://shop.east.mesh.local/workload/web',
      sdsConfig: { apiConfigSource: { grpcServices: [{ envoyGrpc: { clusterName: 'system_identity_sds-spire-agent' } }] } },
    })
    expect(tls.combinedValidationContext.validationContextSdsSecretConfig.name).toBe('ALL')
    expect(clusters['system_identity_sds-spire-agent'].connectTimeout).toBe('2s')
    expect(secrets).toEqual({})
  })

  it('waits for a certificate where its SPIFFE ID can not be told, and says why', () => {
    const template = mesh({ provider: bundled }).replace(
      'spec: { selector',
      'spec: { spiffeID: { path: \'/{{ label "team" }}\' }, selector',
    )
    const { listeners, secrets, issues } = translated(template, 'web-1', { workloadIdentity })
    expect(issues).toContainEqual(
      expect.objectContaining({
        code: 'no-identity',
        path: 'spec.spiffeID.path',
        message: expect.stringContaining('label team not found'),
      }),
    )
    expect(listeners['inbound:10.0.0.1:8080'].filterChains).toHaveLength(1)
    expect(Object.keys(secrets)).toEqual(['system_trust_bundle'])
  })

  it('waits for a certificate that it was not given, and says so', () => {
    const { secrets, issues } = translated(mesh({ provider: bundled }), 'web-1', { identity: undefined })
    expect(Object.keys(secrets)).toEqual(['system_trust_bundle'])
    expect(issues).toContainEqual(
      expect.objectContaining({ code: 'no-identity', message: expect.stringContaining('a MeshIdentity selects') }),
    )
  })

  it('is as without one until the MeshIdentity is ready', () => {
    expect(web({ ready: false, provider: bundled }).listeners['inbound:10.0.0.1:8080'].filterChains[0].transportSocket).toBeUndefined()
  })
})
