import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { o } from '../../../core/schema/index.js'
import { targetRef, targeted } from '../../../core/target-ref.js'
import { validateTls } from './validate.js'
import { tlsVersions } from './versions.js'

const ciphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
] as const

const version = () => o.enumeration(tlsVersions).default('TLSAuto')

const conf = () =>
  o.object({
    tlsVersion: o.object({ max: version(), min: version() }).optional(),
    tlsCiphers: o.list(o.enumeration(ciphers)).optional(),
    mode: o.enumeration(['Permissive', 'Strict']).optional(),
  })

export type TlsConf = z.infer<ReturnType<typeof conf>>

export const meshTlsSchema = () =>
  o.object({
    targetRef: targetRef().optional(),
    from: o.list(targeted(conf().optional())).optional(),
    rules: o.list(o.object({ default: conf().optional() })).optional(),
  })

export type MeshTlsSpec = z.infer<ReturnType<typeof meshTlsSchema>>

/** Whether proxies insist on mesh TLS, and which versions and ciphers of TLS they speak with each other. */
export const MeshTLS = defineKind<MeshTlsSpec>({
  type: 'MeshTLS',
  plural: 'meshtlses',
  shortName: 'mtls',
  displayName: { singular: 'Mesh TLS', plural: 'Mesh TLSes' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef', hasFromTargetRef: true, hasRulesTargetRef: true, isFromAsRules: true },
  includeInFederation: true,
  schema: meshTlsSchema,
  validate: validateTls,
})
