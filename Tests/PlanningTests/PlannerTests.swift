import Catalogs
import Documents
import Quantities
import Testing
import Traffic

@testable import Planning

@Suite("The planner") struct PlannerTests {
  static let start = CivilDate(year: 2026, month: 1, day: 5) ?? CivilDate(daysSinceEpoch: 0)
  static let trace = TraceGenerator.example(start: start, days: 239, seed: 1).trace()

  static func plan(
    _ rest: String = "", service: String = "capacity: 2000/s per replica", traffic: String = "source: { csv: t.csv }"
  )
    throws -> Plan
  {
    let text = planText(traffic: traffic, service: service, rest: rest)
    let spec = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
    return try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil }).plan
  }

  static func outcome(
    _ rest: String = "", service: String = "capacity: 2000/s per replica", traffic: String = "source: { csv: t.csv }"
  ) throws -> PlanOutcome {
    try Planner.outcome(of: try plan(rest, service: service, traffic: traffic), trace: trace, now: trace.end)
  }

  @Test("provisioned is the peak with its headroom, and replicas carry it")
  func arithmetic() throws {
    let outcome = try Self.outcome("headroom: 50%")
    let sizing = outcome.sizing
    #expect(abs(sizing.provisioned / sizing.peak.mid - 1.5) < 1e-12)
    #expect(Double(sizing.replicas) * 2000 >= sizing.provisioned.perSecond)
    #expect(Double(sizing.replicas - 1) * 2000 < sizing.provisioned.perSecond)
    #expect(outcome.ledger["replicas"]?.value == Double(sizing.replicas))
  }

  @Test("the expected peak lies above the highest ordinary hour of the history when demand grows")
  func peakIsHonest() throws {
    let outcome = try Self.outcome()
    let forecast = try #require(outcome.demand.forecast)
    #expect(outcome.demand.peak.mid > (forecast.mid.peak?.value ?? .zero))
    #expect(outcome.demand.peak.low <= outcome.demand.peak.mid)
  }

  @Test("an event multiplies demand on its days and carries its dates")
  func event() throws {
    let traffic =
      "source: { csv: t.csv }\n  events: [ { name: Black Friday, days: 4, lift: { low: 3, mid: 4, high: 5 } } ]"
    let calm = try Self.outcome("horizon: 91d")
    let outcome = try Self.outcome(
      "horizon: 91d\nquota lead: 14d\nmachines: [ { type: g5.xlarge, replicas: 1 } ]", traffic: traffic)
    let event = try #require(outcome.demand.events.first)
    #expect(event.start == CivilDate(year: 2026, month: 11, day: 27))
    #expect(outcome.demand.peak.mid / calm.demand.peak.mid > 2.5)
    // The horizon's peak is the event's: one number, at every quantile.
    #expect(event.peak == outcome.demand.peak)
    #expect(event.dates.inPlaceBy == CivilDate(year: 2026, month: 11, day: 25))
    #expect(event.dates.askForQuotaBy == CivilDate(year: 2026, month: 11, day: 11))
    #expect(event.dates.decideBy < event.dates.askForQuotaBy)
    // A lift of 4 adds three times the demand of a calm future, with its headroom, at 2000/s a machine.
    let ordinary = try #require(calm.demand.forecast).mid
    let first = ordinary.index(of: event.start.midnightUTC)
    let added = ordinary.rawValues[first..<first + 96].reduce(0) { $0 + 3 * $1 }
    let machineHours = added * (outcome.sizing.provisioned / outcome.sizing.peak.mid) / 2000
    #expect(abs(outcome.cost.events.dollars / (machineHours * outcome.cost.hourlyPrice.dollarsPerHour) - 1) < 0.05)
  }

  @Test("a catalog lift is marked as an assumption")
  func assumption() throws {
    let traffic = "source: { csv: t.csv }\n  events: [ { name: Black Friday } ]"
    let outcome = try Self.outcome("horizon: 91d", traffic: traffic)
    let event = try #require(outcome.demand.events.first)
    #expect(event.isAssumption)
    let facts = outcome.assumptions.compactMap { $0 as? DemandAssumption }
    #expect(facts == [.catalogLift(event: "Black Friday", lift: event.lift)])
  }

  @Test("the curve of headroom against risk falls, and the chosen point is on it")
  func curve() throws {
    let outcome = try Self.outcome("headroom: 40%\nmachines: [ { type: g5.xlarge } ]")
    let curve = outcome.risk.curve
    for (a, b) in zip(curve, curve.dropFirst()) {
      #expect(a.headroom < b.headroom)
      #expect(a.overloadProbability >= b.overloadProbability)
      #expect(a.overloadMinutes >= b.overloadMinutes)
      #expect(a.costPerMonth <= b.costPerMonth)
    }
    #expect(curve[outcome.risk.chosen].headroom == 0.4)
    #expect(curve[outcome.risk.chosen].replicas == outcome.sizing.replicas)
  }

  @Test("derived headroom holds the quantile it was asked for")
  func derived() throws {
    let outcome = try Self.outcome("headroom: { cover: { forecast error: 95% } }")
    let chosen = outcome.risk.curve[outcome.risk.chosen]
    #expect(chosen.overloadProbability <= 0.05 + 0.01)
  }

  @Test("every number that is computed names what it rests on, down to inputs and measurements")
  func ledger() throws {
    let outcome = try Self.outcome(
      "headroom: { cover: { forecast error: 90%, failures: 1 of 3 zones, scaling lag: true } }\nmachines: [ { type: g5.xlarge } ]"
    )
    for derivation in outcome.ledger.all where derivation.origin == .computed {
      #expect(!derivation.inputs.isEmpty, "\(derivation.id) rests on nothing")
      #expect(!derivation.formula.isEmpty, "\(derivation.id) has no formula")
    }
    #expect(outcome.ledger.chain(of: "cost-per-month").count > 8)
    for derivation in outcome.ledger.all { #expect(derivation.value.isFinite, "\(derivation.id)") }
  }

  @Test("the same inputs and seed give the same answer")
  func deterministic() throws {
    let a = try Self.outcome()
    let b = try Self.outcome()
    #expect(a.demand.peak == b.demand.peak)
    #expect(a.simulations.map { $0.outcome } == b.simulations.map { $0.outcome })
    #expect(a.risk.curve == b.risk.curve)
  }

  @Test("a fleet that is too small is told with the day, the number and the dates")
  func runsOut() throws {
    let outcome = try Self.outcome(service: "capacity: 2000/s per replica\n  running: 5")
    let finding = try #require(outcome.findings.first)
    #expect(finding.code == "capacity-runs-out" && finding.severity == .act)
    guard case .capacityRunsOut(let shortfall)? = finding.fact as? SizingFinding else {
      Issue.record("\(finding.fact)")
      return
    }
    #expect(shortfall.running == 5 && shortfall.missing == outcome.sizing.replicas - 5)
    #expect(shortfall.day == outcome.runway?.expected && shortfall.isExpected)
    #expect(finding.by == shortfall.addBy && shortfall.requestQuotaBy <= shortfall.addBy)
  }

  @Test("a maximum below the need is told")
  func maximum() throws {
    let outcome = try Self.outcome("scaling: { target: {}, maximum: 5 }")
    #expect(outcome.findings.contains { $0.code == "maximum-too-low" && $0.severity == .act })
    let verdict = try #require(outcome.verdicts.first)
    #expect(verdict.objective == .capacity && verdict.basis == .expected && verdict.binding == .maximum(5))
    #expect(verdict.asked == outcome.sizing.peak.mid.perSecond && verdict.got == 10_000 && verdict.unit == .rate)
    #expect(!verdict.met && verdict.margin < 0)
  }

  @Test("a plan without history answers from its average")
  func stated() throws {
    let plan = try Self.plan("headroom: 50%", traffic: "average: 30000/s\n  peak to average: 2.5")
    let outcome = try Planner.outcome(of: plan, trace: nil, now: Self.trace.end)
    #expect(outcome.sizing.replicas == 57)
    #expect(outcome.sizing.provisioned.perSecond == 112_500)
    #expect(outcome.simulations.isEmpty)
  }

  @Test("autoscaling costs less than a flat fleet and serves what the objective asks")
  func autoscaling() throws {
    let outcome = try Self.outcome(
      "machines: [ { type: g5.xlarge } ]",
      service: "capacity: 2000/s per replica\n  startup: { node: 90s, model load: 45s }")
    #expect(outcome.cost.followingPerMonth < outcome.cost.flatPerMonth)
    let own = try #require(outcome.simulations.first)
    let flat = try #require(outcome.simulations.first { $0.policy == "fixed" })
    #expect(own.policy == "target")
    let hours = try [own, flat].map { try #require($0.outcome.fleet).replicaHours }
    #expect(hours[0] < hours[1])
    #expect(own.outcome.service.shareServed.rawValue > 0.999)
  }

  @Test("a history that ends before today is planned from today, with a word", arguments: [2.0, 900])
  func oldHistory(days: Double) throws {
    let outcome = try Planner.outcome(of: try Self.plan(), trace: Self.trace, now: Self.trace.end + .days(days))
    #expect(outcome.now == Self.trace.end + .days(days))
    let forecast = try #require(outcome.demand.forecast)
    #expect(forecast.mid.start == outcome.now)
    #expect(forecast.mid.end == outcome.now + .days(90))
    #expect(outcome.demand.paths.allSatisfy { $0.start == outcome.now })
    let doubts = outcome.findings.compactMap { finding -> Double? in
      guard case .historyIsOld(_, let gap, let doubt)? = finding.fact as? DemandFinding, gap == .days(days) else {
        return nil
      }
      return doubt.rawValue
    }
    #expect(doubts.count == 1 && doubts[0] > (days > 100 ? 0.1 : 0.01))
  }

  @Test("an event between the end of the history and today sets no peak")
  func eventInTheGap() throws {
    let day = Self.trace.end.utc.date + 3
    let event = "source: { csv: t.csv }\n  events: [ { name: sale, date: \(day), lift: 5 } ]"
    let calm = try Planner.outcome(of: try Self.plan(), trace: Self.trace, now: Self.trace.end + .days(10))
    let outcome = try Planner.outcome(
      of: try Self.plan(traffic: event), trace: Self.trace, now: Self.trace.end + .days(10))
    #expect(outcome.demand.peak == calm.demand.peak)
    #expect(outcome.sizing.replicas == calm.sizing.replicas)
    #expect(outcome.demand.events.isEmpty)
  }

  @Test("a moment that the user names leaves later history out")
  func namedMoment() throws {
    let now = Self.trace.end - .days(30)
    let outcome = try Planner.outcome(of: try Self.plan(), trace: Self.trace, now: now, isNowGiven: true)
    #expect(outcome.trace?.end == now)
  }

  @Test("short, flat, empty-handed histories still get an answer", arguments: [1, 2, 25, 24 * 8])
  func shortHistories(steps: Int) throws {
    let series = TimeSeries<RequestRate>(
      start: Self.trace.start, step: .hours(1), rawValues: Array(repeating: 100, count: steps))
    let outcome = try Planner.outcome(
      of: try Self.plan(), trace: Trace(series: series, source: "test"), now: series.end)
    #expect(outcome.sizing.replicas >= 1)
    #expect(outcome.sizing.peak.mid.isFinite)
  }

  @Test("a history of gaps alone is an error with a remedy")
  func allGaps() throws {
    let series = TimeSeries<RequestRate>(start: Self.trace.start, step: .hours(1), rawValues: [.nan, .nan])
    #expect(throws: PlanningError.self) {
      try Planner.outcome(of: try Self.plan(), trace: Trace(series: series, source: "test"), now: series.end)
    }
  }

  @Test("a queueing model gives the capacity that keeps the objective")
  func model() throws {
    let plan = try Self.plan(service: "service time: 20ms\n  concurrency: 32\n  objective: { p99: 200ms }")
    let capacity = plan.service.capacity.ofOne.mid.perSecond
    #expect(capacity > 1000 && capacity < 1600, "32 / 20 ms is 1600/s at saturation; got \(capacity)")
    #expect(throws: Diagnostics.self) {
      try Self.plan(service: "service time: 200ms\n  objective: { p99: 210ms }")
    }
  }
}
