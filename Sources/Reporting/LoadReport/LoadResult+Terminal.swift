import LoadTesting
import Planning
import Quantities
import Terminal

extension LoadResult {
  /// The result for people: counts, latencies, tokens, and whether thresholds were met.
  /// - Parameter width: columns.
  public func terminal(
    url: String, expectations: [LoadExpectation] = [], width: Int = 80, style: Style = .plain
  ) -> String {
    let verdict = isValid ? style(.good, "valid") : style(.bad, "INVALID")
    let loop = isOpenLoop ? "open loop" : "closed loop"
    let lanes = language == .http1 ? "" : " of \(streamsPerConnection) \(language.rawValue) streams"
    let carriers = isOwn ? ", \(connections) connections\(lanes)" : ""
    var text =
      "\(url): \(loop)\(carriers), \(NumberFormat.duration(window)) measured: \(verdict)\n"
    text += counts.text(width: width, style: style) + "\n"
    if redirects > 0 { text += redirectNote + "\n" }
    if longHeads > 0 {
      text += "\(NumberFormat.grouped(Double(longHeads))) responses had a head of more than 64 KiB, which is not read: "
      text += "they count as malformed\n"
    }
    text += LoadTable.latencies(latencies).text(width: width, style: style)
    if let streams { text += streams.terminal }
    for expectation in expectations {
      text += expectation.isMet(by: self) ? style(.good, "met     ") : style(.bad, "missed  ")
      text += expectation.description + "\n"
    }
    return text
  }

  /// Whether this program made it: what another tool has not told of connections and its own lag is not shown.
  private var isOwn: Bool { connections > 0 }

  /// Answers that lead elsewhere, and were not followed.
  private var redirects: Int { statuses.filter { (300..<400).contains($0.key) && $0.key != 304 }.values.reduce(0, +) }
  private var redirectNote: String {
    "\(NumberFormat.grouped(Double(redirects))) answers lead elsewhere: what they lead to was not loaded "
      + "(--follow asks there)"
  }

  private var counts: TextTable {
    var rows: [(name: String, count: Int, always: Bool)] = [
      ("offered", offered, true), ("sent", sent, isOwn || sent > 0), ("answered well", ok, true),
    ]
    for (status, count) in statuses.sorted(by: { $0.key < $1.key }) where (300..<400).contains(status) {
      rows.append(("  of them \(status) \(LoadWording.reason(status))", count, false))
    }
    for (name, count) in errors.named {
      rows.append(("failed: \(LoadWording.failure(name))", count, false))
      guard let first = name.first, name.hasSuffix("xx") else { continue }
      for (status, count) in statuses.sorted(by: { $0.key < $1.key }) where "\(status)".first == first {
        rows.append(("  \(status) \(LoadWording.reason(status))", count, false))
      }
    }
    for (status, count) in grpcStatuses.sorted(by: { $0.key < $1.key }) where status != 0 {
      rows.append(("  grpc-status \(status)", count, true))
    }
    rows += [
      (lacksOwn ? "never sent" : "dropped, no connection free", dropped, false), ("messages", messages, false),
      ("unfinished", unfinished, false),
    ]
    var table = LoadTable.counts(rows)
    table.add(["answered a second", NumberFormat.fixed(achievedRate.perSecond, decimals: 1)])
    if let goodput, let goodShare {
      let what = bounds.map { LoadWording.bound($0.bound) }.joined(separator: ", ")
      table.add([
        "goodput: \(what)", "\(LoadWording.rate(goodput.perSecond)), \(LoadWording.percent(goodShare.rawValue))",
      ])
    }
    if isOpenLoop, isOwn {
      table.add(["largest lag of the generator", LoadWording.time(maxLag.seconds)])
      table.add(["longest wait for a connection", LoadWording.time(maxWait.seconds)])
    }
    return table
  }

  private var latencies: [(name: String, spectrum: LatencySpectrum)] {
    var rows: [(name: String, spectrum: LatencySpectrum)] = []
    // Whoever asks for tokens looks at these first.
    if let streams {
      rows += [("TTFT", streams.timeToFirstToken), ("TPOT", streams.timePerOutputToken)]
      rows.append(("ITL", streams.interTokenLatency))
      if streams.bundledStreams > 0 { rows.append(("between chunks", streams.pieceGaps)) }
    }
    rows.append((name: isOpenLoop ? "from the scheduled time" : "from the sending", spectrum: latency))
    if isOpenLoop { rows.append(("from the sending", service)) }
    rows += classes.map { ($0.name, $0.latency) }
    if latencyByStatus.count > 1 {
      rows += latencyByStatus.sorted { $0.key < $1.key }.map { ("status \($0.key)", $0.value) }
    }
    return rows
  }
}

extension StreamMetrics {
  fileprivate var terminal: String {
    let source = isCountedByService ? "as the service counts" : "pieces of content"
    let written = formats.sorted { $0.value > $1.value }.map(\.key.word).joined(separator: ", ")
    let input = inputTokens.map { " for \(NumberFormat.grouped(Double($0))) of input" } ?? ""
    return "\(NumberFormat.grouped(Double(tokens))) tokens (\(source))\(input), "
      + "\(NumberFormat.fixed(tokensPerSecond, decimals: 1)) a second; the streams are \(written)\(isFormatAsked ? ", as asked" : "")\n"
      + "TTFT = \(StreamMetrics.timeToFirstTokenFormula)\nITL = \(StreamMetrics.interTokenLatencyFormula)\n"
      + "TPOT = \(StreamMetrics.timePerOutputTokenFormula)\n"
  }
}

extension ShadowComparison {
  /// How a second service answered the same requests, for people.
  public func terminal(style: Style = .plain) -> String {
    let verdict = isSame ? style(.good, "the same") : style(.bad, "not the same")
    var text = "The second answered \(verdict): \(compared) requests compared\n"
    text += LoadTable.differences(
      otherStatus: otherStatus, pairs: statusPairs.map { ("\($0.first) became \($0.second)", $1) },
      otherBody: otherBody, onlyFirst: onlyFirst, onlySecond: onlySecond)
    if !examples.isEmpty {
      text += "  first such requests: " + examples.map { "\($0 + 1)" }.joined(separator: ", ") + "\n"
    }
    return text + LoadTable.slower(slowerP50, slowerP95, slowerP99)
  }
}

extension LoadReport {
  /// The result, and what the plan's model foresaw beside what was measured, for people.
  /// - Parameter width: columns.
  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    var text = result.terminal(url: record.url, expectations: record.expectations, width: width, style: style)
    for line in objective {
      text += (line.isMet ? style(.good, "met     ") : style(.bad, "missed  ")) + "\(line.asked): \(line.got)\n"
    }
    if let scenario { text += "\n" + scenario.terminal(width: width, style: style) }
    guard let (foreseen, measured) = prediction else { return text }
    return text + "\n" + foreseen.terminal(beside: measured, width: width, style: style)
  }
}

extension LoadPrediction {
  fileprivate func terminal(beside measured: LoadMeasurement, width: Int, style: Style) -> String {
    func share(_ value: Double) -> String {
      value.isFinite ? NumberFormat.significant(value * 100, 3) + " %" : "no end"
    }
    func number(_ value: Double?) -> String {
      value.map { $0.isFinite ? NumberFormat.significant($0, 3) : "no end" } ?? "-"
    }
    var table = TextTable([.init("by the plan's model"), .init("foreseen", .right), .init("measured", .right)])
    table.add(["P50", LoadWording.time(p50), LoadWording.time(measured.p50)])
    table.add(["P99", LoadWording.time(p99), LoadWording.time(measured.p99)])
    table.add(["utilization", share(utilization), share(measured.utilization)])
    table.add(["requests in the service", number(concurrency), number(measured.concurrency)])
    return table.text(width: width, style: style) + "\(replicas) of: \(model)\n"
  }
}
