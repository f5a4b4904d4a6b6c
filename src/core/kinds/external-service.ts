import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as p from '../schema/proto.js'
import { isAddress } from '../validate/address.js'
import { checkDataSource } from '../validate/data-source.js'
import { checkPort } from '../validate/ports.js'
import { checkProtocolTag } from '../validate/protocols.js'
import { checkTags, serviceTag } from '../validate/tags.js'
import { splitHostPort } from '../validate/url.js'
import { type Place, collect } from '../validate/violations.js'
import { dataSource } from './data-source.js'

/** Source: externalservice.proto. */
export const externalServiceSchema = () =>
  p.message({
    networking: p.message({
      address: p.string(),
      tls: p.message(
        {
          enabled: p.bool(),
          caCert: dataSource(),
          clientCert: dataSource(),
          clientKey: dataSource(),
          allowRenegotiation: p.boolValue(),
          serverName: p.stringValue(),
          skipHostnameVerification: p.boolValue(),
        },
        { snake: ['caCert', 'clientCert', 'clientKey', 'serverName'] },
      ),
      disableHostDNSEntry: p.bool(),
    }),
    tags: p.map(p.string()),
  })

export type ExternalServiceSpec = z.infer<ReturnType<typeof externalServiceSchema>>

/** A place outside the mesh that proxies reach as a service of it. */
export const ExternalService = defineKind<ExternalServiceSpec>({
  type: 'ExternalService',
  plural: 'external-services',
  displayName: { singular: 'External Service', plural: 'External Services' },
  scope: 'Mesh',
  encoding: 'proto',
  includeInFederation: true,
  schema: externalServiceSchema,
  validate({ networking, tags }) {
    const root = collect()
    const at = root.field('networking')
    if (networking) checkAddress(at.field('address'), networking.address ?? '')
    else at.add('should have networking')
    const { tls } = networking ?? {}
    if (tls?.serverName === '') at.field('tls.serverName').add('cannot be empty')
    for (const name of ['caCert', 'clientCert', 'clientKey'] as const) checkDataSource(at.field('tls').field(name), tls?.[name])
    checkTags(root.field('tags'), tags, { requireService: true, extra: checkProtocolTag })
    const host = splitHostPort(networking?.address ?? '')?.host
    if (host && tags?.[serviceTag] === host) root.field('tags').key(serviceTag).add('cannot be the same as networking.address')
    return root.violations
  },
})

function checkAddress(at: Place, address: string): void {
  if (address === '') return at.add("address can't be empty")
  const { host, port } = splitHostPort(address) ?? { host: '', port: '' }
  if (!splitHostPort(address)) at.add('unable to parse address')
  if (!isAddress(host)) at.add('address has to be a valid IP address or a domain name')
  const number = /^\d+$/.test(port) && Number(port) < 2 ** 32 ? Number(port) : undefined
  if (number === undefined) at.add('unable to parse port in address')
  checkPort(at, number)
}
