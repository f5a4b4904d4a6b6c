import { goQuote } from '../go.js'
import type { AdmissionContext, Violation } from '../kind.js'
import { readConf } from '../schema/conf.js'
import { type Place, collect } from '../validate/violations.js'
import type { DataSource } from './data-source.js'
import { builtinCa, providedCa } from './mesh-backends.js'
import type { MeshSpec } from './mesh.js'
import type { SecretSpec } from './secret.js'

/** Rules of a Mesh's CAs: that there is a plugin for each, and that each plugin can work with its conf. */
export function checkCas(mesh: string, { mtls }: MeshSpec, context: AdmissionContext<MeshSpec>): Violation[] {
  const root = collect()
  for (const [i, { name = '', type, conf }] of (mtls?.backends ?? []).entries()) {
    const at = root.field('mtls.backends').index(i)
    if (type !== 'builtin' && type !== 'provided') {
      at.field('type').add('could not find installed plugin for this type')
      return root.violations
    }
    if (mtls?.skipValidation) continue
    if (type === 'builtin') checkBuiltin(at.field('conf'), mesh, name, conf)
    else checkProvided(at.field('conf'), mesh, conf, context)
  }
  return root.violations
}

const dnsName = /^[a-z0-9_][a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*[._]?$/

function checkBuiltin(at: Place, mesh: string, name: string, conf: unknown): void {
  const read = readConf(builtinCa(), conf)
  if (!read.ok) at.add(`could not convert backend config: ${read.message}`)
  const secret = `${mesh}.ca-builtin-cert-${name}`
  const place = at.field('mtls.backends.name')
  if (secret.length > 255) place.add('Backend name is too long. Max length: 255')
  if (!dnsName.test(secret)) place.add(`${goQuote(name)} name must be valid dns name`)
}

function checkProvided(at: Place, mesh: string, conf: unknown, context: AdmissionContext<MeshSpec>): void {
  const read = readConf(providedCa(), conf)
  if (!read.ok) return at.add(`could not convert backend config: ${read.message}`)
  const { cert, key } = read.conf
  const before = at.violations.length
  checkSource(at.field('cert'), cert)
  checkSource(at.field('key'), key)
  if (at.violations.length > before || !cert || !key) return
  const privateKey = readSource(key, mesh, context)
  const certificate = privateKey.fault ? privateKey : readSource(cert, mesh, context)
  const fault = privateKey.fault ?? certificate.fault
  if (fault !== undefined) {
    at.field('cert').add(fault)
    at.field('key').add(fault)
  } else if (certificate.text !== undefined && privateKey.text !== undefined) {
    const pair = { certificate: certificate.text, privateKey: privateKey.text }
    for (const { path, message } of context.checkCaPair?.(pair) ?? []) at.join(path).add(message)
  }
}

function checkSource(at: Place, source: DataSource | undefined): void {
  if (!source) return at.add('has to be defined')
  const field = (['secret', 'inline', 'file', 'inlineString'] as const).find((name) => source[name] !== undefined)
  if (!field) at.add('data source has to be chosen. Available sources: secret, file, inline')
  else if (field !== 'inlineString' && source[field] === '') at.field(field).add('cannot be empty')
}

/** The text of a source, as far as it can be had without I/O: files stay unread. */
function readSource(source: DataSource, mesh: string, { find }: AdmissionContext<MeshSpec>): { text?: string; fault?: string } {
  if (source.inlineString !== undefined) return { text: source.inlineString }
  if (source.inline !== undefined) return { text: atob(source.inline) }
  if (source.secret === undefined) return {}
  const secret = find({ type: 'Secret', mesh, name: source.secret })
  if (!secret)
    return { fault: `could not load data: resource not found: type="Secret" name=${goQuote(source.secret)} mesh=${goQuote(mesh)}` }
  return { text: atob((secret.spec as SecretSpec).data ?? '') }
}
