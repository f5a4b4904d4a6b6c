import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { collectorRef } from '../../../core/open-telemetry.js'
import { o } from '../../../core/schema/index.js'
import { targetRef } from '../../../core/target-ref.js'
import { validateMetric } from './validate.js'

const selector = () => o.object({ type: o.enumeration(['Prefix', 'Regex', 'Exact', 'Contains']), match: o.string() })

export type MetricSelector = z.infer<ReturnType<typeof selector>>

const profiles = () =>
  o.object({
    appendProfiles: o.list(o.object({ name: o.enumeration(['All', 'Basic', 'None']) })).optional(),
    exclude: o.list(selector()).optional(),
    include: o.list(selector()).optional(),
  })

const application = () =>
  o.object({
    name: o.string().optional(),
    path: o.string().default('/metrics'),
    address: o.string().optional(),
    port: o.integer(),
  })

const prometheus = () =>
  o.object({
    clientId: o.string().optional(),
    port: o.integer().default(5670),
    path: o.string().default('/metrics'),
    tls: o.object({ mode: o.enumeration(['Disabled', 'ProvidedTLS', 'ActiveMTLSBackend']).default('Disabled') }).optional(),
  })

export type PrometheusBackend = z.infer<ReturnType<typeof prometheus>>

const openTelemetry = () => o.object({ ...collectorRef(), refreshInterval: o.duration().optional() })

export type OpenTelemetryBackend = z.infer<ReturnType<typeof openTelemetry>>

const backend = () =>
  o.object({
    type: o.enumeration(['Prometheus', 'OpenTelemetry']),
    prometheus: prometheus().optional(),
    openTelemetry: openTelemetry().optional(),
  })

const conf = () =>
  o.object({
    sidecar: o.object({ profiles: profiles().optional(), includeUnused: o.boolean().optional() }).optional(),
    applications: o.list(application()).optional(),
    backends: o.list(backend()).optional(),
  })

export type MetricConf = z.infer<ReturnType<typeof conf>>

export const meshMetricSchema = () => o.object({ targetRef: targetRef().optional(), default: conf().optional() })

export type MeshMetricSpec = z.infer<ReturnType<typeof meshMetricSchema>>

/** Which metrics of proxies and their applications are shown, and to whom. */
export const MeshMetric = defineKind<MeshMetricSpec>({
  type: 'MeshMetric',
  plural: 'meshmetrics',
  shortName: 'mm',
  displayName: { singular: 'Mesh Metric', plural: 'Mesh Metrics' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef' },
  hasStatus: true,
  includeInFederation: true,
  schema: meshMetricSchema,
  validate: validateMetric,
})
