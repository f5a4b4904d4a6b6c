import { hostPort } from './envoy/address.js'

/** What Kuma's own placeholders in access log formats stand for. */
export interface LogValues {
  readonly sourceService: string
  /** Address of the proxy. */
  readonly sourceAddress: string
  readonly destinationService: string
  readonly mesh: string
  readonly direction: 'INBOUND' | 'OUTBOUND' | 'UNSPECIFIED'
  readonly zone?: string
  /** KRI of the workload. */
  readonly workload?: string
}

const placeholders: Readonly<Record<string, (values: LogValues) => string>> = {
  KUMA_SOURCE_ADDRESS: ({ sourceAddress }) => hostPort(sourceAddress, 0),
  KUMA_SOURCE_ADDRESS_WITHOUT_PORT: ({ sourceAddress }) => sourceAddress,
  KUMA_SOURCE_SERVICE: ({ sourceService }) => sourceService,
  KUMA_DESTINATION_SERVICE: ({ destinationService }) => destinationService,
  KUMA_MESH: ({ mesh }) => mesh,
  KUMA_TRAFFIC_DIRECTION: ({ direction }) => direction,
  KUMA_ZONE: ({ zone = '' }) => zone,
  KUMA_WORKLOAD: ({ workload = '' }) => workload,
}

/** Fills in Kuma's placeholders; those of Envoy stay for Envoy. */
export function fillFormat(format: string, values: LogValues): string {
  return format.replace(/%(KUMA_[A-Z_]+)%/g, (text, name: string) => placeholders[name]?.(values) ?? text)
}

/** Formats of whoever names none. Source: Kuma docs, "Access logs". */
export const defaultLogFormats = {
  http:
    '[%START_TIME%] %KUMA_MESH% "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%' +
    ' %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%"' +
    ' "%REQ(X-B3-TRACEID?X-DATADOG-TRACEID)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%KUMA_SOURCE_SERVICE%"' +
    ' "%KUMA_DESTINATION_SERVICE%" "%KUMA_SOURCE_ADDRESS_WITHOUT_PORT%" "%UPSTREAM_HOST%"',
  tcp:
    '[%START_TIME%] %RESPONSE_FLAGS% %KUMA_MESH% %KUMA_SOURCE_ADDRESS_WITHOUT_PORT%(%KUMA_SOURCE_SERVICE%)->%UPSTREAM_HOST%' +
    '(%KUMA_DESTINATION_SERVICE%) took %DURATION%ms, sent %BYTES_SENT% bytes, received: %BYTES_RECEIVED% bytes',
} as const
