import LoadTesting
import Quantities
import Terminal

extension SaturationResult {
  /// A search's or a ramp's result for people.
  /// - Parameters:
  ///   - arrivals: how requests were spaced: `"poisson"`.
  ///   - width: columns.
  public func terminal(
    url: String, objectives: [LoadExpectation], arrivals: String, width: Int = 80, style: Style = .plain
  ) -> String {
    var text: String
    let objective = Wording.list(objectives.map(\.description))
    text = Self.sentence(url, objective, kept: rate.map { LoadWording.rate($0) }, isSure: low != nil)
    if rate != nil {
      text +=
        high == nil || low == nil
        ? "" : "; the limit lies between \(LoadWording.rate(low)) and \(LoadWording.rate(high))"
      text += "; \(arrivals) arrivals"
    }
    text += "\n"
    if let binding { text += "In the way above: \(Self.words(binding))\n" }
    text += table.text(width: width, style: style)
    if let fit = scalability {
      text +=
        "Scalability (USL): \(LoadWording.rate(fit.law.rate.perSecond)) for one request at a time, contention "
        + "\(NumberFormat.significant(fit.law.contention, 3)), coherence "
        + "\(NumberFormat.significant(fit.law.coherency, 3)); off by \(Wording.percent(fit.relativeError))"
      if let top = scalabilityPeak { text += "; at most \(LoadWording.rate(top))" }
      text += "\n"
    }
    if let knee {
      text +=
        "Throughput stops growing at \(NumberFormat.significant(knee.concurrency, 3)) requests in the service, "
        + LoadWording.rate(knee.throughput) + "\n"
    }
    return text
  }

  /// The most that the law foresees; nil where that lies beyond four times the concurrency or the throughput that was
  /// measured: a curve that is carried on so far says nothing.
  public var scalabilityPeak: Double? {
    guard let law = scalability?.law, law.peakRate.isFinite else { return nil }
    let top = law.peakRate.perSecond
    let peak = law.peakConcurrency
    let seen = probes.filter { $0.verdict != .aborted && $0.concurrency.isFinite && $0.achieved.isFinite }
    guard let most = seen.map(\.concurrency).max(), let best = seen.map(\.achieved).max() else { return nil }
    return (peak.isFinite ? peak : 0) <= 4 * most && top <= 4 * best ? top : nil
  }

  /// What was found, without its full stop.
  /// - Parameters:
  ///   - rate: the highest that was kept, in words; nil where none was.
  ///   - isSure: whether enough requests say so.
  static func sentence(_ url: String, _ objective: String, kept rate: String?, isSure: Bool) -> String {
    guard let rate else { return "\(url) kept \(objective) at no rate that was tried" }
    return isSure
      ? "\(url) keeps \(objective) up to \(rate), the highest rate that was kept"
      : "\(url) seems to keep \(objective) up to \(rate); no step had requests enough to be sure"
  }

  /// What is in the way, in words.
  static func words(_ binding: String) -> String {
    switch binding {
    case "capacity": "the service's capacity: above it the queue grows for ever"
    default: binding
    }
  }
  static func drift(_ probe: SaturationProbe) -> String {
    guard probe.drift.isFinite, probe.driftError.isFinite else { return "-" }
    return "\(LoadWording.percent(max(0, probe.drift)))"
  }

  /// What the reader has to be warned of.
  public var warnings: [String] {
    switch reason {
    case "converged", "above-limit": []
    case "too-short":
      ["the highest steps had too few requests to tell with 95 % confidence; give each more time with --step"]
    case "budget":
      ["the time for the search was over before the limit was known more precisely; allow more with --budget"]
    default: ["the search ended early: \(reason)"]
    }
  }

  private var table: TextTable {
    var table = TextTable([
      .init("rate", .right), .init("verdict"), .init("within", .right), .init("95 % interval", .right),
      .init("answered", .right), .init("latency", .right), .init("in service", .right),
      .init("queue grew", .right), .init("looked for", .right),
    ])
    for probe in probes {
      table.add([
        LoadWording.rate(probe.rate), probe.verdict.rawValue, LoadWording.percent(probe.good),
        "\(LoadWording.percent(probe.goodLow)) to \(LoadWording.percent(probe.goodHigh))",
        LoadWording.rate(probe.achieved), LoadWording.time(probe.latency),
        NumberFormat.significant(probe.concurrency, 3), Self.drift(probe),
        probe.seconds.isFinite ? NumberFormat.significant(probe.seconds, 3) + " s" : "-",
      ])
    }
    return table
  }
}
