import type { MeshTrustSpec } from '../core/kinds/mesh-trust.js'
import type { Resource } from '../core/resource.js'
import { SPIFFECertValidatorConfig } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls_spiffe_validator_config.js'
import type { Secret } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import { pack } from './envoy/any.js'
import { names } from './names.js'

/** Certificates (PEM) of the CAs of each trust domain. */
export type TrustDomains = ReadonlyMap<string, readonly string[]>

/** What the MeshTrusts of a mesh say. */
export function trustDomainsOf(trusts: readonly Resource<MeshTrustSpec>[]): TrustDomains {
  const domains = new Map<string, string[]>()
  for (const { spec } of trusts) {
    const pems = spec.caBundles.map(({ pem }) => pem?.value ?? '')
    domains.set(spec.trustDomain, [...(domains.get(spec.trustDomain) ?? []), ...pems])
  }
  return domains
}

/** The secret by which proxies check a certificate with the CAs of its trust domain, and no other. */
export function trustBundle(domains: TrustDomains): Secret {
  const sorted = [...domains].sort(([a], [b]) => (a < b ? -1 : 1))
  const config: SPIFFECertValidatorConfig = {
    trustDomains: sorted.map(([name, pems]) => ({
      name,
      trustBundle: { specifier: { $case: 'inlineBytes', inlineBytes: new TextEncoder().encode(pems.join('\n')) } },
    })),
  }
  return {
    name: names.trustBundleSecret,
    type: {
      $case: 'validationContext',
      validationContext: {
        customValidatorConfig: { name: 'envoy.tls.cert_validator.spiffe', typedConfig: pack(SPIFFECertValidatorConfig, config) },
      },
    },
  }
}
