import type * as z from 'zod'
import * as o from '../schema/openapi.js'
import type { Place } from '../validate/violations.js'

/** Where the control plane itself reads a secret. Source: api/common/v1alpha1/datasource. */
export const secureDataSource = () =>
  o.object({
    type: o.enumeration(['File', 'Secret', 'EnvVar', 'InsecureInline']),
    file: o.object({ path: o.string() }).optional(),
    envVar: o.object({ name: o.string() }).optional(),
    insecureInline: o.object({ value: o.string() }).optional(),
    secretRef: o.object({ kind: o.enumeration(['Secret']), name: o.string() }).optional(),
  })

export type SecureDataSource = z.infer<ReturnType<typeof secureDataSource>>

/** The field that belongs to the source's type is there and says something. */
export function checkSecureDataSource(at: Place, { type, file, envVar, insecureInline, secretRef }: SecureDataSource): void {
  switch (type) {
    case 'File':
      return checkPart(at.field('file'), file, 'path', pathFault)
    case 'EnvVar':
      return checkPart(at.field('envVar'), envVar, 'name')
    case 'InsecureInline':
      return checkPart(at.field('insecureInline'), insecureInline, 'value')
    case 'Secret':
      return checkPart(at.field('secretRef'), secretRef, 'name')
  }
}

function checkPart<K extends string>(
  at: Place,
  part: { readonly [key in K]: string } | undefined,
  key: K,
  faultOf: (value: string) => string | undefined = () => undefined,
): void {
  if (!part) return at.add('must be defined')
  const fault = part[key] === '' ? 'must be defined' : faultOf(part[key])
  if (fault) at.field(key).add(fault)
}

/** The control plane reads the file, so that whoever may write resources must not get at just any. */
function pathFault(path: string): string | undefined {
  if (path.includes('..')) return `file path contains directory traversal sequence: ${path}`
  return path.startsWith('/') ? undefined : `file path must be absolute: ${path}`
}
