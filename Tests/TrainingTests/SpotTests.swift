import Documents
import HeadroomTesting
import Quantities
import Testing

@testable import Training

@Suite("SpotStudy")
struct SpotStudyTests {
  /// 48 hours of work, a deadline of 1.25 times that, 12 minutes of changeover, on demand at three times the price.
  private static let job = SpotJob(work: .hours(48), deadline: .hours(60), changeover: .minutes(12), priceRatio: 3)

  @Test(arguments: SpotPolicy.allCases)
  func `every deadline is met whatever comes`(_ policy: SpotPolicy) {
    for (up, down) in [(1.0, 1.0), (8.0, 2.0), (0.5, 6.0)] {
      let model = SpotModel(meanUp: .hours(up), meanDown: .hours(down))
      let result = SpotStudy(Self.job, policy: policy).run(model, samples: 12, seed: 3)
      #expect(result.missed == 0, "\(policy.name) at \(up) h up, \(down) h down")
    }
  }

  @Test func `spot that is always there costs a third, spot that is never there the whole`() {
    let always = SpotTrace(step: .minutes(10), counts: Array(repeating: 1, count: 2000))
    let never = SpotTrace(step: .minutes(10), counts: Array(repeating: 0, count: 2000))
    for policy in [SpotPolicy.greedy, .uniformProgress, .planned] {
      #expect(abs(SpotStudy(Self.job, policy: policy).run(always, starts: 2).meanRelativeCost - 48.2 / 144) < 0.01)
      #expect(abs(SpotStudy(Self.job, policy: policy).run(never, starts: 2).meanRelativeCost - 48.2 / 48) < 0.02)
    }
  }

  @Test func `planning ahead costs no more than the simple policies`() {
    let model = SpotModel(meanUp: .hours(3), meanDown: .hours(2))
    func cost(_ policy: SpotPolicy) -> Double {
      SpotStudy(Self.job, policy: policy).run(model, samples: 30, seed: 7).meanRelativeCost
    }
    let planned = cost(.planned)
    #expect(planned <= cost(.greedy))
    #expect(planned <= cost(.uniformProgress))
  }

  /// On the public traces (cite NSDI'24), greedy costs .66 of on demand in the reference's setting.
  @Test(.enabled(if: TestData.isPresent, "HEADROOM_DATA names no data"))
  func `greedy on the public traces of nine zones costs what the reference says`() throws {
    let folder = TestData.path("training/spot_availability/1-node/aws-02-15-2023")
    let zones = [
      "us-east-1a", "us-east-1c", "us-east-1d", "us-east-1f", "us-east-2a", "us-east-2b", "us-west-2a", "us-west-2b",
      "us-west-2c",
    ]
    var costs: [Double] = []
    for zone in zones {
      let trace = try SpotTrace(JSON.parse(Input.read(path: "\(folder)/\(zone)_v100_1.json")))
      let result = SpotStudy(Self.job, policy: .greedy).run(trace, starts: 40)
      #expect(result.missed == 0)
      costs.append(result.meanRelativeCost)
    }
    #expect(abs((Statistics.mean(costs) ?? 0) - 0.66) < 0.02)
  }

  /// The reference's uniform progress costs .59, .52, .83 and .63 of on demand.
  @Test(
    .enabled(if: TestData.isPresent, "HEADROOM_DATA names no data"),
    arguments: zip(SpotSuite.published, [0.59, 0.52, 0.83, 0.63]))
  func `planning ahead on the public traces costs less than uniform progress`(suite: SpotSuite, bound: Double) throws {
    let traces = try suite.traces.map {
      try SpotTrace(JSON.parse(Input.read(path: TestData.path("training/" + $0))))
    }
    let (relative, missed) = suite.cost(.planned, on: traces, starts: 16)
    #expect(missed == 0)
    #expect(relative <= bound + 0.01, "of sixteen starts")
  }

  /// agentcore-public-stack PR 1025: a 48.5 h job without checkpoints on spot.
  @Test func `a long job without checkpoints is refused with the arithmetic`() throws {
    let job = SpotJob(
      work: .hours(48.5), deadline: .hours(72), changeover: .minutes(12), priceRatio: 3, checkpointEvery: nil)
    let refusal = try #require(job.refusal(on: SpotModel(meanUp: .hours(8), meanDown: .hours(1))))
    // 8 h x (e^(48.5 / 8) - 1) = 3427.6 h; numbers' whole parts are never cut to their first digits.
    #expect(refusal.problem.contains("= 3428 h of computing"))
    #expect(refusal.remedy.contains("checkpoints"))
  }

  @Test func `work that is longer than the deadline is refused, and spot that saves nothing`() {
    let model = SpotModel(meanUp: .hours(8), meanDown: .hours(1))
    var late = Self.job
    late.deadline = .hours(40)
    #expect(late.refusal(on: model) != nil)
    var dear = Self.job
    dear.priceRatio = 0.9
    #expect(dear.refusal(on: model) != nil)
    #expect(Self.job.refusal(on: model) == nil)
  }

  @Test func `a trace that is none is refused`() throws {
    #expect(throws: TrainingError.self) {
      try SpotTrace(JSON.parse(#"{"metadata": {"gap_seconds": 0}, "data": [1, 0]}"#))
    }
  }
}
