import LoadTesting
import Planning
import Quantities
import Serving

/// What a load test found, for people: `headroom load`.
public struct LoadReport: Sendable {
  public let record: LoadRecord
  /// What the plan's service model said of the same load, and what was measured of it.
  public let prediction: (foreseen: LoadPrediction, measured: LoadMeasurement)?
  /// The plan's objective and the run as an outcome, which is judged by it as a simulation's outcome is.
  public let judged: (objective: Objective, outcome: Outcome)?
  /// What came of a scenario's sessions.
  public let scenario: ScenarioFigures?
  /// The tool that measured it, where that was another.
  public let source: LoadSource?
  public let provenance: Provenance

  public init(
    _ record: LoadRecord, prediction: (foreseen: LoadPrediction, measured: LoadMeasurement)? = nil,
    judged: (objective: Objective, outcome: Outcome)? = nil, scenario: ScenarioFigures? = nil,
    source: LoadSource? = nil,
    provenance: Provenance = Provenance()
  ) {
    self.record = record
    self.scenario = scenario
    self.source = source
    self.prediction = prediction
    self.judged = judged
    self.provenance = provenance
  }

  var result: LoadResult { record.result }
  /// What the plan asks of the service, and what came of it.
  var objective: [ObjectiveLine] { judged.map { $0.outcome.lines(of: $0.objective) } ?? [] }
  /// Whether every threshold and the plan's objective were kept.
  public var isMet: Bool { record.isMet && objective.allSatisfy(\.isMet) }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  /// The report's words and pictures.
  public func report() -> Report {
    var report = Report(
      title: "Load test of \(record.url)", kicker: kicker, headline: headline, lead: lead, facts: facts,
      argument: latencyOverTime)
    report.sections = [
      verdicts, compared, sessions, streams, ratesOverTime, spectrum, heat, failures, classes,
    ].compactMap { $0 }
    report.footer = [
      "Latency counts from the scheduled time to the last byte, of whole responses whatever their status, and of "
        + "timeouts with the time they took. Percentiles are right to \(Wording.percent(result.latency.relativeError)).",
      "\(provenance.program)."
        + (provenance.command.isEmpty ? "" : " Make it again: `\(provenance.command)`"),
    ]
    return report
  }

  private var kicker: String {
    let loop = result.isOpenLoop ? "open loop" : "closed loop"
    let time = record.started.map { " · " + Wording.moment($0, zone: .utc) + " UTC" } ?? ""
    if let source { return "load test by \(source.words) · \(loop)\(time)" }
    return
      "load test · \(loop) · \(Wording.count(result.connections, "connection")) · \(NumberFormat.duration(result.window)) measured\(time)"
  }

  static func time(_ seconds: Double?) -> String {
    guard let seconds, !seconds.isNaN else { return "-" }
    guard seconds < 1e9 else { return "no end" }
    return NumberFormat.duration(.seconds(seconds))
  }
  /// Four digits, in full below 100,000: rates of one report are compared with one another.
  static func rate(_ perSecond: Double) -> String {
    let isPlain = perSecond >= 1000 && perSecond < 99_999.5
    return (isPlain ? NumberFormat.grouped(perSecond) : NumberFormat.short(perSecond, digits: 4)) + "/s"
  }

  /// Requests a second that were asked for over the measured time.
  var offeredRate: Double {
    result.window > .zero ? Double(result.offered) / result.window.seconds : result.achievedRate.perSecond
  }

  var headline: String {
    if !result.isValid {
      return "This run is INVALID: \(result.invalidities[0].problem)."
    }
    let speed = result.isOpenLoop ? "asked for \(Self.rate(offeredRate))" : "kept busy"
    let p99 = Self.time(result.latency.quantile(0.99))
    let missed = record.expectations.filter { !$0.isMet(by: result) }
    if let first = missed.first {
      let more = missed.count > 1 ? " and \(Wording.count(missed.count - 1, "further threshold"))" : ""
      return
        "\(record.url) misses '\(first)'\(more) when \(speed): \(Self.written(first.actual(in: result), first)) was measured."
    }
    let kept =
      record.expectations.isEmpty
      ? "" : ", within \(record.expectations.count == 1 ? "its threshold" : "all its thresholds")"
    return
      "\(record.url) answers \(Self.rate(result.achievedRate.perSecond)) when \(speed), 99 % of requests within \(p99)\(kept)."
  }

  private var lead: String {
    if !result.isValid { return "Its figures cannot be taken for the service's. What to change stands below." }
    let failed = result.errors.total + result.dropped
    if failed == 0 { return "Every one of \(NumberFormat.grouped(Double(result.offered))) requests was answered well." }
    let kinds = result.errors.named.filter { $0.count > 0 }.map {
      "\(NumberFormat.grouped(Double($0.count))) \($0.name)"
    }
    let dropped = result.dropped > 0 ? ["\(NumberFormat.grouped(Double(result.dropped))) without a connection"] : []
    return
      "\(NumberFormat.grouped(Double(failed))) of \(NumberFormat.grouped(Double(result.offered))) requests failed: \(Wording.list(kinds + dropped))."
  }

  private var facts: [Report.Fact] {
    let latency = result.latency
    return [
      .init(
        Self.rate(result.achievedRate.perSecond),
        result.isOpenLoop ? "answered; \(Self.rate(offeredRate)) were asked for" : "answered"),
      .init(Self.time(latency.quantile(0.5)), "half of the requests within"),
      .init(Self.time(latency.quantile(0.99)), "99 % within; 99.9 % within \(Self.time(latency.quantile(0.999)))"),
      .init(Wording.percent(result.errorShare.rawValue), "of requests failed"),
      result.isOpenLoop
        ? .init(source == nil ? Self.time(result.maxLag.seconds) : "-", "largest lag of the generator")
        : .init(NumberFormat.grouped(Double(result.connections)), "requests under way at all times"),
    ]
  }

  /// A figure as its threshold's unit has it.
  static func written(_ value: Double?, _ expectation: LoadExpectation) -> String {
    guard let value else { return "nothing" }
    switch expectation.figure {
    case .errors, .goodShare: return Wording.percent(value)
    case .throughput, .tokensPerSecond, .goodput: return rate(value)
    default: return time(value)
    }
  }

  // MARK: Sections

  private var verdicts: Report.Section? {
    var items = result.invalidities.map {
      Report.Item(
        .fails, tag: "Invalid", what: Wording.sentence($0.problem) + ".", because: "To do: \($0.remedy).")
    }
    for expectation in record.expectations {
      let isMet = expectation.isMet(by: result)
      items.append(
        Report.Item(
          isMet ? .holds : .fails, tag: isMet ? "Met" : "Missed", what: expectation.description,
          because: "Measured: \(Self.written(expectation.actual(in: result), expectation))."))
    }
    items += objective.map { line in
      Report.Item(
        line.isMet ? .holds : .fails, tag: line.isMet ? "Met" : "Missed", what: "The plan's objective: \(line.asked)",
        because: "Measured: \(line.got).")
    }
    if result.isValid, source == nil {
      let because =
        result.isOpenLoop
        ? "The generator's own lag was \(Self.time(result.lag.quantile(0.99))) at the 99th percentile and \(Self.time(result.maxLag.seconds)) at most; it was busy \(Wording.percent(result.generatorBusy.rawValue)) of the time."
        : "A closed loop asks a slow service less: users who do not wait for one another see longer times than these."
      items.append(
        Report.Item(
          .holds, tag: "Valid", what: "The figures tell about the service, not about the generator.", because: because))
    }
    let missed =
      record.expectations.filter { !$0.isMet(by: result) }.count + objective.filter { !$0.isMet }.count
    let asked = record.expectations.count + objective.count
    let sentence =
      asked == 0
      ? "No threshold was given; `--expect` sets one."
      : missed == 0
        ? "\(Wording.sentence(Wording.count(asked, "threshold"))), all met."
        : "\(missed) of \(Wording.count(asked, "threshold")) missed."
    return Report.Section("Verdicts", id: "verdicts", sentence, [.findings(items)])
  }

  private var compared: Report.Section? {
    guard let (foreseen, measured) = prediction else { return nil }
    func percent(_ value: Double) -> String { value.isFinite ? Wording.percent(value) : "-" }
    func off(_ a: Double?, _ b: Double?) -> Report.Cell {
      guard let a, let b, a.isFinite, b.isFinite, a > 0 else { return "-" }
      return Report.Cell(Wording.change(b / a - 1))
    }
    let number = { (value: Double?) -> String in
      value.map { $0.isFinite ? NumberFormat.significant($0, 3) : "no end" } ?? "-"
    }
    let rows: [[Report.Cell]] = [
      [
        "P50", Report.Cell(Self.time(foreseen.p50)), Report.Cell(Self.time(measured.p50)),
        off(foreseen.p50, measured.p50),
      ],
      [
        "P99", Report.Cell(Self.time(foreseen.p99)), Report.Cell(Self.time(measured.p99)),
        off(foreseen.p99, measured.p99),
      ],
      [
        "utilization", Report.Cell(percent(foreseen.utilization)), Report.Cell(percent(measured.utilization)),
        off(foreseen.utilization, measured.utilization),
      ],
      [
        "requests in the service", Report.Cell(number(foreseen.concurrency)), Report.Cell(number(measured.concurrency)),
        off(foreseen.concurrency, measured.concurrency),
      ],
    ]
    var sentence: String
    if foreseen.peakUtilization >= 1 {
      sentence =
        "The plan's model foresees overload: the busiest second asks for \(percent(foreseen.peakUtilization)) of what \(Wording.count(foreseen.replicas, "replica")) can do."
    } else if let a = foreseen.p99, let b = measured.p99 {
      sentence =
        "The plan's model foresees a P99 of \(Self.time(a)) for \(Wording.count(foreseen.replicas, "replica")); \(Self.time(b)) was measured."
    } else {
      sentence =
        "The plan states a capacity and no service time: its model foresees utilization and no latency. Add `service time` and `concurrency` to the plan for both."
    }
    if foreseen.peakUtilization < 1, let a = foreseen.p99, let b = measured.p99, b > 2 * a {
      sentence += " The service is slower than the plan believes."
    }
    return Report.Section(
      "Foreseen and measured", id: "foreseen", sentence,
      [
        .table(Report.Table([.text(""), .number("foreseen"), .number("measured"), .number("off by")], rows)),
        .text(
          "Model: \(foreseen.model). Measured utilization is the achieved rate over the model's capacity; measured requests in the service are the achieved rate times the mean time from sending to answer (Little's law)."
        ),
      ])
  }

  private var classes: Report.Section? {
    var rows: [[Report.Cell]] = []
    func add(_ name: String, _ count: Int, _ spectrum: LatencySpectrum) {
      rows.append(
        [Report.Cell(name), Report.Cell(NumberFormat.grouped(Double(count))), Report.Cell(Self.time(spectrum.mean))]
          + LatencySpectrum.named.map { Report.Cell(Self.time(spectrum.quantile($0.quantile))) }
          + [Report.Cell(Self.time(spectrum.maximum))])
    }
    add(result.isOpenLoop ? "all, from the scheduled time" : "all", result.latency.count, result.latency)
    if result.isOpenLoop { add("all, from the sending", result.service.count, result.service) }
    for item in result.classes { add(item.name, item.latency.count, item.latency) }
    for (status, spectrum) in result.latencyByStatus.sorted(by: { $0.key < $1.key }) {
      add("status \(status)", spectrum.count, spectrum)
    }
    return Report.Section(
      "In numbers", id: "numbers",
      "\(NumberFormat.grouped(Double(result.completed))) whole responses over \(Wording.count(result.connectionsOpened, "connection")), \(Bytes(rawValue: Double(result.bytesReceived))) received.",
      [
        .table(
          Report.Table(
            [
              .text("requests"), .number("count"), .number("mean"), .number("P50"), .number("P90"), .number("P95"),
              .number("P99"), .number("P99.9"), .number("max"),
            ], rows))
      ])
  }

  private var failures: Report.Section? {
    let kinds =
      result.errors.named.filter { $0.count > 0 }
      + (result.dropped > 0 ? [(result.lacksOwn ? "never sent" : "no connection free", result.dropped)] : [])
    guard !kinds.isEmpty else { return nil }
    let meanings = [
      "4xx": "the service refused the request", "5xx": "the service failed at it", "timeout": "no whole answer in time",
      "check": "the answer was not what the scenario asks for", "connect": "no connection came about",
      "reset": "the other side broke off",
      "malformed": "what came was no HTTP", "incomplete": "the answer ended early",
      "grpc": "the call's own status was not OK", "error-in-200": "an error told inside a good status",
      "stream-without-tokens": "a stream ended without a token",
      "stream-without-end": "a stream ended without saying that it was complete",
      "no-stream": "a stream was asked for and none came",
      "no connection free": "the generator had all its connections in use",
      "never sent": "this machine gave the generator no more open files, ports or memory",
    ]
    let rows = kinds.sorted { $0.count > $1.count }.map { kind -> [Report.Cell] in
      [
        Report.Cell(kind.name, mark: .fails), Report.Cell(NumberFormat.grouped(Double(kind.count))),
        Report.Cell(Wording.percent(Double(kind.count) / Double(max(1, result.offered)))),
        Report.Cell(meanings[kind.name] ?? ""),
      ]
    }
    let worst = result.timeline.max { $0.errors < $1.errors }
    let when =
      worst.map {
        $0.errors > 0 ? " Most came in second \($0.second): \(NumberFormat.grouped(Double($0.errors)))." : ""
      } ?? ""
    return Report.Section(
      "What failed", id: "failures",
      "\(Wording.percent(result.errorShare.rawValue)) of requests, each counted once.\(when)",
      [.table(Report.Table([.text("kind"), .number("requests"), .number("share"), .text("what it means")], rows))])
  }

  private var streams: Report.Section? {
    guard let streams = result.streams else { return nil }
    let written = streams.formats.sorted { $0.value > $1.value }.map(\.key.word).joined(separator: ", ")
    let rows: [[Report.Cell]] = [
      ("TTFT", streams.timeToFirstToken, StreamMetrics.timeToFirstTokenFormula),
      ("TPOT", streams.timePerOutputToken, StreamMetrics.timePerOutputTokenFormula),
      ("ITL", streams.interTokenLatency, StreamMetrics.interTokenLatencyFormula),
      ("between chunks", streams.pieceGaps, StreamMetrics.pieceGapFormula),
    ].map { name, spectrum, formula in
      [Report.Cell(name)]
        + [0.5, 0.9, 0.99].map { Report.Cell(Self.time(spectrum.quantile($0))) }
        + [Report.Cell(Self.time(spectrum.maximum)), Report.Cell(formula)]
    }
    let source = streams.isCountedByService ? "as the service counts them" : "counted by pieces of content"
    return Report.Section(
      "Tokens", id: "tokens",
      "\(NumberFormat.grouped(Double(streams.tokens))) tokens, \(source): \(NumberFormat.short(streams.tokensPerSecond, digits: 4)) a second. The streams are \(written).",
      [
        .table(
          Report.Table(
            [.text(""), .number("P50"), .number("P90"), .number("P99"), .number("max"), .text("formula")], rows))
      ])
  }
}
