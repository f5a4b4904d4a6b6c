import type { Place } from './violations.js'

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const loose = /^[0-9a-z\-_.]*$/

/** The name of a resource: a lowercase DNS subdomain of up to 253 characters. */
export function checkIdentifier(at: Place, name: string): void {
  checkName(
    at,
    name,
    subdomain,
    "invalid characters. A lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
      'and must start and end with an alphanumeric character',
  )
}

/** The mesh that a resource names: meshes of long ago may have underscores. */
export function checkMeshName(at: Place, name: string): void {
  checkName(at, name, loose, "invalid characters. Valid characters are numbers, lowercase latin letters and '-', '_', '.' symbols.")
}

function checkName(at: Place, name: string, pattern: RegExp, fault: string): void {
  if (name === '') at.add('cannot be empty')
  else if (name.length > 253) at.add('value length must less or equal 253')
  else if (!pattern.test(name)) at.add(fault)
}

/** A name that becomes a part of something which has room for so many bytes only. */
export function checkLength(at: Place, name: string, longest: number): void {
  if (new TextEncoder().encode(name).length > longest) at.add(`must not be longer than ${longest} characters`)
}
