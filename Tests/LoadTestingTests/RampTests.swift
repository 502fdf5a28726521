import HeadroomTesting
import Quantities
import Serving
import Testing

@testable import LoadTesting

@Suite struct RampTests {
  /// Steps of 100/s more each, with the shares that kept a P99.
  func conclusion(_ shares: [(Double, SaturationProbe.Verdict)]) -> SaturationResult {
    let probes = shares.enumerated().map { i, share in
      SaturationProbe(rate: Double(i + 1) * 100, verdict: share.1, good: share.0)
    }
    return RampTest.conclusion(probes, probes.map { $0.good < 0.99 ? "latency" : nil })
  }

  @Test("the breaking point is the first step from which every one misses")
  func breaks() {
    // One miss at 200/s is passed over, since the objective was kept again.
    let result = conclusion([
      (1, .passed), (0.9, .missed), (1, .passed), (0.995, .unresolved), (0.985, .unresolved), (0.5, .missed),
      (0.1, .missed),
    ])
    #expect(result.low == 300 && result.high == 600 && result.binding == "latency")
    #expect(result.isConverged && abs((result.rate ?? 0) - 300) < 1e-9)
  }

  @Test("a service that never breaks, and one that is broken from the start")
  func ends() {
    let never = conclusion([(1, .passed), (1, .passed)])
    #expect(never.rate == 200 && never.high == nil && never.reason == "above-limit")
    // A P99 of steps with few requests: none missed it, none is sure.
    let short = conclusion([(1, .unresolved), (1, .unresolved)])
    #expect(short.rate == 200 && short.low == nil && short.reason == "too-short")
    let half = conclusion([(1, .passed), (1, .unresolved)])
    #expect(half.rate == 100 && half.low == 100 && half.reason == "too-short")
    let always = conclusion([(0.5, .missed), (0.2, .missed)])
    #expect(always.rate == nil && always.low == nil && always.high == 100 && always.reason == "below-start")
    #expect(conclusion([]).rate == nil)
  }

  @Test("the watch ends a ramp when the objective was broken in every second of two steps")
  func watch() {
    func second(_ p99: Double?, errors: Int = 0) -> LoadSecond {
      var second = LoadSecond(second: 0)
      second.offered = 100
      second.sent = 100
      second.errors = errors
      second.p99 = p99
      return second
    }
    var watch = RampWatch(quantile: 0.99, limit: 0.1, stepSeconds: 2)
    for value in [0.2, 0.2, 0.2, 0.05, 0.2, 0.2, 0.2] {
      watch.note(second(value))
      #expect(!watch.isBroken)
    }
    watch.note(second(nil))
    #expect(watch.isBroken)
    var failing = RampWatch(quantile: 0.99, limit: 0.1, stepSeconds: 1)
    failing.note(second(0.05, errors: 5))
    failing.note(second(0.05, errors: 5))
    #expect(failing.isBroken)
  }

  @Test("a ramp over live sockets ends soon after the service has begun to fail, with the rate at which it did")
  func live() throws {
    // Fails from the 180th request on, which is due in the step of 80/s: 20 + 40 + 60 + 80 requests in four seconds.
    let server = try LoadedServer {
      $0 < 180
        ? .answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        : .answer("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")
    }
    defer { server.stop() }
    let test = RampTest(
      try LoadTarget(url: server.url), keeping: [.p90(.seconds(8))], from: .perSecond(20), to: .perSecond(200),
      steps: 10, stepLength: .seconds(1))
    let result = try test.run()
    #expect(result.load.offered < 900)
    // The step of 80/s breaks in its middle, which says nothing with confidence: 100/s is the first that surely missed.
    #expect(result.conclusion.low == 60 && result.conclusion.high == 100)
    #expect(result.conclusion.probes.first { $0.rate == 80 }?.verdict == .unresolved)
    #expect(result.conclusion.binding == "errors")
  }

  @Test("ramps that do not climb are refused")
  func refused() throws {
    let target = try LoadTarget(url: "http://127.0.0.1:1/")
    func ramp(_ from: Double, _ to: Double, steps: Int = 20, length: Double = 3, limit: Double = 1) -> RampTest {
      RampTest(
        target, keeping: limit > 0 ? [.p99(.seconds(limit))] : [], from: .perSecond(from), to: .perSecond(to),
        steps: steps,
        stepLength: .seconds(length))
    }
    for test in [
      ramp(100, 50), ramp(0, 50), ramp(1, 2, steps: 2), ramp(1, 2, length: 0.1), ramp(1, 2, limit: 0),
      ramp(1, 2, steps: 100_000),
    ] {
      #expect(throws: LoadTestingError.self) { try test.run() }
    }
  }
}
