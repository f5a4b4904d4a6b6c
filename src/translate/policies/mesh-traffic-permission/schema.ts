import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
export const MeshTrafficPermission = defineKind<unknown>({ type: 'MeshTrafficPermission', plural: 'meshtrafficpermissions', shortName: 'mtp', displayName: { singular: 'Mesh Traffic Permission', plural: 'Mesh Traffic Permissions' }, scope: 'Mesh', encoding: 'openapi', policy: { matching: 'targetRef' }, schema: () => z.any() })
