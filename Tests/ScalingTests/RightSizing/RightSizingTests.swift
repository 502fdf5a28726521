import Quantities
import Testing

@testable import Scaling

@Suite("Request and target together") struct RightSizingTests {
  /// A week of minutes: a day's wave between 4 and 20 cores.
  static func use(_ days: Int = 3, scale: Double = 1) -> RecordedUse {
    let cores = (0..<days * 1440).map { i -> Double in
      let hour = Double(i % 1440) / 60
      return scale * (4 + 16 * max(0, 1 - abs(hour - 14) / 8))
    }
    return RecordedUse(start: Timestamp(secondsSinceEpoch: 0), step: .minutes(1), cores: cores)
  }
  static func simulation(_ use: RecordedUse = use()) -> PodSimulation {
    PodSimulation(use: use, ceilingMilli: 1000, startup: .seconds(60), metricDelay: .seconds(30))
  }
  static let today = PodSettings(requestMilli: 1000, target: 40, minimum: 2, maximum: 100)

  @Test("holds pods at request x target: the parts alone change nothing")
  func product() {
    let simulation = Self.simulation()
    let a = simulation.outcome(of: PodSettings(requestMilli: 1000, target: 40, minimum: 2, maximum: 100))
    let b = simulation.outcome(of: PodSettings(requestMilli: 500, target: 80, minimum: 2, maximum: 100))
    // But for whole percents, in which the autoscaler reads a share: one of 40 is coarser than one of 80.
    #expect(abs(a.meanPods / b.meanPods - 1) < 0.01 && abs(a.mostPods - b.mostPods) <= 1)
    // And what is paid for is the request.
    #expect(abs(a.requestedCores / b.requestedCores - 2) < 0.02)
  }

  @Test("pods of constant use settle at use over what is held")
  func constant() {
    let use = RecordedUse(
      start: Timestamp(secondsSinceEpoch: 0), step: .minutes(1), cores: Array(repeating: 12, count: 600))
    let outcome = Self.simulation(use).outcome(of: Self.today)
    // 12 cores at 0.4 of a core a pod are 30 pods.
    #expect(outcome.mostPods == 30 && abs(outcome.meanPods - 30) < 1e-9 && outcome.overloaded == 0)
    #expect(abs(outcome.requestedCores - 30) < 1e-9 && abs(outcome.utilization - 0.4) < 1e-9)
  }

  @Test("together they request fewer cores than today, and overload no more")
  func together() {
    let sizing = RightSizing(Self.simulation(), today: Self.today)
    #expect(sizing.isMet)
    #expect(sizing.together.requestedCores < 0.7 * sizing.today.requestedCores)
    #expect(sizing.together.overloaded <= sizing.allowed)
    #expect(RightSizing.targets.contains(sizing.together.settings.target))
    // Nine tenths and more of what is requested is what is held, within the rounding of the percent.
    #expect(sizing.together.settings.held <= 1000)
  }

  @Test("the request alone spirals: more pods and smaller ones each round")
  func spiral() {
    var today = Self.today
    today.maximum = 10_000
    let sizing = RightSizing(Self.simulation(), today: today)
    let rounds = [sizing.today] + sizing.requestAlone
    #expect(sizing.requestAlone.count >= 3)
    for (before, after) in zip(rounds, rounds.dropFirst()) {
      #expect(after.settings.requestMilli < before.settings.requestMilli)
      #expect(after.mostPods >= before.mostPods)
    }
  }

  @Test("a steeper rise, or pods that start later, hold pods further below their ceiling")
  func late() {
    var cores: [Double] = []
    for i in 0..<2880 {
      let phase = Double(i % 240)
      cores.append(phase < 120 ? 4 : 4 + 16 * min(1, (phase - 120) / 6))
    }
    let steep = RecordedUse(start: Timestamp(secondsSinceEpoch: 0), step: .minutes(1), cores: cores)
    var slow = Self.simulation(steep)
    slow.startup = .seconds(240)
    let quick = RightSizing(Self.simulation(steep), today: Self.today, allowed: 0.01)
    let late = RightSizing(slow, today: Self.today, allowed: 0.01)
    #expect(late.together.settings.held <= quick.together.settings.held)
  }

  @Test("where no setting is calm enough says so, and gives the calmest")
  func unmet() {
    let cores: [Double] = (0..<1000).map { (i: Int) -> Double in i % 20 < 10 ? 1 : 200 }
    let use = RecordedUse(start: Timestamp(secondsSinceEpoch: 0), step: .minutes(1), cores: cores)
    let sizing = RightSizing(Self.simulation(use), today: Self.today, allowed: 0)
    #expect(!sizing.isMet && sizing.together.overloaded > 0)
  }

  @Test("odd records trap nothing", arguments: [[], [.nan], [0, 0, 0], [.infinity, 1], [-5, 3], [1e300, 1e300]])
  func odd(cores: [Double]) {
    let use = RecordedUse(start: Timestamp(secondsSinceEpoch: 0), step: .minutes(1), cores: cores)
    _ = RightSizing(Self.simulation(use), today: Self.today)
  }
}
