import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as p from '../schema/proto.js'

/** Source: secret.proto. `data` is Base64. */
export const secretSchema = () => p.message({ data: p.bytesValue() })

export type SecretSpec = z.infer<ReturnType<typeof secretSchema>>

/** A certificate, key or other secret that resources of one mesh refer to by name. */
export const Secret = defineKind<SecretSpec>({
  type: 'Secret',
  plural: 'secrets',
  displayName: { singular: 'Secret', plural: 'Secrets' },
  scope: 'Mesh',
  encoding: 'proto',
  providedByZone: true,
  adminOnly: true,
  includeInFederation: true,
  schema: secretSchema,
})

/** A secret of the control plane itself, such as the key that signs user tokens. */
export const GlobalSecret = defineKind<SecretSpec>({
  type: 'GlobalSecret',
  plural: 'globalsecrets',
  aliases: ['global-secrets'],
  displayName: { singular: 'Global Secret', plural: 'Global Secrets' },
  scope: 'Global',
  encoding: 'proto',
  providedByZone: true,
  adminOnly: true,
  includeInFederation: true,
  schema: secretSchema,
})
