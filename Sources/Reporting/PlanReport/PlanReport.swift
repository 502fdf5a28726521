import Documents
import Planning
import Quantities
import Terminal

/// A plan's answer, told: as a page, as Markdown, JSON, CSV, and in the terminal. The same story in each.
public struct PlanReport: Sendable {
  public let outcome: PlanOutcome
  public let provenance: Provenance
  /// The part of time that the first chart shows; nil for what the plan's argument needs.
  public var window: (from: Timestamp, to: Timestamp)?

  public init(_ outcome: PlanOutcome, provenance: Provenance = Provenance()) {
    self.outcome = outcome
    self.provenance = provenance
  }

  /// One self-contained page, under 1.5 MB whatever the length of the history.
  public func html() -> String { report().html() }
  /// GitHub's Markdown.
  public func markdown() -> String { report().markdown() }

  /// The report's words and pictures.
  public func report() -> Report {
    var report = Report(
      title: "\(outcome.plan.name): capacity plan",
      kicker:
        "\(outcome.plan.name) · capacity plan · \(today.long) · horizon \(NumberFormat.duration(outcome.plan.horizon))",
      headline: headline, lead: lead, facts: facts, argument: argument,
      sections: [
        whatToDo, eventHourByHour, policies, betterSettings, hourOfWeek, traffic, headroomSection, regions, recovery,
        failoverTimeline,
        cost, commitmentLadder, training, dates, verdicts,
        assumptions, derivations,
      ].compactMap { $0 })
    report.footer = footer
    report.derived = Set(outcome.ledger.ids)
    return report
  }

  var plan: Plan { outcome.plan }
  var zone: TimeZoneRules { outcome.plan.zone }
  var today: CivilDate { zone.local(outcome.now).date }
  var end: Timestamp { outcome.now + outcome.plan.horizon }
  var headline: String { Headline(outcome).sentence(today: today) }
  /// Whether the plan knows what a machine costs.
  var isPriced: Bool { outcome.cost.isPriced }
  /// How a range of the forecast is named.
  var intervalName: String { "\(Wording.percent(outcome.demand.peak.confidence)) interval" }
  var zoneNote: String { "Times in \(zone.name)." }

  /// The plan's own policy over the horizon.
  var ownSimulation: PolicySimulation? { outcome.simulations.first }

  /// Beside the headline: the risk that stays.
  var lead: String {
    var sentences: [String] = []
    if let point = outcome.risk.chosenPoint, !outcome.sizing.peak.isCertain {
      sentences.append(
        "With \(Wording.count(outcome.sizing.replicas, "replica")) the peak exceeds the capacity in \(Wording.futures(point.overloadProbability))."
      )
    }
    let missed = outcome.verdicts.filter { !$0.met }
    if !missed.isEmpty {
      let list = missed.prefix(3).map(\.words).map { "\($0.objective) (\($0.got) of \($0.asked))" }
      sentences.append("As the plan stands it misses \(Wording.list(list)).")
    }
    if outcome.trace == nil {
      sentences.append("The plan has no history: give it a traffic source to turn the stated average into a forecast.")
    }
    return sentences.joined(separator: " ")
  }

  /// Five numbers, each linked to its derivation.
  var facts: [Report.Fact] {
    let sizing = outcome.sizing
    var facts = [
      Report.Fact(
        "\(sizing.peak.mid)",
        sizing.peak.isCertain
          ? "peak as stated"
          : "expected peak; \(intervalName) up to \(sizing.peak.high)", number: "peak"),
      Report.Fact(
        "\(sizing.provisioned)", "provisioned, \(Wording.percent(outcome.headroom.fraction)) over the peak",
        number: "provisioned"),
    ]
    var replicas = sizing.replicas == 1 ? "replica" : "replicas"
    if sizing.machine != nil { replicas += " on \(Wording.machines(of: sizing.fleet))" }
    if let running = sizing.running { replicas += " (\(NumberFormat.grouped(Double(running))) run today)" }
    facts.append(Report.Fact(NumberFormat.grouped(Double(sizing.replicas)), replicas, number: "replicas"))
    facts.append(serviceFact)
    if isPriced {
      let following = !sizing.hourOfWeek.isEmpty
      var meaning =
        following
        ? "a month for a fleet that follows the week; \(outcome.cost.flatPerMonth) flat" : "a month for a flat fleet"
      if outcome.cost.events > .zero { meaning += "; events add \(outcome.cost.events) over the horizon" }
      facts.append(
        Report.Fact(
          "\(following ? outcome.cost.followingPerMonth : outcome.cost.flatPerMonth)", meaning,
          number: following ? "cost-per-month" : "cost-per-month-flat"))
    } else if !sizing.hourOfWeek.isEmpty {
      facts.append(
        Report.Fact(
          NumberFormat.significant(sizing.meanReplicas, 3),
          "replicas on average over an ordinary week; no price is known",
          number: "machines-mean"))
    } else {
      facts.append(
        Report.Fact("\(sizing.capacityPerReplica)", "carried by one replica; no price is known", number: "capacity"))
    }
    return facts
  }

  private var serviceFact: Report.Fact {
    if let own = ownSimulation {
      let service = own.outcome.service
      if let attainment = service.attainments.first {
        return Report.Fact(
          Wording.percent(attainment.share.rawValue),
          "answered within \(NumberFormat.duration(attainment.bound.limit)) under \(own.title) (objective \(Wording.percent(attainment.bound.quantile)))",
          number: "attainment")
      }
      let asked = plan.service.objective.availability.map { " (objective \(Wording.percent($0.rawValue)))" } ?? ""
      return Report.Fact(
        Wording.percent(service.shareServed.rawValue), "of requests served under \(own.title)\(asked)",
        number: "availability")
    }
    return Report.Fact(
      Wording.percent(outcome.headroom.fraction), "headroom, \(outcome.headroom.origin)", number: "headroom")
  }

  var footer: [String] {
    var lines: [String] = []
    if let trace = outcome.trace {
      lines.append(
        "Traffic: \(trace.source), \(NumberFormat.grouped(Double(trace.series.count))) steps of \(NumberFormat.duration(trace.series.step)) from \(zone.local(trace.start).date.long) to \(zone.local(trace.end).date.long). \(zoneNote)"
      )
    }
    lines.append(
      "\(provenance.program), planned from \(Wording.moment(outcome.now, zone: zone)) (\(zone.name)). The same inputs and seed give the same bytes."
    )
    if !provenance.command.isEmpty { lines.append("Make it again: `\(provenance.command)`") }
    if !provenance.file.isEmpty {
      lines.append("Ask for any number: `headroom explain \(ShellWord.file(provenance.file)) replicas`")
    }
    return lines
  }
}
