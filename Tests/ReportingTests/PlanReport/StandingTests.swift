import Planning
import Quantities
import Testing
import Traffic

@testable import Reporting

/// Headline, list, finding and gate are told from one verdict: in every combination of what runs, what the plan asks for, the
/// peak and its range.
@Suite("One verdict") struct StandingTests {
  /// How the plan knows its demand.
  enum Demand: String, CaseIterable, Sendable {
    case stated, statedRange, statedEvent, measured
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var demand: Demand
    var running: Int?
    var maximum: Int?
    var survive: String?
    var headroom: String? = "50%"
    var testDescription: String {
      "\(demand) running \(running.map(String.init) ?? "-") maximum \(maximum ?? 0) headroom \(headroom ?? "-") survive \(survive ?? "-")"
    }
  }

  static let cases: [Case] = Demand.allCases.flatMap { demand in
    [nil, 0, 1, 20, 37, 38, 44, 50, 56, 57, 58, 70, 86, 200, 2000].flatMap { running in
      [nil, 30].map { Case(demand: demand, running: running, maximum: $0) }
    }
  }

  /// What must be survived, beside headroom that is written or left out, too small and large enough.
  static let losses: [Case] = [Demand.stated, .statedRange, .measured].flatMap { demand in
    [nil, 20, 44, 57, 70, 200].flatMap { running in
      ["1 of 3 zones", "1 of 10 zones"].flatMap { survive in
        ["10%", "50%", nil].map { Case(demand: demand, running: running, survive: survive, headroom: $0) }
      }
    }
  }

  static func outcome(_ one: Case) throws -> PlanOutcome {
    let traffic =
      switch one.demand {
      case .stated: "average: 30000/s\n  peak to average: 2.5"
      case .statedRange:
        "average: 30000/s\n  peak to average: 2.5\n  growth: { low: 0%/year, mid: 20%/year, high: 200%/year }"
      case .statedEvent:
        "average: 30000/s\n  peak to average: 2.5\n  events: [ { name: Launch, date: 2026-12-01, lift: { low: 1.1, mid: 1.2, high: 2 } } ]"
      case .measured: "source: { csv: traffic.csv }"
      }
    let text = """
      plan: one
      traffic:
        \(traffic)
      service:
        capacity: 2000/s per replica
      \(one.running.map { "  running: \($0)" } ?? "")
      \(one.headroom.map { "headroom: \($0)" } ?? "")
      \(one.survive.map { "survive: \($0)" } ?? "")
      \(one.maximum.map { "scaling: { target: {}, maximum: \($0) }" } ?? "")
      horizon: 20d
      """
    let start = CivilDate(year: 2026, month: 10, day: 1) ?? CivilDate(daysSinceEpoch: 0)
    let trace = one.demand == .measured ? TraceGenerator.example(start: start, days: 40, seed: 1).trace() : nil
    return try SamplePlan.answer(text, trace, trace?.end ?? SamplePlan.now)
  }

  @Test("headline, finding, list and gate say the same", arguments: cases)
  func agree(_ one: Case) throws {
    let outcome = try Self.outcome(one)
    let report = SamplePlan.report(outcome)
    let today = outcome.plan.zone.local(outcome.now).date
    let headline = Headline(outcome).sentence(today: today)
    let asked = outcome.findings.first { ["capacity-runs-out", "headroom-missing"].contains($0.code) }
    let missing = one.running.map { outcome.sizing.replicas - $0 }

    // Fewer than the plan asks for are asked for by the list and by the gate; others by neither.
    #expect((asked != nil) == ((missing ?? 0) > 0))
    if let asked, let missing {
      #expect(asked.isGate)
      #expect(asked.words.what.hasPrefix("Add \(Wording.count(missing, "replica")) "))
      #expect(try #require(asked.by) >= today)
      #expect(report.whatToDo?.sentence.contains("Nothing needs to be done") == false)
    }
    // The headline asks for the same number by the same day, or for what comes before it.
    let isBlocked = headline.hasPrefix("The maximum of")
    if let asked, let missing, !isBlocked {
      #expect(headline.contains("Add \(Wording.count(missing, "replica")) "), "\(headline)")
      #expect(headline.contains(" now") == asked.isDue, "\(headline)")
    } else {
      #expect(!headline.contains("Add "), "\(headline)")
    }
    if isBlocked { #expect(outcome.findings.contains { $0.code == "maximum-too-low" && $0.isGate }) }
    // The day by which is the headline's, the finding's and the list's.
    for finding in outcome.findings { #expect((finding.by ?? today) >= today) }
    // What is said to hold, holds: the expected peak is carried.
    if headline.contains("suffices") || headline.contains("are enough"), let running = one.running {
      #expect(outcome.plan.carried(by: running).mid >= outcome.sizing.peak.mid)
    }
    if case .runsOut = outcome.standing, let running = one.running {
      #expect(outcome.plan.carried(by: running).mid < outcome.sizing.peak.mid)
      #expect(asked?.severity == .act)
    }
  }

  @Test("no headline calls enough what does not survive as the plan asks", arguments: losses)
  func survives(_ one: Case) throws {
    let outcome = try Self.outcome(one)
    let headline = Headline(outcome).sentence(today: outcome.plan.zone.local(outcome.now).date)
    let unmet = outcome.verdicts.contains { !$0.met } || outcome.findings.contains { $0.isGate }
    if unmet {
      for word in ["suffices", "are enough", "can go", "Hold \(outcome.sizing.replicas) "] {
        #expect(!headline.contains(word), "\(headline)")
      }
    }
    if let (_, needed) = outcome.unsurvived {
      #expect(one.headroom == "10%" && needed > outcome.sizing.replicas)
      if !headline.contains("Add ") { #expect(headline.contains("Hold \(needed) replicas"), "\(headline)") }
    }
    // What is not written is taken so that what is written holds: 1 of 3 zones takes half more, 1 of 10 less than is usual.
    if one.headroom == nil {
      let expected = one.survive == "1 of 3 zones" ? 0.5 : 0.25
      #expect(
        abs(outcome.headroom.fraction - expected) < 1e-9
          && outcome.ledger["headroom"]?.value == outcome.headroom.fraction)
    }
  }

  @Test("every situation is met by some combination")
  func allSituations() throws {
    var seen: Set<String> = []
    for one in Self.cases {
      switch try Self.outcome(one).standing {
      case .unstated: seen.insert("unstated")
      case .runsOut: seen.insert("runs out")
      case .mayRunOut: seen.insert("may run out")
      case .thin: seen.insert("thin")
      case .watch: seen.insert("watch")
      case .lasts: seen.insert("lasts")
      case .surplus: seen.insert("surplus")
      }
    }
    #expect(seen == ["unstated", "runs out", "may run out", "thin", "watch", "lasts", "surplus"])
  }

  @Test("no date to act lies in the past, and a passed one reads 'now'")
  func neverPast() throws {
    let outcome = try SamplePlan.answer(
      """
      plan: late
      traffic: { average: 100/s, peak to average: 2, events: [ { name: Launch, date: 2026-11-16, lift: 4 } ] }
      service: { capacity: 10/s per replica, running: 5 }
      """, nil, SamplePlan.now)
    let finding = try #require(outcome.findings.first { $0.code == "capacity-runs-out" })
    let today = outcome.plan.zone.local(outcome.now).date
    #expect(finding.by == today && finding.isDue)
    #expect(PlanReport.item(finding).tag == "Act now")
    #expect(finding.words.what.contains(" now: from 5 to "))
    #expect(finding.words.remedy.contains("request it today"))
  }
}
