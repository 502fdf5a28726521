import Documents
import LoadTesting
import Quantities

/// How much a service carries within its objective: `headroom load saturation`.
public struct SaturationReport: Sendable {
  public let result: SaturationResult
  public let url: String
  /// What every rate was held to.
  public let objectives: [LoadExpectation]
  /// How requests were spaced: `"poisson"`.
  public let arrivals: String
  public let provenance: Provenance
  /// The option that allows higher rates.
  var limitOption = "--max-rate"

  public init(
    _ result: SaturationResult, url: String, objectives: [LoadExpectation], arrivals: String,
    provenance: Provenance = Provenance()
  ) {
    self.result = result
    self.url = url
    self.objectives = objectives
    self.arrivals = arrivals
    self.provenance = provenance
  }

  private var objective: String { Wording.list(objectives.map(\.description)) }
  /// The times among the objectives; the first is drawn.
  private var drawn: LoadExpectation? { objectives.first { $0.bound != nil } }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  public func report() -> Report {
    var report = Report(
      title: "Saturation of \(url)",
      kicker: "search for saturation · \(arrivals) arrivals · \(Wording.count(result.probes.count, "probe"))",
      headline: headline, lead: lead, facts: facts, argument: latencyByRate)
    report.sections = [scalability, probes].compactMap { $0 }
    report.footer = [
      "Each probe is judged with 95 % confidence; one that is too close to call is looked at for longer, one that the generator spoiled never counts. A rate at which the queue grew is missed however loose the bound: it cannot be kept for ever.",
      "\(provenance.program)." + (provenance.command.isEmpty ? "" : " Make it again: `\(provenance.command)`"),
    ]
    return report
  }

  var headline: String {
    SaturationResult.sentence(
      url, objective, kept: result.rate.map { LoadReport.rate($0) }, isSure: result.low != nil) + "."
  }

  private var lead: String {
    var words: [String] = []
    if let low = result.low, let high = result.high {
      words.append(
        "The limit lies between \(LoadReport.rate(low)) and \(LoadReport.rate(high)), with 95 % confidence.")
    }
    if let binding = result.binding { words.append("In the way above: \(SaturationResult.words(binding)).") }
    switch result.reason {
    case "converged": break
    case "above-limit": words.append("Every rate that is allowed was kept: raise \(limitOption) to find the limit.")
    case "too-short":
      words.append(
        "\(result.low.map { "Above \(LoadReport.rate($0)) no step" } ?? "No step") had requests enough to tell with 95 % confidence: give each more time with --step."
      )
    case "budget":
      words.append(
        "The time for the search was over before the limit was known more precisely: allow more with --budget.")
    case "below-start": words.append("Even the lowest rate misses it: the objective is out of reach.")
    case "aborted":
      words.append("The generator spoiled the last probes: give it a core of its own (taskset), then search again.")
    default: words.append("The search ended early (\(result.reason)): run it again for a narrower answer.")
    }
    return words.joined(separator: " ")
  }

  private var facts: [Report.Fact] {
    var facts = [
      Report.Fact(
        result.rate.map { LoadReport.rate($0) } ?? "none",
        "highest rate that \(result.rate != nil && result.low == nil ? "seems to keep" : "keeps") \(objective)"),
      Report.Fact(
        result.low.map { low in result.high.map { "\(Wording.percent($0 / low - 1))" } ?? "-" } ?? "-",
        "width of the interval"),
    ]
    if let fit = result.scalability {
      facts.append(.init(LoadReport.rate(fit.law.rate.perSecond), "with one request at a time (USL)"))
      if let top = result.scalabilityPeak { facts.append(.init(LoadReport.rate(top), "most that the USL foresees")) }
    }
    if let knee = result.knee {
      facts.append(
        .init(NumberFormat.significant(knee.concurrency, 3), "requests in the service where throughput stops growing"))
    }
    return facts
  }

  private var judged: [SaturationProbe] { result.probes.filter { $0.verdict != .aborted } }

  private var latencyByRate: Report.Part? {
    let points = judged.compactMap { probe in probe.latency.map { (probe.rate, $0, probe.verdict) } }
      .sorted { $0.0 < $1.0 }
    guard points.count > 1 else { return nil }
    // Far beyond the limit latency only tells how long the probe was: the picture ends at five times the limit.
    guard let limit = drawn?.limit else { return nil }
    let ceiling = limit * 5
    let (unit, factor) = LoadReport.timeUnit(reaching: min(ceiling, points.map(\.1).max() ?? 0))
    func part(_ verdict: (SaturationProbe.Verdict) -> Bool) -> [(x: Double, y: Double)] {
      points.filter { verdict($0.2) }.map { ($0.0, min($0.1, ceiling) * factor) }
    }
    let cut = points.filter { $0.1 > ceiling }.count
    let sentence =
      "At \(LoadReport.rate(points[0].0)) the service took \(LoadReport.time(points[0].1)), at \(LoadReport.rate(points[points.count - 1].0)) \(LoadReport.time(points[points.count - 1].1))."
    var chart = PlotChart(
      title: "Latency by rate", description: sentence,
      series: [
        .init("kept", part { $0 == .passed }, .capacity, isScattered: true),
        .init("too close to tell", part { $0 == .unresolved }, .plain, isScattered: true),
        .init("missed", part { $0 == .missed }, .fails, isScattered: true),
      ].filter { !$0.points.isEmpty }, unit: unit, xName: "requests a second",
      ticks: PlotChart.numbers(to: points.last?.0 ?? 1))
    chart.limits = [.init(limit * factor, drawn?.description ?? "")]
    if let rate = result.rate { chart.places = [.init(rate, LoadReport.rate(rate))] }
    return Report.Part(
      "Latency by rate", id: "latency", sentence, chart,
      caption: cut > 0
        ? "\(Wording.count(cut, "probe")) above five times the limit \(cut == 1 ? "is" : "are") drawn at the top." : "")
  }

  private var scalability: Report.Section? {
    let points = judged.filter { $0.concurrency > 0 && $0.achieved > 0 && $0.concurrency.isFinite }
      .map { (x: $0.concurrency, y: $0.achieved) }.sorted { $0.x < $1.x }
    guard let last = points.last, points.count > 2 else { return nil }
    var series = [PlotChart.Series("measured", points, .capacity, isScattered: true)]
    var sentence = "Throughput by the requests that were in the service at a time."
    if let fit = result.scalability {
      let curve = (0...100).map { i -> (x: Double, y: Double) in
        let n = max(1e-3, last.x * Double(i) / 100)
        return (n, fit.law.throughput(at: n).perSecond)
      }
      series.insert(.init("USL", curve, .plain), at: 0)
      sentence +=
        " The universal scalability law is off by \(Wording.percent(fit.relativeError)): contention \(NumberFormat.significant(fit.law.contention, 3)), coherence \(NumberFormat.significant(fit.law.coherency, 3))."
    } else {
      sentence += " Too few different levels for a fit of the universal scalability law."
    }
    var chart = PlotChart(
      title: "Throughput by concurrency", description: sentence, series: series, unit: .requestsPerSecond,
      xName: "requests in the service", ticks: PlotChart.numbers(to: last.x))
    if let knee = result.knee { chart.places = [.init(knee.concurrency, "stops growing")] }
    return Report.Section(
      "Throughput by concurrency", id: "scalability", sentence, [.chart(chart, id: "scalability-chart", caption: "")])
  }

  private var probes: Report.Section? {
    let rows = result.probes.map { probe -> [Report.Cell] in
      [
        Report.Cell(LoadReport.rate(probe.rate)),
        Report.Cell(
          probe.verdict.rawValue, mark: probe.verdict == .missed ? .fails : probe.verdict == .passed ? .holds : .warns),
        Report.Cell(Wording.percent(probe.good)),
        Report.Cell("\(Wording.percent(probe.goodLow)) to \(Wording.percent(probe.goodHigh))"),
        Report.Cell(LoadReport.rate(probe.achieved)), Report.Cell(LoadReport.time(probe.latency)),
        Report.Cell(NumberFormat.significant(probe.concurrency, 3)),
        Report.Cell(SaturationResult.drift(probe)), Report.Cell(LoadReport.time(probe.seconds)),
      ]
    }
    guard !rows.isEmpty else { return nil }
    return Report.Section(
      "Probes", id: "probes", "In the order in which they were made.",
      [
        .table(
          Report.Table(
            [
              .number("rate"), .text("verdict"), .number("within"), .number("95 % interval"), .number("answered"),
              .number("latency"), .number("in service"), .number("queue grew"), .number("looked for"),
            ], rows))
      ])
  }

  /// A row a probe.
  public func csv() -> String {
    var csv = CSVWriter()
    for name in [
      "rate", "verdict", "good", "good_low", "good_high", "achieved", "latency_ms", "concurrency", "drift",
      "drift_error",
      "seconds", "offered",
    ] { csv.string(name) }
    csv.endRow()
    for probe in result.probes {
      csv.number(probe.rate)
      csv.string(probe.verdict.rawValue)
      for value in [
        probe.good, probe.goodLow, probe.goodHigh, probe.achieved, probe.latency.map { $0 * 1e3 } ?? .nan,
        probe.concurrency, probe.drift, probe.driftError, probe.seconds,
      ] { if value.isFinite { csv.number(value) } else { csv.empty() } }
      csv.integer(probe.offered)
      csv.endRow()
    }
    return csv.text
  }
}
