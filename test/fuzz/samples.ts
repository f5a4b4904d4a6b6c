import { parse } from '../../src/core/parse.js'
import { toUniversal } from '../../src/core/print.js'
import { rawFault } from '../../src/protojson/index.js'
import { registry } from '../../src/translate/kinds.js'
import { casesOf, groupNames } from '../conformance/cases.js'

/** Every so-manieth input of the corpus, shortest first: many kinds in few texts. */
export function corpusInputs(count: number): string[] {
  const inputs = groupNames().flatMap((group) => casesOf(group).map(({ input }) => input))
  const sorted = inputs.sort((a, b) => a.length - b.length).slice(0, Math.ceil(inputs.length * 0.8))
  const step = Math.max(1, Math.floor(sorted.length / count))
  return sorted.filter((_, i) => i % step === 0).slice(0, count)
}

/** Resources of the corpus as people write them, some of each type, by type. */
export function sampleResources(): ReadonlyMap<string, readonly object[]> {
  const samples = new Map<string, object[]>()
  for (const input of corpusInputs(150)) {
    for (const resource of parse(input, registry, { rawFault }).resources) {
      const { creationTime: _created, modificationTime: _modified, ...written } = toUniversal(resource, registry)
      const known = samples.get(resource.type) ?? []
      if (known.length < 20) samples.set(resource.type, [...known, written])
    }
  }
  return samples
}
