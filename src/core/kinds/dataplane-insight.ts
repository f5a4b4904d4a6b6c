import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as p from '../schema/proto.js'

const stats = () =>
  p.message(
    { responsesSent: p.uint64(), responsesAcknowledged: p.uint64(), responsesRejected: p.uint64() },
    { snake: ['responsesSent', 'responsesAcknowledged', 'responsesRejected'] },
  )

const version = () =>
  p.message({
    kumaDp: p.message({
      version: p.string(),
      gitTag: p.string(),
      gitCommit: p.string(),
      buildDate: p.string(),
      kumaCpCompatible: p.bool(),
    }),
    envoy: p.message({ version: p.string(), build: p.string(), kumaDpCompatible: p.bool() }),
    dependencies: p.map(p.string()),
  })

/** One connection of a proxy to one control plane. */
export const discoverySubscription = () =>
  p.message(
    {
      id: p.string(),
      controlPlaneInstanceId: p.string(),
      connectTime: p.timestamp(),
      disconnectTime: p.timestamp(),
      status: p.message(
        { lastUpdateTime: p.timestamp(), total: stats(), cds: stats(), eds: stats(), lds: stats(), rds: stats() },
        { snake: ['lastUpdateTime'] },
      ),
      version: version(),
      generation: p.uint32(),
    },
    { snake: ['controlPlaneInstanceId', 'connectTime', 'disconnectTime'] },
  )

const signal = () =>
  p.message({
    enabled: p.bool(),
    envAllowed: p.bool(),
    envInputPresent: p.bool(),
    state: p.string(),
    overrideKinds: p.list(p.string()),
    missingFields: p.list(p.string()),
    blockedReasons: p.list(p.string()),
  })

/** Resources that the proxy refuses, with what it says and the policies behind it. Kuma has no such field. */
const refusals = () =>
  p.list(
    p.message({
      type: p.string(),
      name: p.string(),
      reason: p.string(),
      policies: p.list(p.message({ type: p.string(), mesh: p.string(), name: p.string() })),
    }),
  )

/** Source: dataplane_insight.proto. */
export const dataplaneInsightSchema = () =>
  p.message({
    subscriptions: p.list(discoverySubscription()),
    mTLS: p.message(
      {
        certificateExpirationTime: p.timestamp(),
        lastCertificateRegeneration: p.timestamp(),
        certificateRegenerations: p.uint32(),
        issuedBackend: p.string(),
        supportedBackends: p.list(p.string()),
      },
      { snake: ['certificateExpirationTime', 'lastCertificateRegeneration', 'certificateRegenerations'] },
    ),
    metadata: p.struct(),
    refusals: refusals(),
    openTelemetry: p.message({
      backends: p.list(p.message({ name: p.string(), traces: signal(), logs: signal(), metrics: signal() })),
    }),
  })

export type DataplaneInsightSpec = z.infer<ReturnType<typeof dataplaneInsightSchema>>

/** What the control plane knows of a proxy's connections, certificate and version. */
export const DataplaneInsight = defineKind<DataplaneInsightSpec>({
  type: 'DataplaneInsight',
  plural: 'dataplane-insights',
  displayName: { singular: 'Dataplane Insight', plural: 'Dataplane Insights' },
  scope: 'Mesh',
  encoding: 'proto',
  providedByZone: true,
  readOnly: true,
  schema: dataplaneInsightSchema,
})
