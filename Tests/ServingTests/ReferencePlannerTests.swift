import Foundation
import HeadroomTesting
import Quantities
import Serving
import Testing

@Suite struct ReferencePlannerTests {
  @Test("the published example: 30,000/s on average need 57 instances")
  func publishedExample() throws {
    let plan = try ReferencePlanner.plan(average: .perSecond(30_000))
    #expect(plan.peak == .perSecond(75_000))
    #expect(plan.provisioned == .perSecond(112_500))
    #expect(plan.instances == 57)
  }

  @Test("a ratio that is whole on paper does not round up")
  func forgivesRounding() throws {
    let plan = try ReferencePlanner.plan(
      average: .perSecond(0.1), peakToAverage: 3, headroom: .zero, capacityPerInstance: .perSecond(0.1))
    #expect(plan.instances == 3)
  }

  @Test("no traffic needs no instance")
  func zeroAverage() throws {
    #expect(try ReferencePlanner.plan(average: .zero).instances == 0)
  }

  @Test("numbers that mean nothing are refused", arguments: [-5, Double.nan, .infinity, -.infinity])
  func refusals(bad: Double) {
    #expect(throws: ServingError.self) { try ReferencePlanner.plan(average: .perSecond(bad)) }
    #expect(throws: ServingError.self) {
      try ReferencePlanner.plan(average: .perSecond(1), peakToAverage: Factor(rawValue: bad))
    }
    #expect(throws: ServingError.self) {
      try ReferencePlanner.plan(average: .perSecond(1), headroom: Fraction(rawValue: bad))
    }
    #expect(throws: ServingError.self) {
      try ReferencePlanner.plan(average: .perSecond(1), capacityPerInstance: .perSecond(bad))
    }
  }

  @Test("zero capacity, a zero ratio and absurd sizes are refused")
  func zeros() {
    #expect(throws: ServingError.self) { try ReferencePlanner.plan(average: .perSecond(1), capacityPerInstance: .zero) }
    #expect(throws: ServingError.self) { try ReferencePlanner.plan(average: .perSecond(1), peakToAverage: 0) }
    #expect(throws: ServingError.self) { try ReferencePlanner.plan(average: .perSecond(1e300)) }
  }

  @Test(
    "recorded runs of the reference are reproduced",
    .enabled(if: TestData.isPresent, "measured data not present"))
  func recordedRuns() throws {
    let path = TestData.path("autoscaling/reference_python_vectors_dev.json")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
    let runs = try #require((json as? [String: Any])?["plan"] as? [[String: Any]])
    var compared = 0
    for run in runs {
      let given = try #require(run["in"] as? [String: Double])
      let expected = try #require(run["out"] as? [String: Any])
      guard let instances = expected["instances"] as? Int else { continue }
      let plan = try ReferencePlanner.plan(
        average: .perSecond(try #require(given["avg_qps"])),
        peakToAverage: Factor(rawValue: given["peak_to_avg"] ?? 2.5),
        headroom: Fraction(rawValue: given["headroom"] ?? 0.5),
        capacityPerInstance: .perSecond(given["qps_per_instance"] ?? 2000))
      #expect(plan.instances == instances)
      let provisioned = try #require(expected["provisioned_qps"] as? Double)
      #expect(abs(plan.provisioned.rawValue / provisioned - 1) < 1e-12)
      compared += 1
    }
    #expect(compared >= 13)
  }
}
