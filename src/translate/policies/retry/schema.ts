import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { selector } from '../../../core/kinds/selector.js'
import { p } from '../../../core/schema/index.js'
import { validateRetry } from './validate.js'

const backOff = () => p.message({ baseInterval: p.duration(), maxInterval: p.duration() }, { snake: ['baseInterval', 'maxInterval'] })

const httpRetryOn = () =>
  p.enumeration('kuma.mesh.v1alpha1.HttpRetryOn', [
    'all_5xx',
    'gateway_error',
    'reset',
    'connect_failure',
    'envoy_ratelimited',
    'retriable_4xx',
    'refused_stream',
    'retriable_status_codes',
    'retriable_headers',
    'http3_post_connect_failure',
  ])

const httpMethod = () =>
  p.enumeration('kuma.mesh.v1alpha1.HttpMethod', ['NONE', 'CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'])

const grpcRetryOn = () =>
  p.enumeration('kuma.mesh.v1alpha1.Retry.Conf.Grpc.RetryOn', [
    'cancelled',
    'deadline_exceeded',
    'internal',
    'resource_exhausted',
    'unavailable',
  ])

/** Source: retry.proto. */
export const retrySchema = () =>
  p.message({
    sources: p.list(selector()),
    destinations: p.list(selector()),
    conf: p.message({
      http: p.message(
        {
          numRetries: p.uint32Value(),
          perTryTimeout: p.duration(),
          backOff: backOff(),
          retriableStatusCodes: p.list(p.uint32()),
          retriableMethods: p.list(httpMethod()),
          retryOn: p.list(httpRetryOn()),
        },
        { snake: ['numRetries', 'perTryTimeout', 'backOff', 'retriableStatusCodes', 'retriableMethods', 'retryOn'] },
      ),
      tcp: p.message({ maxConnectAttempts: p.uint32() }, { snake: ['maxConnectAttempts'] }),
      grpc: p.message(
        { retryOn: p.list(grpcRetryOn()), numRetries: p.uint32Value(), perTryTimeout: p.duration(), backOff: backOff() },
        { snake: ['retryOn', 'numRetries', 'perTryTimeout', 'backOff'] },
      ),
    }),
  })

export type RetrySpec = z.infer<ReturnType<typeof retrySchema>>
export type RetryConf = NonNullable<RetrySpec['conf']>
export type HttpRetry = NonNullable<RetryConf['http']>
export type GrpcRetry = NonNullable<RetryConf['grpc']>
export type BackOff = NonNullable<HttpRetry['backOff']>

/** What clients try again, how often and when. */
export const Retry = defineKind<RetrySpec>({
  type: 'Retry',
  plural: 'retries',
  displayName: { singular: 'Retry', plural: 'Retries' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'sourceDestination' },
  includeInFederation: true,
  schema: retrySchema,
  validate: validateRetry,
})
