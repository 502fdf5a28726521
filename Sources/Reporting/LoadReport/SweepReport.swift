import Documents
import LoadTesting
import Quantities
import Terminal

/// How a service trades throughput against latency: `headroom load sweep`.
public struct SweepReport: Sendable {
  public let result: SweepResult
  public let url: String
  public let objectives: [LoadExpectation]
  /// How requests were spaced: `"poisson"`.
  public let arrivals: String
  public let provenance: Provenance

  public init(
    _ result: SweepResult, url: String, objectives: [LoadExpectation], arrivals: String,
    provenance: Provenance = Provenance()
  ) {
    self.result = result
    self.url = url
    self.objectives = objectives
    self.arrivals = arrivals
    self.provenance = provenance
  }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  private var streams: Bool { result.points.contains { $0.result.streams != nil } }
  private var asked: String { Wording.list(objectives.map(\.description)) }
  private static func throughput(_ value: Double, _ streams: Bool) -> String {
    NumberFormat.short(value, digits: 4) + (streams ? " tokens/s" : "/s")
  }

  public func report() -> Report {
    var report = Report(
      title: "Sweep of \(url)", kicker: "sweep · \(Wording.count(result.points.count, "level"))", headline: headline,
      lead: lead, facts: facts, argument: trade)
    report.sections = [paces, numbers].compactMap { $0 }
    report.footer = [
      "Each level was loaded for the same time; latency counts from the scheduled time, or, with a fixed number of callers, from the sending.",
      "\(provenance.program)." + (provenance.command.isEmpty ? "" : " Make it again: `\(provenance.command)`"),
    ]
    return report
  }

  var headline: String {
    guard let top = result.points.map(\.throughput).max(), top > 0 else { return "\(url) answered nothing." }
    if !objectives.isEmpty {
      guard let best = result.best else { return "\(url) kept \(asked) at none of the levels." }
      return
        "\(url) keeps \(asked) up to \(best.level.words): \(Self.throughput(best.throughput, streams)) in \(LoadReport.rate(best.result.achievedRate.perSecond))."
    }
    return "\(url) reaches \(Self.throughput(top, streams))."
  }

  private var lead: String {
    var words: [String] = []
    if let knee = result.knee {
      words.append(
        "Throughput stops growing at about \(NumberFormat.significant(knee.concurrency, 3)) requests in the service: more of them only wait."
      )
    }
    let front = result.front.count
    words.append(
      "\(Wording.count(front, "level")) of \(result.points.count) \(front == 1 ? "is" : "are") beaten by no other.")
    let invalid = result.points.filter { !$0.result.isValid }
    if !invalid.isEmpty {
      words.append("\(Wording.count(invalid.count, "level")) INVALID: the generator's own limits.")
    }
    return words.joined(separator: " ")
  }

  private var facts: [Report.Fact] {
    var facts: [Report.Fact] = []
    if let best = result.best {
      facts.append(.init(best.level.words, "the highest level that keeps the objectives"))
      if let goodput = best.result.goodput { facts.append(.init(LoadReport.rate(goodput.perSecond), "goodput there")) }
    }
    if let top = result.points.max(by: { $0.throughput < $1.throughput }) {
      facts.append(.init(Self.throughput(top.throughput, streams), "most throughput, at \(top.level.words)"))
    }
    if let knee = result.knee {
      facts.append(.init(NumberFormat.significant(knee.concurrency, 3), "requests in the service at the knee"))
    }
    return facts
  }

  /// Throughput against the first token, or the answer.
  private var trade: Report.Part? { chart(streams ? "Time to first token" : "Latency", id: "trade") { $0.first($1) } }

  private var paces: Report.Section? {
    guard streams, let part = chart("Time for each token", id: "pace", { $0.perToken($1) }), let picture = part.chart
    else { return nil }
    return Report.Section(part.heading, id: part.id, part.sentence, [.chart(picture, id: "pace-chart", caption: "")])
  }

  private func chart(_ name: String, id: String, _ value: (SweepPoint, Double) -> Double?) -> Report.Part? {
    let points = result.points.filter { $0.result.ok > 0 }.sorted { $0.throughput < $1.throughput }
    let medians = points.compactMap { p in value(p, 0.5).map { (x: p.throughput, y: $0) } }
    let highs = points.compactMap { p in value(p, 0.95).map { (x: p.throughput, y: $0) } }
    guard medians.count > 1, let most = highs.map(\.y).max(), let right = medians.map(\.x).max() else { return nil }
    let (unit, factor) = LoadReport.timeUnit(reaching: most)
    let front = Set(result.front)
    let beaten = result.points.indices.filter { !front.contains($0) && result.points[$0].result.ok > 0 }
      .compactMap { i in value(result.points[i], 0.5).map { (x: result.points[i].throughput, y: $0 * factor) } }
    let sentence =
      "From \(LoadReport.time(medians[0].y)) at \(Self.throughput(medians[0].x, streams)) to \(LoadReport.time(medians[medians.count - 1].y)) at \(Self.throughput(medians[medians.count - 1].x, streams)), in the median."
    var series: [PlotChart.Series] = [
      .init("95 % within", highs.map { ($0.x, $0.y * factor) }, .plain),
      .init("half within", medians.map { ($0.x, $0.y * factor) }, .capacity),
    ]
    if !beaten.isEmpty { series.append(.init("beaten by another level", beaten, .fails, isScattered: true)) }
    let drawn = PlotChart(
      title: "\(name) by throughput", description: sentence, series: series, unit: unit,
      xName: streams ? "tokens a second" : "answers a second", ticks: PlotChart.numbers(to: right))
    return Report.Part("\(name) by throughput", id: id, sentence, drawn, caption: "")
  }

  private var numbers: Report.Section? {
    guard !result.points.isEmpty else { return nil }
    let front = Set(result.front)
    let rows = result.points.enumerated().map { i, point -> [Report.Cell] in
      let r = point.result
      var cells: [Report.Cell] = [
        Report.Cell(point.level.words), Report.Cell(LoadReport.rate(r.achievedRate.perSecond)),
        Report.Cell(NumberFormat.short(point.throughput, digits: 4)),
        Report.Cell(NumberFormat.significant(point.concurrency, 3)),
        Report.Cell(LoadReport.time(point.first(0.5))), Report.Cell(LoadReport.time(point.first(0.95))),
      ]
      if streams {
        cells += [
          Report.Cell(LoadReport.time(point.perToken(0.5))), Report.Cell(LoadReport.time(point.perToken(0.95))),
        ]
      }
      cells += [
        Report.Cell(LoadReport.time(r.latency.quantile(0.99))), Report.Cell(Wording.percent(r.errorShare.rawValue)),
        Report.Cell(r.goodput.map { LoadReport.rate($0.perSecond) } ?? "-"),
        Report.Cell(
          !r.isValid ? "INVALID" : point.isKept == false ? "missed" : front.contains(i) ? "on the front" : "beaten",
          mark: !r.isValid || point.isKept == false ? .fails : front.contains(i) ? .holds : .warns),
      ]
      return cells
    }
    var columns: [HTML.Column] = [
      .text("level"), .number("answered"), .number(streams ? "tokens/s" : "good/s"), .number("in service"),
      .number(streams ? "TTFT P50" : "P50"), .number(streams ? "TTFT P95" : "P95"),
    ]
    if streams { columns += [.number("TPOT P50"), .number("TPOT P95")] }
    columns += [.number("answer P99"), .number("failed"), .number("goodput"), .text("")]
    return Report.Section(
      "Level by level", id: "levels", "In the order in which they were loaded.", [.table(Report.Table(columns, rows))])
  }

  /// For people, in the terminal.
  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    var text = headline + "\n"
    if let knee = result.knee {
      text +=
        "Throughput stops growing at \(NumberFormat.significant(knee.concurrency, 3)) requests in the service, "
        + Self.throughput(knee.throughput, streams) + "\n"
    }
    var columns: [TextTable.Column] = [
      .init("level"), .init("answered", .right), .init(streams ? "tokens/s" : "good/s", .right),
      .init("in service", .right), .init(streams ? "TTFT P50" : "P50", .right),
      .init(streams ? "TTFT P95" : "P95", .right),
    ]
    if streams { columns += [.init("TPOT P50", .right), .init("TPOT P95", .right)] }
    columns += [.init("answer P99", .right), .init("failed", .right), .init("goodput", .right), .init("")]
    var table = TextTable(columns)
    let front = Set(result.front)
    for (i, point) in result.points.enumerated() {
      let r = point.result
      var cells = [
        point.level.words, LoadWording.rate(r.achievedRate.perSecond),
        NumberFormat.fixed(point.throughput, decimals: 1),
        NumberFormat.significant(point.concurrency, 3), LoadWording.time(point.first(0.5)),
        LoadWording.time(point.first(0.95)),
      ]
      if streams { cells += [LoadWording.time(point.perToken(0.5)), LoadWording.time(point.perToken(0.95))] }
      cells += [
        LoadWording.time(r.latency.quantile(0.99)), LoadWording.percent(r.errorShare.rawValue),
        r.goodput.map { LoadWording.rate($0.perSecond) } ?? "-",
        !r.isValid
          ? style(.bad, "INVALID") : point.isKept == false ? style(.bad, "missed") : front.contains(i) ? "front" : "",
      ]
      table.add(cells)
    }
    return text + table.text(width: width, style: style)
  }

  /// A row a level.
  public func csv() -> String {
    var csv = CSVWriter()
    for name in [
      "level", "rate", "throughput", "concurrency", "first_p50_ms", "first_p95_ms", "tpot_p50_ms", "tpot_p95_ms",
      "p99_ms", "errors", "goodput", "kept", "front",
    ] { csv.string(name) }
    csv.endRow()
    let front = Set(result.front)
    for (i, point) in result.points.enumerated() {
      func number(_ value: Double?) { if let value, value.isFinite { csv.number(value) } else { csv.empty() } }
      number(point.level.value)
      number(point.result.achievedRate.perSecond)
      number(point.throughput)
      number(point.concurrency)
      for value in [
        point.first(0.5), point.first(0.95), point.perToken(0.5), point.perToken(0.95),
        point.result.latency.quantile(0.99),
      ] { number(value.map { $0 * 1e3 }) }
      number(point.result.errorShare.rawValue)
      number(point.result.goodput?.perSecond)
      csv.string(point.isKept.map { $0 ? "true" : "false" } ?? "")
      csv.string(front.contains(i) ? "true" : "false")
      csv.endRow()
    }
    return csv.text
  }
}

extension SweepTest.Level {
  /// `2/s`, or `8 at a time`.
  public var words: String {
    switch self {
    case .rate(let rate): NumberFormat.significant(rate.perSecond, 4) + "/s"
    case .concurrency(let count): "\(count) at a time"
    }
  }
}

extension SweepPoint {
  /// One line for whoever waits.
  public var line: String {
    var text = "\(level.words): \(LoadWording.rate(result.achievedRate.perSecond)) answered"
    if let streams = result.streams {
      text +=
        ", \(NumberFormat.fixed(streams.tokensPerSecond, decimals: 1)) tokens/s, TTFT P50 "
        + "\(LoadWording.time(first(0.5))), TPOT P50 \(LoadWording.time(perToken(0.5)))"
    } else {
      text += ", P99 \(LoadWording.time(result.latency.quantile(0.99)))"
    }
    if result.errors.total > 0 { text += ", \(LoadWording.percent(result.errorShare.rawValue)) failed" }
    return text
  }
}
