import Quantities
import Terminal
import Traffic

/// What a history of traffic looks like: `headroom analyze`.
public struct AnalysisReport: Sendable {
  public let analysis: TrafficAnalysis
  public let trace: Trace
  public let provenance: Provenance

  public init(_ analysis: TrafficAnalysis, of trace: Trace, provenance: Provenance = Provenance()) {
    self.analysis = analysis
    self.trace = trace
    self.provenance = provenance
  }

  var story: TrafficStory { TrafficStory(analysis: analysis, trace: trace) }
  var zone: TimeZoneRules { analysis.zone }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  /// The report's words and pictures.
  public func report() -> Report {
    let story = story
    var report = Report(
      title: "\(trace.source): traffic analysis",
      kicker:
        "\(trace.source) · traffic analysis · \(zone.local(analysis.start).date.long) to \(zone.local(analysis.end).date.long)",
      headline: headline, lead: story.growth, facts: facts, argument: history)
    report.sections = [
      Report.Section("Figures", id: "figures", story.size, [.table(story.figures)]),
      profiles, week, changes, bursts,
      Report.Section("Surprises", id: "surprises", "Events, outliers, gaps and repairs.", story.surprises),
    ].compactMap { $0 }
    report.footer =
      [trace.report.reading.isEmpty ? nil : trace.report.reading.line].compactMap { $0 } + [
        "Traffic: \(trace.source), \(NumberFormat.grouped(Double(trace.series.count))) steps of \(NumberFormat.duration(trace.series.step)). Times in \(zone.name).",
        "\(provenance.program).\(provenance.command.isEmpty ? "" : " Make it again: `\(provenance.command)`")",
      ]
    return report
  }

  /// Size, peak and shape in a sentence.
  var headline: String {
    guard let average = analysis.average, let peak = analysis.peak else {
      return "The history holds no values, only gaps."
    }
    let ratio = analysis.peakToAverage.atStep.map { NumberFormat.significant($0.rawValue, 2) } ?? "-"
    var text = "Traffic averages \(average) and peaks at \(peak.value), \(ratio) times as high"
    if let trend = analysis.growth, trend.perYear.low.rawValue > 0 || trend.perYear.high.rawValue < 0 {
      let share = trend.perYear.mid.rawValue
      text += "; it \(share > 0 ? "grows" : "shrinks") by \(Wording.percent(abs(share))) a year"
    }
    return text + "."
  }

  private var facts: [Report.Fact] {
    var facts: [Report.Fact] = []
    if let average = analysis.average { facts.append(.init("\(average)", "average")) }
    if let peak = analysis.peak {
      facts.append(.init("\(peak.value)", "highest step, \(Wording.moment(peak.time, zone: zone))"))
    }
    if let ratio = analysis.peakToAverage.atHour ?? analysis.peakToAverage.atStep {
      facts.append(.init("\(NumberFormat.significant(ratio.rawValue, 3))x", "peak hour over the average"))
    }
    if let daily = analysis.dailyProfile {
      facts.append(
        .init(
          Wording.hour(daily.busiestHour),
          "busiest hour"
            + (daily.range.isFinite ? ", \(NumberFormat.significant(daily.range, 2)) times the quietest" : "")))
    }
    if let trend = analysis.growth {
      facts.append(
        .init(
          Wording.change(trend.perYear.mid.rawValue),
          "growth a year; 80 % interval \(Wording.change(trend.perYear.low.rawValue)) to \(Wording.change(trend.perYear.high.rawValue))"
        ))
    } else {
      facts.append(.init("-", "growth: \(analysis.growthUnknownBecause ?? "not known")"))
    }
    return facts
  }

  private var history: Report.Part? {
    guard trace.series.count > 1 else { return nil }
    var chart = DemandChart(
      title: "Demand over the whole history", description: story.summary, from: trace.start, to: trace.end)
    chart.zone = zone
    chart.history = ChartSeries(trace.series)
    chart.events = analysis.eventLifts.map { lift in
      .init(
        name: lift.name, from: lift.last, to: lift.last + .days(1),
        peak: chart.history?.maximum(from: lift.last, to: lift.last + .days(1)), detail: "lift \(lift.peak.mid)")
    }
    for proposal in analysis.eventProposals {
      // Each day is marked, the last one named.
      for date in proposal.hits {
        let from = zone.time(of: date) + proposal.event.startsAt
        let to = from + proposal.event.duration
        let isLast = date == proposal.hits.last
        chart.events.append(
          .init(
            name: isLast ? proposal.event.name : "", from: from, to: to,
            peak: isLast ? chart.history?.maximum(from: from, to: to) : nil,
            detail: isLast ? "proposed, lift \(proposal.event.lift.mid)" : ""))
      }
    }
    return Report.Part(
      chart.title, id: "history", story.summary, chart,
      caption: "Lowest and highest step of every pixel column; gaps are left open. Times in \(zone.name).")
  }

  /// Where the level changed for good.
  private var changes: Report.Section? {
    guard !analysis.levelShifts.isEmpty else { return nil }
    return Report.Section("Changes of level", id: "changes", story.shiftSentence, [.table(story.shifts)])
  }

  /// Roughness by width of averaging.
  private var bursts: Report.Section? {
    let scales = analysis.burstScales
    guard scales.count > 1 else { return nil }
    let chart = ProfileChart(
      title: "Highest mean over the average, by width of averaging", description: story.bursts,
      bars: scales.map { .init(label: NumberFormat.duration($0.width), usual: $0.peakToAverage.rawValue) },
      unit: .other("x the average"))
    return Report.Section(
      "Bursts", id: "bursts", story.bursts,
      [
        .chart(chart, id: "bursts-chart", caption: "The highest step, hour or day as a multiple of the average."),
        .table(story.burstTable),
      ])
  }

  private var profiles: Report.Section? {
    let blocks = story.profiles
    return blocks.isEmpty ? nil : Report.Section("Day and week", id: "cycles", story.rhythm, blocks)
  }

  private var week: Report.Section? {
    guard let weekly = analysis.weeklyProfile, weekly.hourOfWeek.count == 168, let average = analysis.average else {
      return nil
    }
    let values = weekly.hourOfWeek
    let most = values.indices.max { values[$0] < values[$1] } ?? 0
    let least = values.indices.min { values[$0] < values[$1] } ?? 0
    let sentence =
      "The busiest hour of the week is \(Wording.hourOfWeek(most)) with \(average * values[most]), the quietest \(Wording.hourOfWeek(least)) with \(average * values[least])."
    let map = HeatMap(
      title: "Demand by hour of the week", description: sentence, values: values.map { $0 * average.perSecond },
      cellText: { NumberFormat.short($0, digits: 2) }, tooltip: { "\(RequestRate(rawValue: $0))" })
    return Report.Section(
      "Hour of the week", id: "week", sentence,
      [.chart(map, id: "week-chart", caption: "Requests per second. \(story.zoneNote)")])
  }
}
