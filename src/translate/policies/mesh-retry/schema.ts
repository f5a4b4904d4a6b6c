import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { headerName } from '../../../core/http-headers.js'
import { o } from '../../../core/schema/index.js'
import { targetRef, targeted } from '../../../core/target-ref.js'
import { validateRetry } from './validate.js'

const header = () =>
  o.object({
    type: o.enumeration(['Exact', 'Present', 'RegularExpression', 'Absent', 'Prefix']).default('Exact'),
    name: headerName(),
    value: o.string().optional(),
  })

const backOff = () => o.object({ baseInterval: o.duration().optional(), maxInterval: o.duration().optional() })

export type BackOff = z.infer<ReturnType<typeof backOff>>

const rateLimitedBackOff = () =>
  o.object({
    resetHeaders: o.list(o.object({ name: headerName(), format: o.enumeration(['Seconds', 'UnixTimestamp']) })).optional(),
    maxInterval: o.duration().optional(),
  })

export type RateLimitedBackOff = z.infer<ReturnType<typeof rateLimitedBackOff>>

const requests = () => ({
  numRetries: o.integer().optional(),
  perTryTimeout: o.duration().optional(),
  backOff: backOff().optional(),
  rateLimitedBackOff: rateLimitedBackOff().optional(),
})

const hostPredicate = () =>
  o.object({
    predicate: o.enumeration(['OmitPreviousHosts', 'OmitHostsWithTags', 'OmitPreviousPriorities']),
    tags: o.map(o.string()).optional(),
    updateFrequency: o.integer().default(2),
  })

export type HostPredicate = z.infer<ReturnType<typeof hostPredicate>>

const http = () =>
  o.object({
    ...requests(),
    /** Conditions, methods (`HttpMethodGet` ...) and status codes. */
    retryOn: o.list(o.string()).optional(),
    retriableResponseHeaders: o.list(header()).optional(),
    retriableRequestHeaders: o.list(header()).optional(),
    hostSelection: o.list(hostPredicate()).optional(),
    hostSelectionMaxAttempts: o.integer().optional(),
  })

export type HttpRetry = z.infer<ReturnType<typeof http>>

const grpcConditions = ['Canceled', 'DeadlineExceeded', 'Internal', 'ResourceExhausted', 'Unavailable'] as const

const grpc = () => o.object({ ...requests(), retryOn: o.list(o.enumeration(grpcConditions)).optional() })

export type GrpcRetry = z.infer<ReturnType<typeof grpc>>

const conf = () =>
  o.object({
    tcp: o.object({ maxConnectAttempt: o.integer().optional() }).optional(),
    http: http().optional(),
    grpc: grpc().optional(),
  })

export type RetryConf = z.infer<ReturnType<typeof conf>>

export const meshRetrySchema = () => o.object({ targetRef: targetRef().optional(), to: o.list(targeted(conf().optional())).optional() })

export type MeshRetrySpec = z.infer<ReturnType<typeof meshRetrySchema>>

/** Which failed requests and connections a proxy tries again, and how often. */
export const MeshRetry = defineKind<MeshRetrySpec>({
  type: 'MeshRetry',
  plural: 'meshretries',
  shortName: 'mr',
  displayName: { singular: 'Mesh Retry', plural: 'Mesh Retries' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef', hasToTargetRef: true },
  includeInFederation: true,
  schema: meshRetrySchema,
  validate: validateRetry,
})
