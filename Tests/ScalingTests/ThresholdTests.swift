import Foundation
import HeadroomTesting
import Quantities
import Scaling
import Testing

@Suite struct ThresholdTests {
  /// The reference example: 240 steps of a day between 6,000 and 54,000 requests a second.
  static let day = (0..<240).map { 30_000 + 24_000 * sin(2 * Double.pi * Double($0) / 239 - Double.pi / 2) }

  @Test("the published example runs between 10 and 34 replicas in 48 changes and 5,887 instance-steps")
  func publishedExample() throws {
    let sizes = try ReferenceAutoscaler.simulate(trace: Self.day, initial: 25, policy: ThresholdPolicy())
    #expect(sizes.count == 240)
    #expect(sizes.dropFirst().min() == 10)
    #expect(sizes.dropFirst().max() == 34)
    #expect(zip(sizes, sizes.dropFirst()).filter { $0 != $1 }.count == 48)
    #expect(sizes.reduce(0, +) == 5887)
  }

  @Test("the first rate of the trace is never looked at")
  func firstRateIgnored() throws {
    let policy = ThresholdPolicy(minimum: 0)
    #expect(try ReferenceAutoscaler.simulate(trace: [1e6], initial: 25, policy: policy) == [25])
    #expect(
      try ReferenceAutoscaler.simulate(trace: [1e6, 0, 0, 5000, 5000], initial: 25, policy: policy)
        == [25, 0, 0, 4, 4])
  }

  @Test("thresholds in the wrong order oscillate, as the reference does")
  func wrongOrderOscillates() throws {
    let policy = ThresholdPolicy(scaleUp: .fraction(0.3), scaleDown: .fraction(0.8))
    let trace = [0.0] + Array(repeating: 10_000.0, count: 6)
    #expect(try ReferenceAutoscaler.simulate(trace: trace, initial: 25, policy: policy) == [25, 7, 17, 7, 17, 7, 17])
  }

  @Test("bounds are one-sided: out stops at the maximum only, in at the minimum only")
  func oneSidedBounds() {
    #expect(ThresholdPolicy(minimum: 5).size(for: 3000, replicas: 1).desired == 2)
    #expect(ThresholdPolicy(maximum: 100).size(for: 500_000, replicas: 500).desired == 500)
    #expect(ThresholdPolicy(maximum: 100).size(for: 200_000, replicas: 500).desired == 334)
    #expect(ThresholdPolicy(maximum: 100).size(for: 1e9, replicas: 50).desired == 100)
  }

  @Test("an empty fleet without demand stays empty, minimum or not")
  func emptyFleetStaysEmpty() {
    #expect(ThresholdPolicy(minimum: 3).size(for: 0, replicas: 0).desired == 0)
    #expect(ThresholdPolicy(minimum: 3).size(for: 1, replicas: 0).desired == 1)
  }

  @Test("constant demand keeps the size that its history left")
  func historyStays() {
    for size in [20, 25, 26, 50] { #expect(ThresholdPolicy().size(for: 30_000, replicas: size).desired == size) }
    #expect(ThresholdPolicy().size(for: 30_000, replicas: 100).desired == 50)
  }

  @Test("an unmeasured demand changes nothing and says so")
  func unmeasured() {
    let decision = ThresholdPolicy().size(for: .nan, replicas: 7)
    #expect(decision.desired == 7)
    #expect(decision.because.rule == .notMeasured)
    #expect(ThresholdPolicy().size(for: .infinity, replicas: 7).desired == 100)
  }

  @Test("reasons carry the numbers that were compared")
  func reasons() {
    let decision = ThresholdPolicy().size(for: 54_000, replicas: 25)
    #expect(decision.desired == 34)
    #expect("\(decision.because)" == "utilization 108 % is above 80 %: sized to 34")
  }

  @Test("bad input is refused with its remedy")
  func refusals() {
    func code(_ trace: [Double], initial: Int = 1, _ policy: ThresholdPolicy = ThresholdPolicy()) -> ScalingError.Code?
    {
      do {
        _ = try ReferenceAutoscaler.simulate(trace: trace, initial: initial, policy: policy)
        return nil
      } catch { return error.code }
    }
    #expect(code([]) == .emptyTrace)
    #expect(code([1, .nan]) == .invalidRate)
    #expect(code([1, .infinity]) == .invalidRate)
    #expect(code([1], initial: -1) == .invalidParameter)
    #expect(code([1], ThresholdPolicy(capacityPerReplica: .zero)) == .invalidParameter)
    #expect(code([1], ThresholdPolicy(scaleDown: .fraction(.nan))) == .invalidParameter)
    #expect(code([1, -5, 1e300]) == nil)
  }

  @Test(
    "recorded runs of the reference are reproduced exactly",
    .enabled(if: TestData.isPresent, "measured data not present"))
  func recordedRuns() throws {
    let path = TestData.path("autoscaling/reference_python_vectors_dev.json")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
    let runs = try #require((json as? [String: Any])?["simulate"] as? [[String: Any]])
    var compared = 0
    for run in runs {
      let id = run["id"] as? String ?? ""
      guard let history = run["history"] as? [Int] else { continue }
      let trace = try #require(run["trace"] as? [Double])
      let given = try #require(run["params"] as? [String: Double])
      func parameter(_ name: String) throws -> Double { try #require(given[name]) }
      guard !trace.isEmpty else { continue }
      let policy = ThresholdPolicy(
        capacityPerReplica: .perSecond(try parameter("qps_per_instance")),
        scaleUp: .fraction(try parameter("scale_up_threshold")),
        scaleDown: .fraction(try parameter("scale_down_threshold")),
        minimum: Int(try parameter("min_instances")), maximum: Int(try parameter("max_instances")))
      let sizes = try ReferenceAutoscaler.simulate(
        trace: trace, initial: Int(try parameter("initial_instances")), policy: policy)
      #expect(sizes == history, "run \(id)")
      compared += 1
    }
    #expect(compared == runs.count - 1, "every run but the empty trace")
  }
}
