import Planning
import Quantities
import Serving
import Simulating
import Terminal

/// One policy over one demand, as `headroom simulate` has it.
public struct SimulatedPolicy: Sendable {
  /// The policy's stable name: `"target"`.
  public var policy: String
  public var title: String
  public var outcome: Outcome
  /// What it cost; nil where no price is known.
  public var cost: Money?
  public init(policy: String, title: String, outcome: Outcome, cost: Money? = nil) {
    self.policy = policy
    self.title = title
    self.outcome = outcome
    self.cost = cost
  }
}

/// What autoscalers made of a demand: `headroom simulate`.
public struct SimulationReport: Sendable {
  /// The first is the one that was asked about.
  public let simulations: [SimulatedPolicy]
  /// What the demand was of: a path, a name.
  public let source: String
  /// Which demand it was, in words; may be empty.
  public let over: String
  public let objective: Objective
  /// At saturation.
  public let capacityPerReplica: RequestRate
  public let zone: TimeZoneRules
  public let provenance: Provenance
  /// What the plan's own policy made of many futures, where they were asked for.
  public var futures: SimulatedFutures?
  /// What single requests met with under the first policy, in a world that knows them.
  public var requests: RequestRecord?
  /// The same of requests to a language model.
  public var tokens: TokenSimulation?

  /// - Precondition: there is at least one simulation.
  public init(
    _ simulations: [SimulatedPolicy], source: String, over: String = "", objective: Objective,
    capacityPerReplica: RequestRate,
    zone: TimeZoneRules = .utc, provenance: Provenance = Provenance()
  ) {
    precondition(!simulations.isEmpty, "a report of simulations needs one")
    self.simulations = simulations
    self.source = source
    self.over = over
    self.objective = objective
    self.capacityPerReplica = capacityPerReplica
    self.zone = zone
    self.provenance = provenance
  }

  /// The simulations of a plan, its own policy first.
  /// - Precondition: the plan has simulations; one that states its traffic has none.
  public init(_ outcome: PlanOutcome, provenance: Provenance = Provenance()) {
    let own = outcome.simulations.first
    let isPriced = outcome.cost.isPriced
    self.init(
      outcome.simulations.filter { $0.over == own?.over }.map {
        SimulatedPolicy(policy: $0.policy, title: $0.title, outcome: $0.outcome, cost: isPriced ? $0.cost : nil)
      }, source: outcome.plan.name, over: own?.over ?? "", objective: outcome.plan.service.objective,
      capacityPerReplica: outcome.plan.service.model.mid.capacityPerReplica, zone: outcome.plan.zone,
      provenance: provenance)
  }

  var own: SimulatedPolicy { simulations[0] }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  /// The report's words and pictures.
  public func report() -> Report {
    let outcome = own.outcome
    var report = Report(
      title: "\(source): \(own.title)", kicker: "\(source) · simulation · \(NumberFormat.duration(outcome.duration))",
      headline: headline,
      lead: [futures.map(Self.sentence) ?? "", worst].filter { !$0.isEmpty }.joined(separator: " "), facts: facts,
      argument: whole)
    var sections: [Report.Section] = []
    if let section = worstHours { sections.append(section) }
    if simulations.count > 1 {
      sections.append(
        Report.Section("Policies compared", id: "policies", comparison, [.table(table)]))
    } else {
      sections.append(Report.Section("Totals", id: "totals", comparison, [.table(table)]))
    }
    if let requests { sections.insert(Self.section(requests), at: 0) }
    if let tokens { sections.insert(Self.section(tokens), at: 0) }
    // How sure it is comes before a single day of one future.
    if let futures { sections.insert(Self.section(futures), at: 0) }
    if let section = actions { sections.append(section) }
    report.sections = sections
    report.footer = [
      "Demand: \(source)\(over.isEmpty ? "" : ", \(over)"). Ticks of \(NumberFormat.duration(outcome.tick)), shown in steps of \(NumberFormat.duration(outcome.timeline.step)). Times in \(zone.name).",
      "\(provenance.program).\(provenance.command.isEmpty ? "" : " Make it again: `\(provenance.command)`")",
    ]
    return report
  }

  /// Whether the objective was met, and by what.
  var headline: String {
    let totals = own.outcome.service
    let served = Wording.percent(totals.shareServed.rawValue)
    let title = Wording.sentence(own.title)
    let hasObjective = !objective.isEmpty
    if hasObjective, !own.outcome.meets(objective) {
      let missed = totals.attainments.first { !$0.isMet }
      if let missed {
        return
          "\(title) misses the objective: \(Wording.percent(missed.share.rawValue)) of requests are answered within \(NumberFormat.duration(missed.bound.limit)), \(Wording.percent(missed.bound.quantile)) are asked for."
      }
      return
        "\(title) misses the objective: \(served) of requests are served, \(Wording.percent(objective.availability?.rawValue ?? 1)) are asked for."
    }
    let verb = hasObjective ? "meets the objective" : "serves \(served) of requests"
    return
      "\(title) \(verb) with \(Wording.figure(own.outcome.fleet?.meanReplicas)) replicas on average and \(Wording.count(own.outcome.fleet?.peakReplicas)) at most."
  }

  private var worst: String {
    guard let worst = own.outcome.worst else { return "" }
    let name = worst.cause == .none ? "Busiest moment" : "Worst moment"
    return "\(name), \(Wording.moment(worst.time, zone: zone)): \(worst.because)."
  }

  private var facts: [Report.Fact] {
    let (totals, fleet) = (own.outcome.service, own.outcome.fleet)
    var facts = [Report.Fact(Wording.percent(totals.shareServed.rawValue), "of requests served")]
    if let first = totals.attainments.first {
      facts.append(
        .init(
          Wording.percent(first.share.rawValue),
          "answered \(Wording.within(first.bound))"
            + (first.includesService ? "" : ", waiting alone")))
    } else {
      facts.append(.init(NumberFormat.short(totals.unserved.rawValue), "requests not served"))
    }
    facts.append(
      .init(
        Wording.overload(totals), "of time with demand over capacity"))
    facts.append(
      .init(
        NumberFormat.short(fleet?.replicaHours ?? .nan),
        "replica-hours, \(Wording.figure(fleet?.meanReplicas)) replicas on average"
      ))
    if let cost = own.cost {
      facts.append(.init("\(cost)", "cost"))
    } else {
      facts.append(
        .init(
          Wording.count(fleet?.scalingActions), "changes of scale, \(Wording.count(fleet?.flaps)) of them reversals"))
    }
    return facts
  }

  private var whole: Report.Part? {
    let outcome = own.outcome
    guard outcome.timeline.count > 1 else { return nil }
    let end = outcome.timeline.time(at: outcome.timeline.count)
    let chart = OutcomeChart.timeline(
      outcome, capacityPerReplica: capacityPerReplica, from: outcome.start, to: end, zone: zone,
      title: "Demand and capacity", isForecast: false)
    return Report.Part(
      chart.title, id: "timeline", chart.description, chart,
      caption: "Highest demand and lowest ready capacity of each step. Times in \(zone.name).")
  }

  /// The day around the worst moment, where the whole is longer than three days.
  private var worstHours: Report.Section? {
    guard let worst = own.outcome.worst, own.outcome.duration > .days(3) else { return nil }
    let date = zone.local(worst.time).date
    let timeline = own.outcome.timeline
    let from = max(timeline.start, zone.time(of: date))
    let to = min(timeline.time(at: timeline.count), zone.time(of: date + 1))
    guard timeline.indices(from: from, to: to).count > 3 else { return nil }
    let chart = OutcomeChart.timeline(
      own.outcome, capacityPerReplica: capacityPerReplica, from: from, to: to, zone: zone,
      title: "The worst day", isForecast: false)
    return Report.Section(
      "The worst day", id: "worst", "\(date.long): \(worst.because).",
      [.chart(chart, id: "worst-chart", caption: "Times in \(zone.name).")])
  }

  private var comparison: String {
    guard simulations.count > 1 else { return "\(Wording.sentence(own.title)) over \(over.isEmpty ? source : over)." }
    let least = simulations.min {
      $0.outcome.fleet?.replicaHours ?? .infinity < $1.outcome.fleet?.replicaHours ?? .infinity
    }
    let best = simulations.max { $0.outcome.service.shareServed < $1.outcome.service.shareServed }
    return
      "\(Wording.sentence(least?.title ?? "")) uses the fewest replica-hours, \(best?.title ?? "") serves the most requests."
  }

  var table: Report.Table {
    let bounds = own.outcome.service.attainments.map { $0.bound }
    var columns: [HTML.Column] = [.text("policy"), .number("served")]
    columns += bounds.map { .number(Wording.within($0)) }
    columns += [
      .number("time over capacity"), .number("replica-hours"), .number("mean"), .number("most"), .number("changes"),
      .number("reversals"),
    ]
    let isPriced = simulations.contains { $0.cost != nil }
    if isPriced { columns.append(.number("cost")) }
    let rows = simulations.map { simulation -> [Report.Cell] in
      let (totals, fleet) = (simulation.outcome.service, simulation.outcome.fleet)
      return [Report.Cell(simulation.title), Report.Cell(Wording.percent(totals.shareServed.rawValue))]
        + bounds.map { bound in
          let attainment = totals.attainments.first { $0.bound == bound }
          return Report.Cell(
            attainment.map { Wording.percent($0.share.rawValue) } ?? "-",
            mark: attainment.map { $0.isMet ? nil : .fails } ?? nil)
        }
        + [
          Report.Cell(Wording.overload(totals)), Report.Cell(NumberFormat.grouped(fleet?.replicaHours ?? .nan)),
          Report.Cell(Wording.figure(fleet?.meanReplicas)), Report.Cell(Wording.count(fleet?.peakReplicas)),
          Report.Cell(Wording.count(fleet?.scalingActions)), Report.Cell(Wording.count(fleet?.flaps)),
        ] + (isPriced ? [Report.Cell(simulation.cost.map { "\($0)" } ?? "-")] : [])
    }
    return Report.Table(columns, rows, emphasized: simulations.count > 1 ? 0 : nil)
  }
}
