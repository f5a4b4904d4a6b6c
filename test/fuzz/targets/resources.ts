import { applyAll } from '../../../src/core/apply.js'
import { parse } from '../../../src/core/parse.js'
import { print } from '../../../src/core/print.js'
import { placeholderIdentity, rawCodec, rawFault } from '../../../src/protojson/index.js'
import { createFleet } from '../../../src/translate/fleet.js'
import { registry } from '../../../src/translate/kinds.js'
import { corpusInputs } from '../samples.js'
import type { MakeTarget } from '../target.js'

/** Text to resources, their rules, and what each proxy gets. What was read can be printed, and reads the same again. */
export const resources: MakeTarget = () => ({
  seeds: corpusInputs(60),
  run(input) {
    const { items } = parse(new TextDecoder().decode(input), registry, { rawFault })
    for (const { resource } of items) {
      if (!resource) continue
      const again = parse(print([resource], registry), registry).resources
      if (JSON.stringify(again) !== JSON.stringify([resource]))
        throw new Error(`${JSON.stringify(resource)} reads back as ${JSON.stringify(again)}`)
    }
    const { resources: stored } = applyAll(items, { registry })
    const fleet = createFleet(stored)
    for (const proxy of fleet.proxies()) fleet.translate(proxy, { identity: placeholderIdentity([proxy.mesh ?? 'default']), rawCodec })
  },
})
