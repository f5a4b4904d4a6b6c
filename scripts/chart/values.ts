import { Document, isMap, isScalar, type YAMLMap } from 'yaml'
import * as z from 'zod'
import { installValues } from '../../src/kubernetes/install/values.js'

/** The values with their defaults, each with what it is for. */
export function valuesText(): string {
  const document = new Document(installValues().parse({}))
  if (isMap(document.contents)) describe(document.contents, z.toJSONSchema(installValues(), { io: 'input' }) as Schema)
  return `# Made by "npm run chart". What can be chosen about an installation; "kumactl install control-plane --values" takes the same.\n\n${document.toString({ lineWidth: 0 })}`
}

/** The JSON Schema that Helm holds values against. */
export function valuesSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(installValues(), { io: 'input', target: 'draft-7' }), undefined, 2)}\n`
}

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
}

function describe(map: YAMLMap, { properties = {} }: Schema): void {
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue
    const schema = properties[String(key.value)]
    if (schema?.description !== undefined) key.commentBefore = ` ${schema.description}`
    if (isMap(value) && schema) describe(value, schema)
  }
}
