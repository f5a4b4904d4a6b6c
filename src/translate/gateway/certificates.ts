import type { DataSource } from '../../core/kinds/data-source.js'
import type { MeshGatewayTls } from '../../core/kinds/mesh-gateway.js'
import type { Resource } from '../../core/resource.js'
import type { Secret } from '../../gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import { loadDataSource } from '../data-source.js'
import type { ProxyDraft } from '../draft.js'
import { names } from '../names.js'
import type { ProxyContext } from '../proxy.js'
import { readPem, writePem } from './pem.js'
import { privateKeyType } from './private-key.js'
import type { Certificates } from './tls.js'

/** Loads certificates where filter chains need them, and puts them among the proxy's secrets. */
export function gatewayCertificates(gateway: Resource, proxy: ProxyContext, draft: ProxyDraft): Certificates {
  return (hostname: string, { certificates = [] }: MeshGatewayTls) =>
    certificates.flatMap((source, i) => {
      const secret = certificateSecret(source, hostname, proxy)
      if (typeof secret === 'string') {
        const path = `tls.certificates[${i}]`
        const message = `the certificate of host ${hostname} can not be used: ${secret}. Connections that need it are refused`
        proxy.report({ level: 'error', code: 'bad-certificate', path, message, resource: gateway })
        return []
      }
      const { name = '' } = secret
      draft.secrets.set(name, secret)
      return [name]
    })
}

/** A certificate with its key as Envoy's secret, or what is wrong with it. */
function certificateSecret(source: DataSource, hostname: string, { mesh }: ProxyContext): Secret | string {
  const loaded = loadDataSource(source, mesh)
  if (!loaded.ok) return loaded.message
  const blocks = readPem(new TextDecoder().decode(loaded.data))
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'))
  const chain = blocks.filter(({ label }) => label.endsWith('CERTIFICATE'))
  const other = blocks.find((block) => !keys.includes(block) && !chain.includes(block))
  const [key] = keys
  if (other) return `a PEM block "${other.label}" is not expected there`
  if (chain.length === 0) return 'there is no certificate in it'
  if (!key) return 'there is no private key in it'
  if (keys.length > 1) return 'there is more than one private key in it'
  const keyType = privateKeyType(key.bytes)
  if (!keyType) return 'the private key is neither an RSA nor an ECDSA key'
  const inline = (inlineString: string) => ({ specifier: { $case: 'inlineString' as const, inlineString } })
  return {
    name: names.gatewayCertificate(keyType, ...identify(source, hostname)),
    type: {
      $case: 'tlsCertificate',
      tlsCertificate: {
        certificateChain: inline(chain.map((block) => `${writePem(block)}\n`).join('')),
        privateKey: inline(writePem(key)),
      },
    },
  }
}

/** Equal sources are one secret; inline ones are known by the host that they are for. */
function identify(source: DataSource, hostname: string): [source: string, identifier: string] {
  if (source.file !== undefined) return ['file', source.file]
  if (source.secret !== undefined) return ['secret', source.secret]
  return [source.inline === undefined ? 'inlineString' : 'inline', hostname]
}
