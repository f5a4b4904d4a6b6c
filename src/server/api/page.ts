import type { FastifyRequest } from 'fastify'
import { ApiError } from './errors.js'
import { param } from './query.js'

const DEFAULT_SIZE = 100
const MAX_SIZE = 1000

/** A list as the API answers it. */
export interface ResourceList<T> {
  readonly total: number
  readonly items: readonly T[]
  /** The address of the next page, null on the last. */
  readonly next: string | null
}

interface Page {
  readonly size: number
  readonly offset: number
}

/** The page of the sorted and filtered items that `size` and `offset` ask for. */
export function paginate<T>(request: FastifyRequest, items: readonly T[]): ResourceList<T> {
  const { size, offset } = pageOf(request)
  const end = offset + size
  return { total: items.length, items: items.slice(offset, end), next: end < items.length ? nextLink(request, end) : null }
}

/** @throws ApiError 400 for a size or offset that is none */
export function pageOf(request: FastifyRequest): Page {
  return { size: sizeOf(param(request, 'size')), offset: offsetOf(param(request, 'offset')) }
}

function sizeOf(text: string): number {
  if (text === '') return DEFAULT_SIZE
  const size = whole(text)
  if (size === undefined) throw invalidSize('invalid format')
  if (size <= 0) throw invalidSize('must be greater than 0')
  if (size > MAX_SIZE) throw invalidSize(`invalid page size of ${size}. Maximum page size is ${MAX_SIZE}`)
  return size
}

function invalidSize(message: string): ApiError {
  return new ApiError(400, 'Could not retrieve resources', 'Invalid page size', [{ path: 'size', message }])
}

function offsetOf(text: string): number {
  if (text === '') return 0
  const offset = whole(text)
  if (offset === undefined) throw invalidOffset(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
  if (offset < 0) throw invalidOffset('must be non-negative')
  if (!Number.isSafeInteger(offset)) throw invalidOffset('exceeds maximum value')
  return offset
}

function invalidOffset(reason: string): ApiError {
  return new ApiError(400, 'Could not retrieve resources', `invalid: invalid offset: ${reason}`)
}

function whole(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined
}

function nextLink(request: FastifyRequest, offset: number): string {
  const url = new URL(request.url, `${request.protocol}://${request.host}`)
  url.searchParams.set('offset', String(offset))
  url.searchParams.sort()
  return url.href
}
