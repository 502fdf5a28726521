import Quantities
import Serving
import Testing

@Suite struct MeasuredCurveTests {
  private func curve() throws -> MeasuredCurve {
    try MeasuredCurve(
      [
        (100.0, 1.0, 0.010, 0.02), (400, 5, 0.0125, 0.03), (700, 14, 0.02, 0.06), (800, 40, 0.05, 0.2),
        (760, 80, 0.105, 0.5),
      ]
      .map { rate, concurrency, mean, p99 in
        MeasuredCurve.Point(
          throughput: .perSecond(rate), concurrency: concurrency,
          latencies: [.response: Latency(mean: mean, p50: mean, p90: p99 / 2, p95: p99 / 1.5, p99: p99, p999: p99 * 2)])
      })
  }

  @Test("gives what was measured at what was measured, and rises between")
  func interpolation() throws {
    let curve = try curve()
    var last = 0.0
    for rate in stride(from: 100.0, through: 799, by: 1) {
      let p99 = try #require(curve.level(of: .perSecond(rate), replicas: 1).latency).p99
      #expect(p99 >= last)
      last = p99
    }
    let level = curve.level(of: .perSecond(2800), replicas: 4)
    #expect(abs((level.latency?.p99 ?? 0) - 0.06) < 1e-12 && abs((level.concurrency ?? 0) - 56) < 1e-9)
  }

  @Test("saturates at the highest throughput that was measured; less under more load is overload")
  func saturation() throws {
    let curve = try curve()
    #expect(curve.capacityPerReplica == .perSecond(800))
    #expect(curve.level(of: .perSecond(801), replicas: 1).isSaturated)
    #expect(curve.level(of: .perSecond(801), replicas: 1).latency?.p99 == .infinity)
    let fit = try #require(curve.fit)
    #expect((20..<60).contains(fit.law.peakConcurrency))
    let knee = try #require(curve.knee)
    #expect(knee > .perSecond(400) && knee < .perSecond(800))
  }

  @Test("sizes like any model: more replicas are never worse")
  func sizing() throws {
    let capacity = ServiceCapacity(try curve(), meeting: Objective(latency: [.p99(.milliseconds(60))]))
    #expect(abs(capacity.carried(by: 1).perSecond - 700) < 0.01)
    #expect(capacity.replicas(for: .perSecond(2100)) == 3 || capacity.replicas(for: .perSecond(2099.9)) == 3)
  }

  @Test("a point without times knows a capacity and no latency")
  func capacityAlone() throws {
    let curve = try MeasuredCurve([.init(throughput: .perSecond(10)), .init(throughput: .perSecond(20))])
    #expect(curve.metrics.isEmpty && curve.fit == nil && curve.level(of: .perSecond(5), replicas: 1).latency == nil)
    #expect(throws: ServingError.self) { try MeasuredCurve([]) }
    #expect(throws: ServingError.self) { try MeasuredCurve([.init(throughput: .perSecond(.nan))]) }
  }
}
