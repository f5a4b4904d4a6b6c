import { FractionalPercent_DenominatorType, type FractionalPercent } from '../../gen/envoy/type/v3/percent.js'

/** A percentage (0 to 100) as Envoy's fraction: the coarsest denominator that holds it, at most four decimal places. */
export function fractionalPercent(percentage: number): FractionalPercent {
  if (Number.isInteger(percentage)) return { numerator: percentage, denominator: FractionalPercent_DenominatorType.HUNDRED }
  const hundredfold = percentage * 100
  if (Number.isInteger(hundredfold)) return { numerator: hundredfold, denominator: FractionalPercent_DenominatorType.TEN_THOUSAND }
  return { numerator: Math.round(percentage * 10_000), denominator: FractionalPercent_DenominatorType.MILLION }
}
