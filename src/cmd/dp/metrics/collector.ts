import type { IncomingHttpHeaders } from 'node:http'
import type { Logger } from '../../log.js'
import type { EnvoyAdmin } from '../envoy-admin.js'
import { asServices } from './clusters.js'
import type { MeshMetricConfig } from './mesh-metric-config.js'
import { selectMetrics } from './profiles.js'
import { type MetricsSource, scrape, scrapeEnvoy } from './scrape.js'
import { type MetricFamily, readFamilies, writeFamilies } from './text.js'

export interface CollectorOptions {
  /** Absent: Envoy has no admin interface, and so no metrics. */
  readonly admin: EnvoyAdmin | undefined
  /** Applications that the Mesh names. */
  readonly sources: readonly MetricsSource[]
  /** Where applications are that no address is told of. */
  readonly address: string
  readonly log: Logger
}

export interface FamiliesOptions {
  /** Of whoever asks. */
  readonly headers?: IncomingHttpHeaders
  /** How a label of the proxy is called. Default: with letters that Prometheus knows. */
  readonly labelName?: (name: string) => string
}

const prometheusName = (name: string) => name.replace(/[^a-zA-Z0-9_]/g, '_')

/** Collects Envoy's metrics and the applications', as the Mesh says and as a MeshMetric says. Who doesn't answer is left out. */
export class MetricsCollector {
  private config: MeshMetricConfig | undefined

  constructor(private readonly options: CollectorOptions) {}

  /** What a MeshMetric says, from now on. */
  configure(config: MeshMetricConfig): void {
    this.config = config
  }

  /** What a Mesh with metrics shows. @param query tells Envoy what to leave out */
  async meshPage(query: URLSearchParams, headers: IncomingHttpHeaders): Promise<string> {
    const { admin, sources } = this.options
    const pages = await Promise.all([
      ...sources.map((source) => this.ask(source.name, scrape(source, headers).then(asPart))),
      ...(admin ? [this.ask('envoy', scrapeEnvoy(admin, query).then(mapped(asServices)))] : []),
    ])
    return pages.filter((page) => page !== undefined).join('')
  }

  /** What a MeshMetric shows: families that several have are one. */
  async families({ headers = {}, labelName = prometheusName }: FamiliesOptions = {}): Promise<MetricFamily[]> {
    const { admin, address, sources } = this.options
    const { applications, sidecar, extraLabels } = this.config?.observability.metrics ?? {}
    const named = applications?.map((application) => ({
      ...{ name: application.name ?? '', port: application.port, path: application.path ?? '' },
      address: application.address || address,
    }))
    const query = new URLSearchParams(sidecar?.includeUnused ? {} : { usedonly: '' })
    const select = this.config ? selectMetrics(sidecar) : (family: MetricFamily) => family
    const read = async (page: Promise<string>) => [...readFamilies(await page).values()]
    const found = await Promise.all([
      ...(named ?? sources).map((source) => this.ask(source.name, read(scrape(source, headers)))),
      ...(admin
        ? [
            this.ask(
              'envoy',
              read(scrapeEnvoy(admin, query)).then((all) => all.flatMap((family) => select(family) ?? [])),
            ),
          ]
        : []),
    ])
    return joined(found.flatMap((families) => families ?? [])).map(withLabels(extraLabels ?? {}, labelName))
  }

  private async ask<T>(source: string, answer: Promise<T>): Promise<T | undefined> {
    return answer.catch((error: Error) => {
      this.options.log.warn({ source }, `metrics are missing: ${error.message}`)
      return undefined
    })
  }
}

/** Without the mark of OpenMetrics for the end of a page. */
const asPart = (page: string) => `${page.trimEnd().replace(/\n?# EOF$/, '')}\n`

const mapped = (change: (family: MetricFamily) => MetricFamily) => (page: string) =>
  writeFamilies([...readFamilies(page).values()].map(change))

function joined(families: readonly MetricFamily[]): MetricFamily[] {
  const byName = new Map<string, MetricFamily>()
  for (const family of families) {
    const known = byName.get(family.name)
    byName.set(family.name, known ? { ...known, samples: [...known.samples, ...family.samples] } : family)
  }
  return [...byName.values()]
}

/** Labels of the proxy win over those that a metric has. */
function withLabels(extra: Readonly<Record<string, string>>, labelName: (name: string) => string): (family: MetricFamily) => MetricFamily {
  const added = Object.entries(extra).map(([name, value]) => [labelName(name), value] as const)
  const names = new Set(added.map(([name]) => name))
  return (family) => ({
    ...family,
    samples: family.samples.map((sample) => ({ ...sample, labels: [...sample.labels.filter(([name]) => !names.has(name)), ...added] })),
  })
}
