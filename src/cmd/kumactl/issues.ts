import type { Issue } from '../../core/issue.js'

/** `file:3:5: error: Mesh default: mtls.backends: ...` */
export function describeIssue({ level, path, message, resource, position }: Issue): string {
  const place = position ? `${position.file ?? '-'}:${position.line}:${position.column}: ` : ''
  const owner = resource ? `${resource.type} ${resource.name}: ` : ''
  return `${place}${level}: ${owner}${path ? `${path}: ` : ''}${message}`
}
