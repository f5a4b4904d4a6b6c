import { goQuote } from '../go.js'
import { labelKeyFaults, labelValueFaults } from './kubernetes-names.js'
import type { Place } from './violations.js'

const originLabel = 'kuma.io/origin'

/** Rules of a resource's labels that hold wherever it is stored. */
export function checkLabels(at: Place, labels: Readonly<Record<string, string>>): void {
  const origin = labels[originLabel]
  if (origin !== undefined && origin !== 'global' && origin !== 'zone')
    at.key(originLabel).add(`unknown resource origin ${goQuote(origin)}`)
  for (const key of Object.keys(labels).sort()) {
    for (const fault of [...labelKeyFaults(key), ...labelValueFaults(labels[key] ?? '')]) at.key(key).add(fault)
  }
}
