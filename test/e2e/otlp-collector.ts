import grpc from '@grpc/grpc-js'
import { ExportMetricsServiceRequest } from '../../src/gen/opentelemetry/proto/collector/metrics/v1/metrics_service.js'
import type { Metric } from '../../src/gen/opentelemetry/proto/metrics/v1/metrics.js'

/** A small OpenTelemetry collector that keeps the metrics it was sent last. */
export async function startOtlpCollector(): Promise<{ readonly port: number; metrics(): readonly Metric[]; close(): void }> {
  let last: readonly Metric[] = []
  const server = new grpc.Server()
  const definition: grpc.ServiceDefinition = {
    export: {
      path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: ExportMetricsServiceRequest) => Buffer.from(ExportMetricsServiceRequest.encode(value).finish()),
      requestDeserialize: (bytes: Buffer) => ExportMetricsServiceRequest.decode(bytes),
      responseSerialize: () => Buffer.alloc(0),
      responseDeserialize: () => ({}),
    },
  }
  server.addService(definition, {
    export: ({ request }: grpc.ServerUnaryCall<ExportMetricsServiceRequest, object>, answer: grpc.sendUnaryData<object>) => {
      last = (request.resourceMetrics ?? []).flatMap(({ scopeMetrics = [] }) => scopeMetrics.flatMap(({ metrics = [] }) => metrics))
      answer(null, {})
    },
  })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  return { port, metrics: () => last, close: () => server.forceShutdown() }
}
