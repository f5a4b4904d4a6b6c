import type * as z from 'zod'
import { goQuote } from '../go.js'
import { defineKind } from '../kind.js'
import { displayNameOf } from '../kri.js'
import { base64Error } from '../schema/base64.js'
import * as o from '../schema/openapi.js'
import { isAddress, isDnsName } from '../validate/address.js'
import { checkLength } from '../validate/names.js'
import { type Place, collect } from '../validate/violations.js'
import { longestServiceName } from './mesh-service.js'

const tlsVersions = ['TLSAuto', 'TLS10', 'TLS11', 'TLS12', 'TLS13'] as const

const base64 = () =>
  o.string().refine((text) => base64Error(text) === undefined, {
    error: ({ input }) => `in body must be of type byte: ${goQuote(String(input))}`,
  })

/** Source: api/common/v1alpha1, DataSource. */
const inMeshDataSource = () => o.object({ secret: o.string().optional(), inline: base64().optional(), inlineString: o.string().optional() })

/** Source: meshexternalservice.go. */
export const meshExternalServiceSchema = () =>
  o.object({
    match: o.object({
      type: o.enumeration(['HostnameGenerator']).default('HostnameGenerator'),
      port: o.integer({ min: 1, max: 65535 }),
      protocol: o.enumeration(['tcp', 'grpc', 'http', 'http2']).default('tcp'),
    }),
    extension: o.object({ type: o.string(), config: o.json().optional() }).optional(),
    endpoints: o
      .list(
        o.object({
          address: o.string({ minLength: 1 }),
          port: o.integer({ min: 1, max: 65535 }),
          priority: o.integer({ min: 0, max: 128 }).optional(),
        }),
      )
      .optional(),
    tls: o
      .object({
        enabled: o.boolean().default(false),
        version: o
          .object({ min: o.enumeration(tlsVersions).default('TLSAuto'), max: o.enumeration(tlsVersions).default('TLSAuto') })
          .optional(),
        allowRenegotiation: o.boolean().default(false),
        verification: verification().optional(),
      })
      .optional(),
  })

const verification = () =>
  o.object({
    mode: o.enumeration(['SkipSAN', 'SkipCA', 'Secured', 'SkipAll']).default('Secured'),
    serverName: o.string().optional(),
    subjectAltNames: o.list(o.object({ type: o.enumeration(['Exact', 'Prefix']).default('Exact'), value: o.string() })).optional(),
    caCert: inMeshDataSource().optional(),
    clientCert: inMeshDataSource().optional(),
    clientKey: inMeshDataSource().optional(),
  })

export type MeshExternalServiceSpec = z.infer<ReturnType<typeof meshExternalServiceSchema>>
type Tls = NonNullable<MeshExternalServiceSpec['tls']>

/** A place outside the mesh with a host name of its own, reached through the zone's egress. */
export const MeshExternalService = defineKind<MeshExternalServiceSpec>({
  type: 'MeshExternalService',
  plural: 'meshexternalservices',
  shortName: 'extsvc',
  displayName: { singular: 'Mesh External Service', plural: 'Mesh External Services' },
  scope: 'Mesh',
  encoding: 'openapi',
  hasStatus: true,
  includeInFederation: true,
  schema: meshExternalServiceSchema,
  destinations: ({ match: { port } }) => [{ port, section: String(port) }],
  validate({ extension, endpoints = [], tls }, resource) {
    const root = collect()
    checkLength(root.field('name'), displayNameOf(resource), longestServiceName)
    const at = root.field('spec')
    // Endpoints and TLS are an extension's own business.
    if (extension) {
      if (extension.type === '') at.field('extension.type').add('must not be empty')
      return root.violations
    }
    for (const [i, { address }] of endpoints.entries()) {
      if (!isAddress(address)) at.field('endpoints').index(i).field('address').add('address has to be a valid IP or hostname')
    }
    if (tls) checkTls(at.field('tls'), tls)
    return root.violations
  },
})

function checkTls(at: Place, { version, verification }: Tls): void {
  if (version && version.max !== 'TLSAuto' && tlsVersions.indexOf(version.min) > tlsVersions.indexOf(version.max)) {
    at.field('version.min').add('min version must be lower than max')
  }
  const { serverName, clientCert, clientKey } = verification ?? {}
  const place = at.field('verification')
  if (serverName !== undefined && !isDnsName(serverName)) place.field('serverName').add('must be a valid DNS name')
  if (clientCert && !clientKey) place.field('clientKey').add('must be defined when clientCert is defined')
  if (clientKey && !clientCert) place.field('clientCert').add('must be defined when clientKey is defined')
}
