import * as z from 'zod'
import type { BootstrapRequest } from '../../translate/bootstrap.js'

export type ReadRequest =
  | { readonly ok: true; readonly request: BootstrapRequest }
  /** `reason` names the first field that is wrong, what was found and what is allowed. */
  | { readonly ok: false; readonly reason: string }

const text = () => z.string().optional()
const port = () => z.number().int().min(0).max(65535).optional()
const texts = () => z.record(z.string(), z.string()).optional()
const object = () => z.record(z.string(), z.unknown()).optional()

const schema = () =>
  z.object({
    mesh: z.string().default(''),
    name: z.string().min(1),
    proxyType: z.enum(['', 'dataplane', 'ingress', 'egress']).optional(),
    dataplaneToken: text(),
    dataplaneTokenPath: text(),
    dataplaneResource: text(),
    version: z
      .object({
        kumaDp: z.object({ version: text(), gitTag: text(), gitCommit: text(), buildDate: text() }).optional(),
        envoy: z.object({ version: text(), build: text(), kumaDpCompatible: z.boolean().optional() }).optional(),
      })
      .optional(),
    caCert: text(),
    dynamicMetadata: texts(),
    otelEnv: object(),
    adminPort: port(),
    dnsPort: port(),
    readinessPort: port(),
    appProbeProxyDisabled: z.boolean().optional(),
    operatingSystem: text(),
    features: z.array(z.string()).optional(),
    resources: z.object({ maxHeapSizeBytes: z.number().nonnegative().optional() }).optional(),
    workdir: text(),
    metricsResources: z.object({ certPath: text(), keyPath: text() }).optional(),
    systemCaPath: text(),
    dataplaneConfig: object(),
    ipv6Enabled: z.boolean().optional(),
    spireResources: z.object({ socketPath: text() }).optional(),
  })

/** Reads the body of `POST /bootstrap`. Unknown fields are left out; `null` counts as absent, as in the peer's JSON. */
export function readBootstrapRequest(body: string): ReadRequest {
  let value: unknown
  try {
    value = JSON.parse(body, (_, field: unknown) => (field === null ? undefined : field))
  } catch (error) {
    return { ok: false, reason: `the body is no JSON: ${(error as Error).message}` }
  }
  const read = schema().safeParse(value)
  if (read.success) {
    const { proxyType, ...request } = read.data
    return { ok: true, request: proxyType ? { ...request, proxyType } : request }
  }
  const [issue] = read.error.issues
  return { ok: false, reason: `${issue?.path.join('.') || 'the body'}: ${issue?.message}` }
}
