import Planning
import Quantities
import Serving

/// Better settings for a policy, told: `headroom tune`.
public struct TuneReport: Sendable {
  public let tuning: Tuning
  /// The plan's name.
  public let source: String
  public let provenance: Provenance

  public init(_ tuning: Tuning, source: String, provenance: Provenance = Provenance()) {
    self.tuning = tuning
    self.source = source
    self.provenance = provenance
  }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  /// The report's words and pictures.
  public func report() -> Report {
    var report = Report(
      title: "\(source): settings of \(tuning.title)", kicker: "\(source) · settings · \(tuning.policy)",
      headline: headline, lead: lead, facts: facts, argument: argument)
    report.sections = [settingsSection, frontSection, howSure]
    report.footer = [
      "\(provenance.program), \(NumberFormat.grouped(Double(tuning.simulations))) simulations of \(NumberFormat.significant(tuning.traces.days, 3)) days, seed \(provenance.seed). The same inputs and seed give the same bytes on any number of cores."
    ]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }

  var headline: String {
    let title = Wording.sentence(tuning.title)
    let cost = cost(tuning.chosen)
    switch tuning.verdict {
    case .keep:
      return "\(title) is best left as it is: nothing that was tried meets the objective for less than \(cost)."
    case .unreachable:
      return
        "No settings of \(tuning.title) that were tried meet the objective with confidence; the nearest use \(used(tuning.chosen.risk.mid)) of the allowed misses, at \(cost)."
    case .better:
      if !tuning.current.isMet {
        return
          "With other settings \(tuning.title) meets the objective, at \(cost); as it is, it misses it."
      }
      return
        "With other settings \(tuning.title) meets the objective at \(cost), \(Wording.percent(tuning.saving)) less than as it is."
    }
  }

  /// How sure the answer is, in one line.
  var lead: String {
    let chosen = tuning.chosen
    var sentences = [
      "Over \(chosen.weeks) \(stretches) that the search never saw, the objective is met in \(chosen.weeksMet) (95 % interval of that share \(Wording.percent(chosen.weeksMetShare.low)) to \(Wording.percent(chosen.weeksMetShare.high)))."
    ]
    if tuning.isInterrupted { sentences.append("The search was stopped early: this is the best so far.") }
    if tuning.isObjectiveAssumed {
      sentences.append("The plan states no objective: 99.9 % of requests served is taken for one.")
    }
    return sentences.joined(separator: " ")
  }

  /// What was simulated: weeks, or as many days as the horizon has.
  var stretches: String {
    let days = tuning.traces.days
    return days > 6.5 ? "weeks" : days > 1.5 ? "times \(NumberFormat.significant(days, 2)) days" : "days"
  }

  func cost(_ point: TunedPoint) -> String {
    tuning.isPriced
      ? "\(Money.dollars(point.costPerMonth)) a month"
      : "\(NumberFormat.short(point.costPerMonth)) replica-hours a month"
  }

  /// A share of the allowed misses, as precise as it can be.
  func used(_ risk: Double) -> String {
    if risk < 0.0005 { return "0 %" }
    return risk < 10 ? NumberFormat.significant(risk * 100, 2) + " %" : "\(NumberFormat.significant(risk, 2)) times"
  }

  private var facts: [Report.Fact] {
    let chosen = tuning.chosen
    var facts = [
      Report.Fact(cost(chosen), "with the chosen settings; \(cost(tuning.current)) as it is"),
      Report.Fact(
        used(chosen.risk.mid),
        "of the allowed misses used (\(used(chosen.risk.low)) to \(used(chosen.risk.high))); \(used(tuning.current.risk.mid)) as it is"
      ),
      Report.Fact(
        Wording.percent(chosen.served.mid), "of requests served; \(Wording.percent(tuning.current.served.mid)) as it is"
      ),
    ]
    for (bound, within) in zip(tuning.objective.latency, chosen.within) {
      facts.append(
        Report.Fact(
          Wording.percent(within.mid),
          "answered within \(NumberFormat.duration(bound.limit)); objective \(Wording.percent(bound.quantile))"))
    }
    facts.append(
      Report.Fact(
        NumberFormat.significant(chosen.meanReplicas, 3),
        "replicas on average, \(NumberFormat.significant(chosen.changesPerDay, 2)) changes a day; \(NumberFormat.significant(tuning.current.meanReplicas, 3)) and \(NumberFormat.significant(tuning.current.changesPerDay, 2)) as it is"
      ))
    return facts
  }

  /// Every choice on the front by cost and risk.
  var argument: Report.Part {
    func point(_ point: TunedPoint) -> TradeChart.Point {
      let values = zip(tuning.settings, point.values).map { "\($0.name) \($1)" }.joined(separator: ", ")
      return TradeChart.Point(
        cost: point.costPerMonth, risk: point.risk.mid,
        tooltip: "\(cost(point)), \(used(point.risk.mid)) of the allowed misses: \(values)")
    }
    let chart = TradeChart(
      title: "What safety costs",
      description:
        "\(tuning.front.count) choices of settings that none of the others beats in cost and risk, from \(tuning.front.first.map(cost) ?? "-") to \(tuning.front.last.map(cost) ?? "-"). Chosen: \(cost(tuning.chosen)), \(used(tuning.chosen.risk.mid)) of the allowed misses used.",
      costUnit: tuning.isPriced ? .dollars : .other("replica-hours"),
      costName: tuning.isPriced ? "\(Currency.current.title) a month" : "replica-hours a month",
      front: tuning.front.map(point),
      current: point(tuning.current), chosen: point(tuning.chosen))
    return Report.Part(
      chart.title, id: "trade",
      "Each dot is a choice of settings; below the line at 100 % the objective is met. Above 200 % dots stand at the edge.",
      chart, caption: "Judged on \(tuning.chosen.weeks) \(stretches) that the search never saw.")
  }

  var settingsTable: Report.Table {
    let rows = tuning.settings.map { setting -> [Report.Cell] in
      [
        Report.Cell(setting.name), Report.Cell(setting.before),
        Report.Cell(setting.after, mark: setting.isChanged ? .warns : nil),
        Report.Cell("\(setting.lowest) to \(setting.highest)"),
      ]
    }
    return Report.Table([.text("setting"), .number("as it is"), .number("chosen"), .number("tried")], rows)
  }

  private var settingsSection: Report.Section {
    let changed = tuning.settings.count { $0.isChanged }
    return Report.Section(
      "The settings", id: "settings",
      changed == 0
        ? "Nothing changes."
        : "\(Wording.count(changed, "setting")) of \(tuning.settings.count) \(changed == 1 ? "changes" : "change").",
      [.table(settingsTable)])
  }

  private var frontSection: Report.Section {
    var columns: [HTML.Column] = [.number("a month"), .number("misses used"), .number("served")]
    columns += tuning.objective.latency.map { .number("within \(NumberFormat.duration($0.limit))") }
    columns += [.number("weeks met"), .number("replicas"), .number("changes a day"), .text("settings")]
    var points = tuning.front
    if !points.contains(tuning.current) { points.append(tuning.current) }
    if !points.contains(tuning.chosen) { points.append(tuning.chosen) }
    points.sort { $0.costPerMonth < $1.costPerMonth }
    let rows = points.map { point -> [Report.Cell] in
      var cells = [
        Report.Cell(tuning.isPriced ? "\(Money.dollars(point.costPerMonth))" : NumberFormat.short(point.costPerMonth)),
        Report.Cell(used(point.risk.mid), mark: point.isMet ? nil : .fails),
        Report.Cell(Wording.percent(point.served.mid)),
      ]
      cells += point.within.map { Report.Cell(Wording.percent($0.mid)) }
      let kind = point == tuning.chosen ? "chosen: " : point == tuning.current ? "as it is: " : ""
      let values = zip(tuning.settings, point.values).map { "\($0.name) \($1)" }.joined(separator: ", ")
      cells += [
        Report.Cell("\(point.weeksMet) of \(point.weeks)"),
        Report.Cell(NumberFormat.significant(point.meanReplicas, 3)),
        Report.Cell(NumberFormat.significant(point.changesPerDay, 2)), Report.Cell(kind + values),
      ]
      return cells
    }
    return Report.Section(
      "What else there is", id: "front",
      "No other choice that was tried beats these in cost and risk at once; which is right depends on what a miss costs.",
      [.table(Report.Table(columns, rows, emphasized: points.firstIndex(of: tuning.chosen)))])
  }

  private var howSure: Report.Section {
    let traces = tuning.traces
    let all = traces.search + traces.choice + traces.judgement
    let inside =
      traces.noise > 0
      ? "Inside a step of the traffic nothing is known: there the demand runs in straight lines with noise of \(Wording.percent(traces.noise)), as rough as the steps are among each other, in bursts of about five minutes. Traffic at a finer step would say more."
      : "Inside a step of the traffic the demand runs in straight lines."
    return Report.Section(
      "How sure this is", id: "sure",
      "\(NumberFormat.grouped(Double(tuning.tried))) choices of settings were tried on \(traces.search) weeks; the best were compared on \(traces.choice) others, and the figures here come from \(traces.judgement) more that neither had seen.",
      [
        .list([
          "Of the \(all) weeks \(traces.fromHistory) are days of the recent history put together anew, scaled to the level to come; \(traces.fromForecast) are weeks of possible futures of the forecast.",
          "Intervals come from drawing whole weeks again. They hold for weeks like these, not for what neither history nor forecast knows.",
          inside,
        ])
      ])
  }
}
