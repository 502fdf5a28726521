import Documents
import LoadTesting
import Planning
import Quantities
import Terminal

/// A load test's result for people.
enum LoadText {
  static func write(_ result: LoadResult, url: String, expectations: [LoadExpectation], to console: Console) {
    let style = console.style
    let verdict = result.isValid ? style(.good, "valid") : style(.bad, "INVALID")
    let loop = result.isOpenLoop ? "open loop" : "closed loop"
    let isMultiplexed = result.language != .http1
    let streams = isMultiplexed ? " of \(result.streamsPerConnection) \(result.language.rawValue) streams" : ""
    console.print(
      "\(url): \(loop), \(result.connections) connections\(streams), \(NumberFormat.duration(result.window)) measured: \(verdict)"
    )
    var counts = TextTable([.init("requests"), .init("", .right)])
    func row(_ name: String, _ count: Int, always: Bool = true) {
      if always || count > 0 { counts.add([name, NumberFormat.grouped(Double(count))]) }
    }
    row("offered", result.offered)
    row("sent", result.sent)
    row("answered well", result.ok)
    for (name, count) in result.errors.named { row("failed: \(name)", count, always: false) }
    for (status, count) in result.grpcStatuses.sorted(by: { $0.key < $1.key }) where status != 0 {
      row("  grpc-status \(status)", count)
    }
    row("dropped, no connection free", result.dropped, always: false)
    row("messages", result.messages, always: false)
    row("unfinished", result.unfinished, always: false)
    counts.add(["answered a second", NumberFormat.fixed(result.achievedRate.perSecond, decimals: 1)])
    if result.isOpenLoop {
      counts.add(["largest lag of the generator", time(result.maxLag.seconds)])
      counts.add(["longest wait for a connection", time(result.maxWait.seconds)])
    }
    console.write(counts.text(width: console.width, style: style))
    console.print()
    var names: [TextTable.Column] = [.init("latency")]
    for name in ["mean", "P50", "P90", "P95", "P99", "P99.9", "max"] { names.append(.init(name, .right)) }
    var table = TextTable(names)
    func row(_ name: String, _ spectrum: LatencySpectrum) {
      table.add(
        [name, time(spectrum.mean)] + LatencySpectrum.named.map { time(spectrum.quantile($0.quantile)) }
          + [time(spectrum.maximum)])
    }
    row(result.isOpenLoop ? "from the scheduled time" : "from the sending", result.latency)
    if result.isOpenLoop { row("from the sending", result.service) }
    for item in result.classes { row(item.name, item.latency) }
    if result.latencyByStatus.count > 1 {
      for (status, spectrum) in result.latencyByStatus.sorted(by: { $0.key < $1.key }) {
        row("status \(status)", spectrum)
      }
    }
    if let streams = result.streams {
      row("TTFT", streams.timeToFirstToken)
      row("ITL", streams.interTokenLatency)
      row("TPOT", streams.timePerOutputToken)
    }
    console.write(table.text(width: console.width, style: style))
    if let streams = result.streams {
      let source = streams.isCountedByService ? "as the service counts" : "pieces of content"
      console.print(
        "\(NumberFormat.grouped(Double(streams.tokens))) tokens (\(source)), "
          + "\(NumberFormat.fixed(streams.tokensPerSecond, decimals: 1)) a second")
      console.print("TTFT = \(StreamMetrics.timeToFirstTokenFormula)")
      console.print("ITL = \(StreamMetrics.interTokenLatencyFormula)")
      console.print("TPOT = \(StreamMetrics.timePerOutputTokenFormula)")
    }
    for expectation in expectations {
      let isMet = expectation.isMet(by: result)
      console.print((isMet ? style(.good, "met     ") : style(.bad, "missed  ")) + expectation.description)
    }
  }

  static func write(_ comparison: ShadowComparison, to console: Console) {
    let verdict = comparison.isSame ? console.style(.good, "the same") : console.style(.bad, "not the same")
    console.print("The second answered \(verdict): \(comparison.compared) requests compared")
    if comparison.otherStatus > 0 { console.print("  another status: \(comparison.otherStatus)") }
    for (pair, count) in comparison.statusPairs.sorted(by: { $0.value > $1.value }).prefix(10) {
      console.print("    \(pair.first) became \(pair.second): \(count)")
    }
    if comparison.otherBody > 0 { console.print("  other content: \(comparison.otherBody)") }
    if comparison.onlyFirst > 0 { console.print("  answered by the first only: \(comparison.onlyFirst)") }
    if comparison.onlySecond > 0 { console.print("  answered by the second only: \(comparison.onlySecond)") }
    if !comparison.examples.isEmpty {
      console.print("  first such requests: " + comparison.examples.map { "\($0 + 1)" }.joined(separator: ", "))
    }
    console.print(
      "  slower by, request by request: P50 \(time(comparison.slowerP50)), P95 \(time(comparison.slowerP95)), "
        + "P99 \(time(comparison.slowerP99))")
  }

  /// What the plan's model foresaw beside what was measured.
  static func write(_ foreseen: LoadPrediction, _ measured: LoadMeasurement, to console: Console) {
    func share(_ value: Double) -> String {
      value.isFinite ? NumberFormat.significant(value * 100, 3) + " %" : "no end"
    }
    func number(_ value: Double?) -> String {
      value.map { $0.isFinite ? NumberFormat.significant($0, 3) : "no end" } ?? "-"
    }
    console.print()
    var table = TextTable([.init("by the plan's model"), .init("foreseen", .right), .init("measured", .right)])
    table.add(["P50", time(foreseen.p50), time(measured.p50)])
    table.add(["P99", time(foreseen.p99), time(measured.p99)])
    table.add(["utilization", share(foreseen.utilization), share(measured.utilization)])
    table.add(["requests in the service", number(foreseen.concurrency), number(measured.concurrency)])
    console.write(table.text(width: console.width, style: console.style))
    console.print("\(foreseen.replicas) of: \(foreseen.model)")
  }

  static func write(_ prediction: (foreseen: LoadPrediction, measured: LoadMeasurement), to json: inout JSONWriter) {
    func object(_ key: String, _ values: [(String, Double?)]) {
      json.key(key)
      json.object { json in
        for (key, value) in values {
          json.key(key)
          json.number(value ?? .nan)
        }
      }
    }
    let (foreseen, measured) = prediction
    json.key("model")
    json.string(foreseen.model)
    json.key("replicas")
    json.integer(foreseen.replicas)
    object(
      "foreseen",
      [
        ("p50_ms", foreseen.p50.map { $0 * 1e3 }), ("p99_ms", foreseen.p99.map { $0 * 1e3 }),
        ("utilization", foreseen.utilization), ("peak_utilization", foreseen.peakUtilization),
        ("concurrency", foreseen.concurrency),
      ])
    object(
      "measured",
      [
        ("p50_ms", measured.p50.map { $0 * 1e3 }), ("p99_ms", measured.p99.map { $0 * 1e3 }),
        ("utilization", measured.utilization), ("concurrency", measured.concurrency),
      ])
  }

  static func time(_ seconds: Double?) -> String {
    guard let seconds else { return "-" }
    guard seconds.isFinite else { return "no end" }
    return NumberFormat.significant(seconds * 1e3, 4) + " ms"
  }
}
