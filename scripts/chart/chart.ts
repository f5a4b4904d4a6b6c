import { readFileSync } from 'node:fs'
import { version } from '../../src/cmd/version.js'
import { yamlText } from '../../src/core/print.js'
import { definitions } from '../../src/kubernetes/crd/definition.js'
import { registry } from '../../src/translate/kinds.js'
import { chartTemplates } from './templates.js'
import { valuesSchema, valuesText } from './values.js'

/** The Helm chart, by the paths of its files. */
export function chartFiles(): ReadonlyMap<string, string> {
  const chart = {
    apiVersion: 'v2',
    name: 'kuma',
    description: "Kuma's control plane in a Kubernetes cluster",
    type: 'application',
    // The API server looks at the conditions of webhooks from this version on.
    kubeVersion: '>=1.28.0-0',
    version,
    appVersion: version,
  }
  return new Map([
    ['Chart.yaml', yamlText(chart)],
    ['values.yaml', valuesText()],
    ['values.schema.json', valuesSchema()],
    ['templates/_helpers.tpl', readFileSync(new URL('./helpers.tpl', import.meta.url), 'utf8')],
    ...Object.entries(chartTemplates()).map(([file, text]): [string, string] => [`templates/${file}`, text]),
    ...definitions(registry.kinds).map((crd): [string, string] => [`crds/${crd.metadata.name}.yaml`, yamlText(crd)]),
  ])
}
