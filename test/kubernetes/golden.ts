import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, parseAllDocuments, stringify } from 'yaml'
import type { KubernetesObject } from '../../src/kubernetes/objects.js'
import { answerControllers } from './controllers-answer.js'
import { answerInjector } from './injector-answer.js'

/** A question, `input.yaml` with objects of a cluster and perhaps `settings.yaml`, and its answer beside it, `output.yaml`. */
export interface KubernetesCase {
  /** `<what is asked>/<case>` */
  readonly name: string
  readonly folder: string
}

/** What is asked: a folder each. */
export type Answer = (objects: readonly KubernetesObject[], settings: unknown) => unknown

const answers: Readonly<Record<string, Answer>> = { injector: answerInjector, controllers: answerControllers }

const root = fileURLToPath(new URL('../../fixtures/kubernetes', import.meta.url))

export function kubernetesCases(): readonly KubernetesCase[] {
  return Object.keys(answers).flatMap((asked) =>
    readdirSync(join(root, asked))
      .sort()
      .map((name) => ({ name: `${asked}/${name}`, folder: join(root, asked, name) })),
  )
}

/** The answer of a case as it is now. */
export function answerOf({ name, folder }: KubernetesCase): string {
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  const objects = parseAllDocuments(read('input.yaml')).map((document) => document.toJS() as KubernetesObject)
  const settings: unknown = existsSync(join(folder, 'settings.yaml')) ? parse(read('settings.yaml')) : undefined
  return stringify(answers[name.split('/', 1)[0] ?? '']?.(objects, settings), {
    sortMapEntries: true,
    aliasDuplicateObjects: false,
    lineWidth: 0,
  })
}

/** The answer of a case as it is written down. */
export function storedAnswerOf({ folder }: KubernetesCase): string {
  const file = join(folder, 'output.yaml')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/** Writes the answer down. Gives whether it changed. */
export function rewriteKubernetesCase(golden: KubernetesCase): boolean {
  const answer = answerOf(golden)
  if (answer === storedAnswerOf(golden)) return false
  writeFileSync(join(golden.folder, 'output.yaml'), answer)
  return true
}

/** What is wrong with the folders. */
export function kubernetesFaults(): readonly string[] {
  const stray = readdirSync(root)
    .filter((asked) => !Object.hasOwn(answers, asked))
    .map((asked) => `kubernetes/${asked}: nothing answers that`)
  return [
    ...stray,
    ...kubernetesCases().flatMap(({ name, folder }) => [
      ...readdirSync(folder)
        .filter((file) => !['input.yaml', 'settings.yaml', 'output.yaml'].includes(file))
        .map((file) => `${name}/${file}: belongs to no case`),
      ...(/^# \S.{15,}\n/.test(readFileSync(join(folder, 'input.yaml'), 'utf8'))
        ? []
        : [`${name}: the first line of input.yaml has to be a comment that says what the case proves`]),
    ]),
  ]
}
