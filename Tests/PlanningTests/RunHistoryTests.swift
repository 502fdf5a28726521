import Catalogs
import Documents
import Quantities
import Serving
import Testing

@testable import Planning

@Suite struct RunHistoryTests {
  func run(_ number: Int64, p99: Double, rate: Double = 100, valid: Bool = true, url: String = "u") -> KeptRun {
    KeptRun(
      number: number, time: Timestamp(secondsSinceEpoch: Double(number) * 86400), name: "shop", kind: .run, url: url,
      isValid: valid, rate: rate, p50: p99 / 4, p99: p99)
  }

  /// Quantiles of Student's distribution, as every table of it has them (Abramowitz and Stegun, table 26.10).
  @Test(
    "the tail of Student's distribution is that of the tables",
    arguments: [
      (12.706, 1, 0.025), (6.965, 2, 0.01), (3.182, 3, 0.025), (2.776, 4, 0.025), (3.365, 5, 0.01), (2.764, 10, 0.01),
      (1.729, 19, 0.05), (0, 7, 0.5), (-2.776, 4, 0.975),
    ])
  func student(_ t: Double, _ degrees: Int, _ tail: Double) {
    #expect(abs(RunHistory.studentTail(t, degrees: degrees) - tail) < 2e-5)
  }

  @Test("a latency far outside the scatter of earlier runs is a regression to act on")
  func regression() {
    let old = [0.100, 0.103, 0.098, 0.101, 0.099].enumerated().map { run(Int64($0), p99: $1) }
    let findings = RunHistory.findings(old + [run(9, p99: 0.150)])
    #expect(findings.map(\.code) == ["latency-regression", "latency-regression"])
    #expect(findings.allSatisfy { $0.severity == .act })
    guard case .worse(let change)? = findings.last?.fact as? RunFinding else {
      Issue.record("\(findings)")
      return
    }
    #expect(change.figure == .p99 && change.run == 9 && change.previous == 4 && change.earlier == 5)
    #expect(abs(change.worse - 0.5) < 0.01 && change.value == 0.15 && change.chance < 0.005)
  }

  @Test("the same change among runs that scatter as much may be chance, and is said to be")
  func noise() {
    let old = [0.06, 0.15, 0.1, 0.14, 0.08].enumerated().map { run(Int64($0), p99: $1) }
    let findings = RunHistory.findings(old + [run(9, p99: 0.150)])
    #expect(findings.map(\.code) == ["maybe-latency-regression", "maybe-latency-regression"])
    #expect(findings.allSatisfy { $0.severity == .note })
  }

  @Test("better and nearly the same are no regression")
  func holds() {
    let old = [0.100, 0.1001, 0.0999].enumerated().map { run(Int64($0), p99: $1) }
    #expect(RunHistory.findings(old + [run(9, p99: 0.104)]).map(\.code) == ["no-regression"])
    #expect(RunHistory.findings(old + [run(9, p99: 0.01)]).map(\.code) == ["no-regression"])
  }

  @Test("only runs of the same rate, address and validity count; with fewer than three there is no verdict")
  func comparable() {
    let others = [
      run(1, p99: 0.1, rate: 50), run(2, p99: 0.1, url: "v"), run(3, p99: 0.1, valid: false), run(4, p99: 0.1),
      run(5, p99: 0.1),
    ]
    #expect(RunHistory.findings(others + [run(9, p99: 5)]).map(\.code) == ["too-few-runs"])
    #expect(RunHistory.findings([run(1, p99: 1, valid: false)]).map(\.code) == ["latest-run-invalid"])
    #expect(RunHistory.findings([]).isEmpty)
  }

  @Test("a capacity that fell is a regression of capacity")
  func capacity() {
    let runs = [1000.0, 1010, 995, 1005, 700].enumerated().map { i, rate in
      KeptRun(
        number: Int64(i), time: Timestamp(secondsSinceEpoch: Double(i)), name: "s", kind: .saturation, url: "u",
        isValid: true, rate: rate)
    }
    #expect(RunHistory.findings(runs).map(\.code) == ["capacity-regression"])
  }

  /// 2,000 histories of a service that never changes: the share of false alarms must stay near the 1 % that is promised.
  @Test("a service that does not change raises a false alarm in 1 % of histories")
  func falseAlarms() {
    var random = RandomStream(seed: 11)
    var alarms = 0
    for _ in 0..<2000 {
      // P50 and P99 of a run move together, by 20 % from run to run.
      let runs = (0..<8).map { run(Int64($0), p99: 0.1 * (1 + 0.2 * max(-3, min(3, random.normal())))) }
      if RunHistory.findings(runs).contains(where: { $0.severity == .act }) { alarms += 1 }
    }
    #expect(alarms < 25)
  }

  @Test("kept results are read by their schema; others are no runs")
  func reading() throws {
    let text =
      #"{"schema": "headroom/load/1", "valid": true, "url": "u", "loop": "open", "window_s": 10, "offered": 1000, "ok": 990, "achieved_rate": 99, "latency_ms": {"p50": 5, "p99": 20}}"#
    let run = try #require(
      KeptRun(number: 1, time: Timestamp(secondsSinceEpoch: 0), name: "n", result: Array(text.utf8)))
    #expect(run.rate == 100 && run.p99 == 0.02 && run.errorShare == 0.01)
    for other in ["{}", "[", #"{"schema": "headroom/plan/1"}"#] {
      #expect(KeptRun(number: 1, time: Timestamp(secondsSinceEpoch: 0), name: "n", result: Array(other.utf8)) == nil)
    }
  }
}

@Suite struct LoadChecklistTests {
  func plan(_ objective: String = "objective: { p99: 200ms }") throws -> Plan {
    let text = planText(
      service: "capacity: 100/s per replica\n  \(objective)", rest: "machines: [ { type: g5.xlarge } ]")
    let spec = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
    return try Plan.resolve(spec, catalog: .builtIn, zone: { _ in .utc }).plan
  }
  func list(_ tests: [String], objective: String = "objective: { p99: 200ms }") throws -> LoadChecklist {
    let plan = try plan(objective)
    return LoadChecklist(
      plan: plan, planFile: "plan.yaml",
      tests: tests.enumerated().compactMap { LoadChecklist.Test(name: "run \($0)", result: Array($1.utf8)) },
      store: "runs.db", replicaPeak: plan.service.capacity.ofOne.mid)
  }

  @Test("without a test everything but the objective is missing, each with a command")
  func nothing() throws {
    let list = try list([])
    #expect(list.items.filter(\.isCovered).map(\.id) == ["objective"])
    #expect(list.items.dropFirst().allSatisfy { $0.command.hasPrefix("headroom load ") })
    #expect(list.items[1].command.contains("--rate 100/s") && list.items[1].command.contains("'p99 < 200ms'"))
    #expect(try self.list([], objective: "startup: { node: 1s }").items[0].isCovered == false)
  }

  @Test("each kind of test covers its line, an invalid one none")
  func covered() throws {
    let all = [
      #"{"schema": "headroom/load/1", "valid": true, "covers": ["data"], "timeline": [{"offered": 120}], "expectations": [{"expect": "p99 < 200ms"}]}"#,
      #"{"schema": "headroom/load-saturation/1", "rate": 90, "expect": "p99 < 200ms"}"#,
      #"{"schema": "headroom/load-cold/1"}"#, #"{"schema": "headroom/load-chaos/1"}"#,
    ]
    #expect(try list(all).isComplete)
    let invalid = #"{"schema": "headroom/load/1", "valid": false, "covers": ["data", "ramp"]}"#
    #expect(try list([invalid]).items.filter(\.isCovered).map(\.id) == ["objective"])
  }
}
