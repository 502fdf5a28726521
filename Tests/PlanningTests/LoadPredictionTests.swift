import Documents
import Glibc
import LoadTesting
import Quantities
import Serving
import Testing

@testable import Planning

@Suite struct LoadPredictionTests {
  @Test("a constant load of an M/M/1 has its closed form: an exponential response time of rate mu - lambda")
  func closedForm() throws {
    let model = try ErlangC(concurrency: 1, serviceTime: .milliseconds(10))
    let prediction = LoadPrediction(of: model, replicas: 1, rates: [70, 70, 70])
    let rate = 100.0 - 70
    #expect(abs((prediction.p50 ?? 0) - log(2) / rate) < 1e-6)
    #expect(abs((prediction.p99 ?? 0) - log(100) / rate) < 1e-6)
    #expect(abs(prediction.utilization - 0.7) < 1e-12)
    // L = rho / (1 - rho).
    #expect(abs((prediction.concurrency ?? 0) - 0.7 / 0.3) < 1e-9)
  }

  @Test("a load that changes is the mixture of its seconds, weighted by their requests")
  func mixture() throws {
    let model = try ErlangC(concurrency: 1, serviceTime: .milliseconds(10))
    let prediction = LoadPrediction(of: model, replicas: 1, rates: [20, 80])
    let p99 = try #require(prediction.p99)
    let tail = 0.2 * exp(-80 * p99) + 0.8 * exp(-20 * p99)
    #expect(abs(tail - 0.01) < 1e-6)
    #expect(prediction.peakUtilization == 0.8)
  }

  @Test("overload has no end, a bare capacity no latency, and odd rates do not trap")
  func edges() throws {
    let queue = try ErlangC(concurrency: 1, serviceTime: .milliseconds(10))
    #expect(LoadPrediction(of: queue, replicas: 1, rates: [200, 200]).p99 == .infinity)
    let bare = try FixedCapacity(.perSecond(100))
    let prediction = LoadPrediction(of: bare, replicas: 2, rates: [50, .nan, -5, .infinity])
    #expect(prediction.p99 == nil && prediction.utilization == 0.0625)
    #expect(LoadPrediction(of: queue, replicas: 0, rates: []).p50 == nil)
  }
}

@Suite struct SeveralMeasurementsTests {
  func read(_ texts: [String]) throws(Diagnostics) -> Estimate<RequestRate> {
    try MeasuredCapacity.read(texts.enumerated().map { (Array($1.utf8), "\($0).json") }).rate
  }
  func search(_ low: Double, _ mid: Double, _ high: Double) -> String {
    #"{"schema": "headroom/load-saturation/1", "rate": \#(mid), "low": \#(low), "high": \#(high)}"#
  }
  func run(_ rate: Double, met: Bool, valid: Bool = true) -> String {
    #"{"schema": "headroom/load/1", "valid": \#(valid), "window_s": 10, "offered": \#(rate * 10), "achieved_rate": \#(rate), "expectations": [{"expect": "p99 < 1s", "met": \#(met)}]}"#
  }

  @Test("searches give the median with the span of all, whatever runs say")
  func searches() throws {
    let rate = try read([search(98, 100, 102), search(108, 110, 111), search(90, 95, 99), run(500, met: true)])
    #expect(rate.low == .perSecond(90) && rate.mid == .perSecond(100) && rate.high == .perSecond(111))
  }

  @Test("runs bound the capacity: the highest that was carried, the least that was not")
  func runs() throws {
    let rate = try read([run(100, met: true), run(200, met: true), run(400, met: false), run(800, met: false)])
    #expect(rate.low == .perSecond(200) && rate.mid == .perSecond(200) && rate.high == .perSecond(400))
    let contrary = try read([run(100, met: true), run(300, met: true), run(200, met: false)])
    #expect(contrary.mid == .perSecond(100) && contrary.high == .perSecond(300))
  }

  @Test("every result that shows nothing is told at once")
  func problems() {
    let error = #expect(throws: Diagnostics.self) { try read([run(1, met: true, valid: false), "[]", "{"]) }
    #expect(error?.all.count == 3)
    #expect(throws: Diagnostics.self) { try read([run(1, met: false)]) }
  }

  @Test("a plan may name several results")
  func inPlan() throws {
    let spec = try PlanFormat.tested.parse(
      yaml: Array(planText(service: "measured: [ a.json, b.json ]").utf8), file: "plan.yaml")
    let plan = try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil }) { (name) throws(Diagnostics) in
      let rate = name == "a.json" ? 90 : 110
      return Array(#"{"schema": "headroom/load-saturation/1", "rate": \#(rate)}"#.utf8)
    }.plan
    #expect(plan.service.measured == ["a.json", "b.json"])
    #expect(plan.service.capacity.ofOne.low == .perSecond(90) && plan.service.capacity.ofOne.high == .perSecond(110))
    #expect(diagnostics(of: planText(service: "measured: []")).isEmpty == false)
  }
}
