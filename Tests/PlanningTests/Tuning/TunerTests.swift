import Catalogs
import Quantities
import Scaling
import Serving
import Simulating
import Testing
import Traffic

@testable import Planning

@Suite("The tuner") struct TunerTests {
  /// A day's horizon keeps the simulated traces short.
  static func outcome(_ scaling: String) throws -> PlanOutcome {
    try PlannerTests.outcome(
      """
      headroom: 30%
      horizon: 1d
      scaling:
        \(scaling)
      machines: [{ type: g5.xlarge }]
      """, service: "{ capacity: 2000/s per replica, objective: { availability: 99.9% }, startup: { node: 60s } }")
  }

  static func tuned(_ scaling: String, reversed: Bool = false) throws -> Tuning {
    let control = TuningControl(
      budget: 1000, seed: 7,
      map: { count, work in
        // The order in which the work is done must not matter.
        let order = reversed ? Array((0..<count).reversed()) : Array(0..<count)
        let results = order.map { ($0, work($0)) }
        return results.sorted { $0.0 < $1.0 }.map { $0.1 }
      })
    return try Tuner(try outcome(scaling), control).run()
  }

  private static let wasteful = Result { try tuned("target: { utilization: 30% }") }

  @Test("a wasteful target is found out: the same objective for less, on weeks that it never saw")
  func savesMoney() throws {
    let tuning = try Self.wasteful.get()
    #expect(tuning.verdict == .better)
    #expect(tuning.chosen.isMet)
    #expect(tuning.chosen.weeks == Tuner.judgementWeeks)
    #expect(tuning.saving > 0.3, "30 % busy where 60 % and more would do: \(tuning.saving)")
    let setting = try #require(tuning.settings.first { $0.name == "utilization" })
    #expect(setting.before == "30%" && setting.after != "30%")
    let recipe = try #require(tuning.recipe as? TargetTrackingRecipe)
    #expect(recipe.target > 0.3)
  }

  @Test("nothing on the front beats another, and all of it is judged on the same weeks")
  func frontIsAFront() throws {
    let tuning = try Self.wasteful.get()
    for (a, b) in zip(tuning.front, tuning.front.dropFirst()) {
      #expect(a.costPerMonth < b.costPerMonth && a.risk.mid > b.risk.mid)
    }
    #expect(tuning.simulations <= 1000 && tuning.simulations > 500)
    #expect(tuning.front.allSatisfy { $0.values.count == tuning.settings.count })
  }

  @Test("the order of the work does not change the answer")
  func isDeterministic() throws {
    let again = try Self.tuned("target: { utilization: 30% }", reversed: true)
    let tuning = try Self.wasteful.get()
    #expect(again.chosen == tuning.chosen && again.front == tuning.front && again.settings == tuning.settings)
  }

  @Test("the maximum never goes below what the peak with its headroom needs")
  func maximumIsAGuard() throws {
    let tuning = try Self.wasteful.get()
    #expect(tuning.maximum >= (try Self.outcome("target: { utilization: 30% }")).sizing.replicas)
    #expect(tuning.minimum <= tuning.maximum)
  }

  @Test("a policy without settings, and a plan without history, say what to do instead")
  func nothingToTune() throws {
    #expect(throws: PlanningError.self) { try Tuner(try Self.outcome("fixed: 20"), TuningControl()) }
    let stated = try Planner.outcome(
      of: try PlannerTests.plan(traffic: "{ average: 100/s }"), trace: nil, now: PlannerTests.trace.end)
    #expect(throws: PlanningError.self) { try Tuner(stated, TuningControl()) }
  }

  @Test("stopped at once, it still answers with the settings as they are judged")
  func stops() throws {
    var control = TuningControl(budget: 1000, seed: 7)
    control.shouldStop = { true }
    let tuning = try Tuner(try Self.outcome("target: { utilization: 50% }"), control).run()
    #expect(tuning.isInterrupted)
    #expect(tuning.tried >= 1 && tuning.current.weeks == Tuner.judgementWeeks)
  }

  @Test("every recipe takes back its own settings unchanged, and takes others")
  func recipesRoundTrip() throws {
    let texts = [
      "target: { utilization: 60% }",
      "step: { above: 70%, below: 40%, scale out: [{ add: 10% }], scale in: [{ remove: 10% }] }",
      "threshold: { up: 80%, down: 30% }", "predictive: { quantile: 90% }",
      "hpa: { spec: { maxReplicas: 60, metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 60 } } }] } }",
      "keda: { spec: { maxReplicaCount: 60, triggers: [{ type: kafka, name: orders, metadata: { bootstrapServers: b, consumerGroup: g, topic: orders, lagThreshold: \"50\" } }] } }",
      "knative: { annotations: { metric: rps, target: \"2000\", max-scale: \"60\" } }",
    ]
    for text in texts {
      let plan = try PlannerTests.plan("scaling:\n  \(text)")
      let setting = PolicySetting(minimum: 1, maximum: 60, replicas: 10, capacity: .perSecond(2000))
      let settings = plan.policy.tunables(in: setting)
      #expect(!settings.isEmpty, "\(text)")
      let same = plan.policy.tuned(settings.map(\.current), in: setting)
      #expect(same.tunables(in: setting).map(\.current) == settings.map(\.current), "\(text)")
      let middle = settings.map { $0.value(at: 0.6) }
      let moved = plan.policy.tuned(middle, in: setting).bounded(3...50)
      for (setting, (after, asked)) in zip(settings, zip(moved.tunables(in: setting).map(\.current), middle)) {
        #expect(abs(after - asked) <= max(0.01, abs(asked) * 0.12), "\(text): \(setting.name) \(after) for \(asked)")
      }
      if moved.minimum != nil { #expect(moved.minimum == 3 && moved.maximum == 50) }
    }
  }
}

@Suite("How sure a choice of settings is") struct TunedPointTests {
  /// 9 of 10: 0.596 to 0.982, as in Brown, Cai and DasGupta, "Interval estimation for a binomial proportion", 2001.
  @Test("shares of weeks have Wilson's interval")
  func wilson() {
    let interval = TunedPoint.wilson(9, of: 10)
    #expect(abs(interval.low - 0.5958) < 1e-3 && abs(interval.high - 0.9821) < 1e-3)
    #expect(TunedPoint.wilson(0, of: 0) == .init(low: 0, mid: 0, high: 1))
    #expect(TunedPoint.wilson(32, of: 32).high == 1)
  }

  @Test("one request in a thousand missed uses all of what 99.9 % allows")
  func risk() {
    var service = ServiceRecord()
    service.offered = Count(rawValue: 1000)
    service.unserved = Count(rawValue: 1)
    let totals = RunTotals(service: service, fleet: FleetRecord(use: FleetUse(span: .hours(1))))
    let score = TuningScore(totals, isPriced: false)
    let objective = Objective(availability: .percent(99.9))
    #expect(abs(TuningScore.risk([score], objective) - 1) < 1e-9)
    #expect(abs(TuningScore.risk([score, score], objective) - 1) < 1e-9)
    #expect(TuningScore.risk([TuningScore](), objective) == 0)
  }

  @Test("noise inside long steps keeps their mean, and short steps as they are")
  func refinement() {
    var random = RandomStream(seed: 1)
    let hours = TimeSeries<RequestRate>(
      start: Timestamp(secondsSinceEpoch: 0), step: .hours(1), rawValues: Array(repeating: 100, count: 500))
    let fine = TuningTraces.refined(hours, noise: 0.1, &random)
    #expect(fine.step == .seconds(60) && fine.count == 30_000)
    let mean = fine.rawValues.reduce(0, +) / 30_000
    #expect(abs(mean - 100) < 1)
    let deviation = Statistics.deviation(fine.rawValues) ?? 0
    #expect(abs(deviation - 10) < 1)
    let short = TimeSeries<RequestRate>(start: hours.start, step: .seconds(15), rawValues: [1, 2, 3])
    #expect(TuningTraces.refined(short, noise: 0.1, &random) == short)
  }
}
