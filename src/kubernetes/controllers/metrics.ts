import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import { AnnotationFault, type Values, names, numberOf, switchOf } from '../annotations.js'

const prefix = 'prometheus.metrics.kuma.io/aggregate-'
const aggregated = /^prometheus\.metrics\.kuma\.io\/aggregate-([a-zA-Z0-9-]+)-(?:port|path|enabled)$/

/** What a Pod's annotations say of its own metrics, over the mesh's. @throws AnnotationFault */
export function metricsOf(annotations: Values): DataplaneSpec['metrics'] {
  const port = numberOf(annotations, names.prometheusPort)
  const path = annotations[names.prometheusPath]
  const aggregate = applications(annotations).map((name) => application(annotations, name))
  if (!path && port === undefined && aggregate.length === 0) return undefined
  return {
    type: 'prometheus',
    conf: { ...(port && { port }), ...(path && { path }), ...(aggregate.length > 0 && { aggregate }) },
  }
}

function applications(annotations: Values): readonly string[] {
  return [...new Set(Object.keys(annotations).flatMap((name) => aggregated.exec(name)?.[1] ?? []))].sort()
}

function application(annotations: Values, name: string) {
  const enabled = switchOf(annotations, `${prefix}${name}-enabled`) ?? true
  const port = numberOf(annotations, `${prefix}${name}-port`)
  const address = annotations[`${prefix}${name}-address`]
  if (port === undefined && enabled) {
    throw new AnnotationFault(`annotation "${prefix}${name}-port" is missing: port needs to be specified for metrics scraping`)
  }
  return { name, path: annotations[`${prefix}${name}-path`] ?? '/metrics', ...(port && { port }), enabled, ...(address && { address }) }
}
