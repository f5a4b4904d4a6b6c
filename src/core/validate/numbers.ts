import { goDurationText, nanosOf } from '../duration.js'
import type { Place } from './violations.js'

/*
 * Rules of numbers, percentages and durations in the words of the targetRef family. Durations are text, as specs keep them.
 */

export function checkPositiveIfSet(at: Place, value: number | undefined): void {
  if (value !== undefined && value <= 0) at.add('must be greater than zero when defined')
}

export function checkGreaterThan(at: Place, value: number, min: number): void {
  if (value <= min) at.add(`must be greater than ${min}`)
}

/** The same where it may be left out. */
export function checkGreaterThanIfSet(at: Place, value: number | undefined, min: number): void {
  if (value !== undefined) checkGreaterThan(at, value, min)
}

/** A whole percentage. */
export function checkIntPercentage(at: Place, value: number | undefined): void {
  if (value !== undefined && (value < 0 || value > 100)) at.add('must be in inclusive range [0, 100]')
}

/** A number of a field of type IntOrString; undefined where it is none. */
export function numberOf(value: number | string): number | undefined {
  if (typeof value === 'number') return value
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value) ? Number(value) : undefined
}

/** A percentage of type IntOrString that must be there. */
export function checkPercentage(at: Place, value: number | string | undefined, allow: { readonly zero: boolean }): void {
  if (value === undefined) return at.add('must be defined')
  const number = numberOf(value)
  if (number === undefined) at.add('string must be a valid number')
  else if (number < 0 || number > 100) at.add('must be in inclusive range [0.0, 100.0]')
  else if (!allow.zero && number === 0) at.add('must be greater than 0')
}

export function checkPercentageIfSet(at: Place, value: number | string | undefined): void {
  if (value !== undefined) checkPercentage(at, value, { zero: true })
}

/** A number of type IntOrString. */
export function checkAtLeast(at: Place, value: number | string | undefined, min: number): void {
  if (value === undefined) return
  const number = numberOf(value)
  if (number === undefined) at.add('string must be a valid number')
  else if (number < min) at.add(`must be greater or equal then: ${min}`)
}

export function checkStatusCode(at: Place, status: number): void {
  if (status < 100 || status >= 600) at.add('must be in inclusive range [100, 599]')
}

/** A port of the targetRef family. */
export function checkPortNumber(at: Place, port: number | undefined): void {
  if (!port || port < 0 || port > 65535) at.add('port must be a valid (1-65535)')
}

export function checkDurationNotNegative(at: Place, duration: string | undefined): void {
  if (duration === undefined) at.add('must be defined')
  else checkDurationNotNegativeIfSet(at, duration)
}

export function checkDurationNotNegativeIfSet(at: Place, duration: string | undefined): void {
  if (duration !== undefined && nanosOf(duration) < 0n) at.add('must not be negative when defined')
}

export function checkDurationPositive(at: Place, duration: string | undefined): void {
  if (duration === undefined || nanosOf(duration) <= 0n) at.add('must be defined and greater than zero')
}

export function checkDurationPositiveIfSet(at: Place, duration: string | undefined): void {
  if (duration !== undefined && nanosOf(duration) <= 0n) at.add('must be greater than zero when defined')
}

/** @param min nanoseconds */
export function checkDurationGreaterThan(at: Place, duration: string | undefined, min: bigint): void {
  if (duration === undefined) at.add('must be defined')
  else if (nanosOf(duration) <= min) at.add(`must be greater than: ${goDurationText(min)}`)
}

/** A bandwidth such as `50 kbps`. */
export function checkBandwidth(at: Place, value: string): void {
  if (value === '') at.add('must be defined')
  else if (!/^(\d*)\s?([GMk]+bps)$/.test(value)) at.add('must be in kbps/Mbps/Gbps units')
}
