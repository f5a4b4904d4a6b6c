import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { kinds } from '../../translate/kinds.js'
import { definitions } from './definition.js'

interface Known {
  readonly kind: string
  readonly scope: string
  readonly shortNames?: readonly string[]
  readonly fields: readonly string[]
  readonly columns: readonly string[]
}

/** Names, scopes, fields and columns of the definitions that Kuma 2.14 ships. */
const known = JSON.parse(readFileSync(new URL('../../../test/kubernetes/kuma-2.14-crds.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Known>
>

/** Gateways that a control plane deploys by itself: nothing here does that. */
const without = ['meshgatewayconfigs.kuma.io', 'meshgatewayinstances.kuma.io']

describe('custom resource definitions', () => {
  const own = definitions(kinds)

  it('are those of Kuma', () => {
    expect([...own.map(({ metadata }) => metadata.name), ...without].sort()).toEqual(Object.keys(known).sort())
  })

  it.each(own.map((definition) => [definition.metadata.name, definition] as const))('%s is laid out as in Kuma', (name, { spec }) => {
    const [served] = spec.versions
    const { apiVersion, kind, metadata, ...fields } = (served?.schema.openAPIV3Schema['properties'] ?? {}) as Record<string, unknown>
    expect({
      kind: spec.names.kind,
      scope: spec.scope,
      ...(spec.names.shortNames && { shortNames: spec.names.shortNames }),
      columns: (served?.additionalPrinterColumns ?? []).map((column) => column.name),
      fields: Object.keys(fields).sort(),
    }).toEqual(known[name])
  })
})
