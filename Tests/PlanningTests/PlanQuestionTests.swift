import Documents
import Serving
import Testing

@testable import Planning

@Suite("Plan questions") struct PlanQuestionTests {
  private func answer(_ text: String) throws -> ReferencePlanner.Plan {
    try PlanQuestion(try JSON.parse(text)).answer()
  }

  @Test("the example of the guide: 30,000 a second on average needs 57 replicas")
  func example() throws {
    let plan = try answer(#"{"avg_qps": 30000}"#)
    #expect(plan.peak.perSecond == 75_000)
    #expect(plan.provisioned.perSecond == 112_500)
    #expect(plan.instances == 57)
  }

  @Test("a ceiling forgives the rounding of its division: 0.3 / 0.1 is 3")
  func ceiling() throws {
    #expect(
      try answer(#"{"avg_qps": 0.1, "peak_to_avg": 3, "headroom": 0, "qps_per_instance": 0.1}"#).instances == 3)
  }

  @Test("a negative headroom holds less than the peak: 75,000 x 0.9 at 2,000 a replica is 34")
  func negativeHeadroom() throws {
    #expect(try answer(#"{"avg_qps": 30000, "headroom": -0.1}"#).instances == 34)
  }

  @Test("no demand needs no replicas")
  func zero() throws { #expect(try answer(#"{"avg_qps": 0}"#).instances == 0) }

  @Test(
    "a question that makes no sense is an error with its key",
    arguments: [
      (#"{}"#, "avg_qps"), (#"{"avg_qps": -5}"#, "avg_qps"), (#"{"avg_qps": "many"}"#, "avg_qps"),
      (#"{"avg_qps": 5, "qps_per_instance": 0}"#, "qps_per_instance"),
      (#"{"avg_qps": 5, "qps_per_instance": -1}"#, "qps_per_instance"),
      (#"{"avg_qps": 5, "peak_to_avg": 0}"#, "peak_to_avg"), (#"{"avg_qps": 5, "headroom": -1}"#, "headroom"),
      (#"{"avg_qps": 1e300, "peak_to_avg": 1e300}"#, "avg_qps"), (#"[1]"#, ""),
    ])
  func faults(text: String, path: String) {
    #expect {
      try answer(text)
    } throws: { error in
      (error as? PlanQuestion.Fault)?.path == path
    }
  }
}
