import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import type { ConnectionSpec } from '../../source-destination.js'
import type { Tags } from '../../tags.js'
export interface StringMatcher { readonly prefix?: string; readonly exact?: string; readonly regex?: string }
export interface RouteSplit { readonly weight?: number; readonly destination?: Tags }
export interface HttpMatch { readonly method?: StringMatcher; readonly path?: StringMatcher; readonly headers?: Readonly<Record<string, StringMatcher>> }
export interface Regex { readonly pattern?: string; readonly substitution?: string }
export interface HeaderModify { readonly add?: readonly { readonly name?: string; readonly value?: string; readonly append?: boolean }[]; readonly remove?: readonly { readonly name?: string }[] }
export interface HttpModify { readonly path?: { readonly rewritePrefix?: string; readonly regex?: Regex }; readonly host?: { readonly value?: string; readonly fromPath?: Regex }; readonly requestHeaders?: HeaderModify; readonly responseHeaders?: HeaderModify }
export interface LoadBalancer { readonly roundRobin?: object; readonly leastRequest?: { readonly choiceCount?: number }; readonly ringHash?: { readonly hashFunction?: string; readonly minRingSize?: number | string; readonly maxRingSize?: number | string }; readonly random?: object; readonly maglev?: object }
export interface RouteConf { readonly destination?: Tags; readonly split?: readonly RouteSplit[]; readonly http?: readonly { readonly match?: HttpMatch; readonly modify?: HttpModify; readonly destination?: Tags; readonly split?: readonly RouteSplit[] }[]; readonly loadBalancer?: LoadBalancer }
export interface TrafficRouteSpec extends ConnectionSpec { readonly conf?: RouteConf }
export const TrafficRoute = defineKind<TrafficRouteSpec>({ type: 'TrafficRoute', plural: 'traffic-routes', displayName: { singular: 'Traffic Route', plural: 'Traffic Routes' }, scope: 'Mesh', encoding: 'proto', schema: () => z.any() })
