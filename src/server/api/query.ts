import type { FastifyRequest } from 'fastify'

/** All values of a query parameter, in order. */
export function params(request: FastifyRequest, name: string): readonly string[] {
  const value = (request.query as Readonly<Record<string, string | string[] | undefined>>)[name]
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}

/** The first value of a query parameter, empty where there is none. */
export function param(request: FastifyRequest, name: string): string {
  return params(request, name)[0] ?? ''
}

/** The value of a part of the path, such as `{mesh}`. */
export function pathParam(request: FastifyRequest, name: string): string {
  return (request.params as Readonly<Record<string, string | undefined>>)[name] ?? ''
}
