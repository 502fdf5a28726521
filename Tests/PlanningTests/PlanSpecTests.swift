import Documents
import Quantities
import Scaling
import Testing
import Traffic

@testable import Planning

/// A small plan that holds, with room for one part to be replaced.
func planText(
  traffic: String = "average: 30000/s", service: String = "capacity: 2000/s per replica", rest: String = ""
) -> String {
  """
  plan: shop
  traffic:
    \(traffic)
  service:
    \(service)
  \(rest)
  """
}

func diagnostics(of text: String) -> [Diagnostic] {
  do {
    _ = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
    return []
  } catch {
    return error.all
  }
}

/// What reading a plan and resolving its names tells, warnings too.
func allDiagnostics(of text: String) -> [Diagnostic] {
  do throws(Diagnostics) {
    let spec = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
    return try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil }).warnings.all
  } catch {
    return error.all
  }
}

@Suite("Plan files") struct PlanSpecTests {
  @Test("a fault of one region's share is told once, not again as a sum that is not whole")
  func unreadableShares() {
    let unread = diagnostics(of: planText(rest: "regions: { a: 50%, b: { share: 50% } }"))
    #expect(unread.map(\.message) == ["'a' is not a mapping (region): \"50%\""])
    let wrong = diagnostics(of: planText(rest: "regions: { a: { share: much }, b: { share: 50% } }"))
    #expect(wrong.count == 1 && wrong.first?.message.contains("add up") == false)
    let short = diagnostics(of: planText(rest: "regions: { a: { share: 40% }, b: { share: 50% } }"))
    #expect(short.map(\.message) == ["the regions' shares add up to 90 %"])
  }

  @Test("a whole plan is read with every value and its place")
  func wholePlan() throws {
    let text = """
      plan: recommendations
      traffic:
        source: { csv: traffic.csv, time: time, value: rps }
        growth: 20%/year
        time zone: Europe/Berlin
        events:
          - { name: Black Friday, date: 2026-11-27, days: 4, lift: { low: 3, mid: 4, high: 5 } }
      service:
        capacity: 2000/s per replica
        objective: { p99: 200ms, availability: 99.9% }
        startup: { node: 90s, image: 20s, model load: 45s }
        running: 108
      headroom: growing product
      scaling: { target: { utilization: 65% }, minimum: 4, maximum: 200 }
      machines: [ { type: g5.xlarge, replicas: 2 } ]
      prices: { g5.xlarge: $0.85/h }
      regions:
        us-east-1: { share: 60% }
        eu-west-1: { share: 40% }
      survive: 1 region
      horizon: 90d
      """
    let spec = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
    #expect(spec.name == "recommendations")
    guard case .measured(let source as StubSource) = spec.traffic.source else {
      Issue.record("no source")
      return
    }
    #expect(source.title == "traffic.csv")
    #expect(abs((spec.traffic.growth?.mid.rawValue ?? 0) - 0.2) < 1e-12)
    #expect(spec.traffic.events.first?.lift?.high.rawValue == 5)
    #expect(spec.service.model?.mid.capacityPerReplica.perSecond == 2000)
    #expect(spec.service.startup.mean == .seconds(155))
    #expect(spec.scaling.policy as? TargetTrackingRecipe == TargetTrackingRecipe(target: 0.65))
    #expect(spec.fleet.machines.first?.replicas == 2)
    let plan = try Plan.resolve(spec, catalog: .builtIn, zone: { TimeZoneRules.fixed(name: $0, offset: 3600) }).plan
    #expect(plan.fleet.supply.pools.allSatisfy { $0.price?.hourly.dollarsPerHour == 0.85 })
    #expect(spec.fleet.survive == FailureTolerance(lost: 1, of: nil, what: "region"))
    #expect(spec.place("service.capacity") == "plan.yaml:9:13")
  }

  @Test("a proposed event's line, pasted into a plan, is that event")
  func proposal() throws {
    let start = CivilDate(daysSinceEpoch: 20_458)
    let series = TraceGenerator(start: start, days: 365).series()
    var values = series.rawValues
    let rule = EventRule.nthWeekday(2, .tuesday, month: nil)
    for day in rule.dates(in: start...(start + 364)) {
      for i in ((day - start) * 24 + 18)..<((day - start) * 24 + 21) { values[i] *= 2 }
    }
    let analysis = TrafficAnalysis(of: series.with(rawValues: values), zone: .utc)
    let proposal = try #require(analysis.eventProposals.first)
    let text = planText(traffic: "average: 5/s\n  events:\n    \(proposal.planLine)")
    let spec = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
    let event = try #require(
      try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil }) { (_) throws(Diagnostics) in [] }.plan.events.first)
    #expect(event.name == "second Tuesday" && event.when == rule)
    #expect(event.startsAt == .hours(18) && event.duration == .hours(3))
    #expect(abs(event.lift.mid.rawValue - proposal.event.lift.mid.rawValue) < 0.01)
    #expect(event.lift.low < event.lift.mid && event.lift.mid < event.lift.high && !event.isAssumption)
  }

  @Test("a lift of 0 closes the service, a negative one is refused")
  func noDemand() throws {
    let text = planText(traffic: "average: 5/s\n  events: [ { name: closed, date: 2026-12-25, lift: 0 } ]")
    #expect(try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml").traffic.events.first?.lift?.mid == 0)
    #expect(!diagnostics(of: text.replacing("lift: 0", with: "lift: -1")).isEmpty)
  }

  @Test(
    "each fault has its place and its remedy",
    arguments: [
      ("plan: x\ntraffic: { average: 1/s }\nservice: { capacty: 5/s }", "3:12", "capacity"),
      (planText(service: "capacity: lots"), "5:13", "2000/s per replica"),
      (planText(service: "capacity: 0/s"), "5:13", "2000/s per replica"),
      (planText(traffic: "average: -5/s"), "3:12", "zero or more"),
      (planText(traffic: "average: 0/s"), "3:12", "above zero"),
      (planText(rest: "headroom: 50"), "6:11", "50%"),
      (planText(rest: "headroom: groving product"), "6:11", "growing product"),
      (planText(rest: "survive: 3 of 3 zones"), "6:10", "1 of 3 zones"),
      (planText(rest: "horizon: 90"), "6:10", "90d"),
      (planText(rest: "scaling: { minimum: 5, maximum: 2 }"), "6:10", "minimum <= maximum"),
      (planText(rest: "scaling: { threshold: { up: 30%, down: 80% } }"), "6:23", "swings"),
      (planText(rest: "scaling: { fixed: true, target: {} }"), "6:10", "one of them"),
      (planText(rest: "regions: { a: { share: 60% }, b: { share: 60% } }"), "6:10", "100%"),
      (planText(traffic: "source: { csv: a.csv, ndjson: b.ndjson }"), "3:11", "exactly one"),
      (
        planText(traffic: "average: 5/s\n  events: [ { name: Launch, date: 2026-02-30, lift: 2 } ]"), "4:35",
        "2026-11-27"
      ),
      (
        planText(traffic: "average: 5/s\n  events: [ { name: Launch, date: 2026-02-03, at: 25:00, lift: 2 } ]"), "4:51",
        "18:00"
      ),
      (
        planText(traffic: "average: 5/s\n  events: [ { name: Launch, rule: every 2 weeks, lift: 2 } ]"), "4:35",
        "every 2 weeks from"
      ),
      (planText(traffic: "average: 5/s\n  growth: much"), "4:11", "20%/year"),
      (planText(traffic: "average: 5/s\n  growth: { low: 30%, mid: 20%, high: 40% }"), "4:11", "low <= mid <= high"),
    ])
  func faults(text: String, place: String, remedy: String) {
    let all = diagnostics(of: text)
    let wanted = all.first { "\($0)".contains("plan.yaml:\(place):") && "\($0)".contains(remedy) }
    #expect(wanted != nil, "got: \(all.map { "\($0)" })")
  }

  @Test("several faults are told at once")
  func severalFaults() {
    let text = """
      plan: x
      traffic: { average: lots, peak to average: 0.2 }
      service: { capacity: 2000 things, objective: { p99: fast } }
      headroom: -3
      colour: blue
      """
    #expect(diagnostics(of: text).count >= 6)
  }

  @Test("growth compounds: 1.5 % a month is 19.6 % a year")
  func monthlyGrowth() throws {
    let spec = try PlanFormat.tested.parse(
      yaml: Array(planText(traffic: "average: 5/s\n  growth: 1.5%/month").utf8), file: "plan.yaml")
    #expect(abs((spec.traffic.growth?.mid.rawValue ?? 0) - 0.195618) < 1e-6)
  }

  @Test("the template that init writes is a valid plan, with and without traffic", arguments: [true, false])
  func template(withTraffic: Bool) throws {
    let text = PlanTemplate.text(name: "shop", withTraffic: withTraffic)
    let spec = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
    #expect(spec.name == "shop")
    if case .measured = spec.traffic.source { #expect(withTraffic) } else { #expect(!withTraffic) }
  }
}

@Suite struct MeasuredCapacityTests {
  func read(_ text: String) throws(Diagnostics) -> MeasuredCapacity {
    try MeasuredCapacity.read(Array(text.utf8), file: "run.json")
  }

  @Test("a saturation search gives its interval, a valid load the rate that it was answered at")
  func reads() throws {
    let found = try read(
      #"{"schema": "headroom/load-saturation/1", "expect": "p99 < 10ms", "rate": 2000, "low": 1980, "high": 2020}"#)
    #expect(found.rate.low == .perSecond(1980) && found.rate.mid == .perSecond(2000))
    #expect(found.rate.high == .perSecond(2020))
    #expect(found.objective == "p99 < 10ms")
    let load = try read(
      #"{"schema": "headroom/load/1", "valid": true, "achieved_rate": 500, "expectations": [{"expect": "p99 < 1s", "met": true}]}"#
    )
    #expect(load.rate.isCertain && load.rate.mid == .perSecond(500))
  }

  @Test(
    "what shows no capacity is refused with what to do",
    arguments: [
      #"{"schema": "headroom/load-saturation/1", "rate": null}"#,
      #"{"schema": "headroom/load/1", "valid": false, "achieved_rate": 500}"#,
      #"{"schema": "headroom/load/1", "valid": true, "achieved_rate": 5, "expectations": [{"expect": "x", "met": false}]}"#,
      #"{"schema": "headroom/load/1", "valid": true, "achieved_rate": 0}"#, #"{"rate": 5}"#, "[]", "{",
    ])
  func refuses(_ text: String) {
    #expect(throws: Diagnostics.self) { try read(text) }
  }

  /// A sweep of four levels: the last one overloads the service, and the third misses the sweep's own objective.
  static func sweep(expect: String?, rate: String) -> String {
    let levels = [(10, 1, 20, true), (20, 2, 25, true), (30, 4, 60, false), (31, 40, 900, false)]
    let points = levels.map { level in
      #"{"rate": \#(level.0), "concurrency": \#(level.1), "kept": \#(level.3), "valid": true, "#
        + #""latency_ms": {"mean": \#(level.2 * 10), "p50": \#(level.2 * 9), "p99": \#(level.2 * 20)}, "#
        + #""ttft_ms": {"mean": \#(level.2), "p50": \#(level.2), "p95": \#(level.2 * 2), "p99": \#(level.2 * 3)}}"#
    }
    let asked = expect.map { #""expect": "\#($0)", "# } ?? ""
    return #"{"schema": "headroom/load-sweep/1", \#(asked)"rate": \#(rate), "low": \#(rate), "high": 30, "points": ["#
      + points.joined(separator: ", ") + "]}"
  }
  func plan(_ service: String, _ result: String) throws -> Plan {
    let spec = try PlanFormat.tested.parse(yaml: Array(planText(service: service).utf8), file: "plan.yaml")
    return try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil }) { (_) throws(Diagnostics) in
      Array(result.utf8)
    }.plan
  }

  @Test("a sweep is a curve: what is asked of first tokens is judged by the levels that were measured")
  func sweepInPlan() throws {
    let kept = Self.sweep(expect: "ttft p95 < 55ms", rate: "20")
    let service = "measured: sweep.json\n  objective: { ttft p95: 45ms }"
    let plan = try plan(service, kept)
    #expect(plan.service.measured == ["sweep.json"])
    // P95 of the first token is 40 ms at 10/s and 50 ms at 20/s: 45 ms lie between, at what a monotone cubic through three
    // levels says; the level that missed the sweep's objective bounds from above what the rate may be.
    let mid = plan.service.capacity.ofOne.mid.perSecond
    #expect(mid > 13 && mid < 17, "\(mid)")
    #expect(plan.service.model.mid.metrics.contains(.firstToken))
    #expect(plan.service.model.mid.capacityPerReplica == .perSecond(20))
    #expect(plan.service.model.high.capacityPerReplica == .perSecond(30))
    // Without an objective of its own all levels count, and the plan's decides.
    let free = try self.plan(
      "measured: sweep.json\n  objective: { ttft p95: 1s }", Self.sweep(expect: nil, rate: "null"))
    #expect(free.service.model.mid.capacityPerReplica == .perSecond(31))
    #expect(free.service.capacity.ofOne.mid.perSecond > 30 && free.service.capacity.ofOne.mid.perSecond < 31)
    // Where the service time is stated, that is the model of times.
    let stated = try self.plan("measured: sweep.json\n  service time: 20ms", kept)
    #expect(!stated.service.model.mid.metrics.contains(.firstToken))
    #expect(throws: Diagnostics.self) {
      try self.plan("measured: sweep.json", Self.sweep(expect: "ttft p95 < 1ms", rate: "null"))
    }
  }

  @Test("a plan may name a measurement instead of a capacity, not beside it")
  func inPlan() throws {
    let spec = try PlanFormat.tested.parse(yaml: Array(planText(service: "measured: run.json").utf8), file: "plan.yaml")
    let result =
      #"{"schema": "headroom/load-saturation/1", "expect": "p99 < 10ms", "rate": 2000, "low": 1980, "high": 2020}"#
    let plan = try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil }) { (_) throws(Diagnostics) in
      Array(result.utf8)
    }.plan
    #expect(plan.service.measured == ["run.json"])
    #expect(plan.service.capacity.ofOne.low == .perSecond(1980) && plan.service.capacity.ofOne.high == .perSecond(2020))
    #expect(
      diagnostics(of: planText(service: "measured: run.json\n  capacity: 5/s")).map(\.message).contains {
        $0.contains("both 'capacity' and 'measured'")
      })
  }
}
