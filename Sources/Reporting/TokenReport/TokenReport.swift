import Planning
import Quantities
import Serving
import Simulating
import Terminal

/// Requests to a language model, token by token: `headroom simulate --world tokens`.
public struct TokenReport: ReportDocument, Sendable {
  public let simulation: TokenSimulation
  public let provenance: Provenance

  public init(_ simulation: TokenSimulation, provenance: Provenance = Provenance()) {
    self.simulation = simulation
    self.provenance = provenance
  }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  var record: TokenRecord { simulation.record }

  /// Replicas in words: `"8 replicas"`, `"2 replicas that prefill and 6 that decode"`.
  var fleet: String {
    let decode = Wording.count(simulation.world.replicas, "replica")
    guard let prefill = simulation.world.prefill else { return decode }
    return "\(Wording.count(prefill.count, "replica")) for prompts and \(simulation.world.replicas) for answers"
  }

  var headline: String {
    guard record.answered > 0 else { return "None of \(Wording.count(record.requests.count, "request")) was answered." }
    let (first, pace) = (record.firstToken, record.perToken)
    let isOne = simulation.world.replicas == 1 && simulation.world.prefill == nil
    var words =
      "\(fleet) answer\(isOne ? "s" : "") \(NumberFormat.grouped(Double(record.answered))) requests: 99 % see their first token within "
      + "\(time(first.p99))"
    if pace.mean > 0 { words += ", and a token every \(time(pace.p50)) after it" }
    let missed = simulation.attainments.filter { !$0.isMet }
    if let worst = missed.first {
      words += ". \(worst.bound) is kept by \(Wording.percent(worst.share.rawValue)) only"
    }
    return words + "."
  }

  private var lead: String {
    var words: [String] = []
    if record.refused > 0 {
      words.append(
        "\(Wording.count(record.refused, "request")) are longer than the model's context or a replica's cache: they are refused."
      )
    }
    if record.unfinished > 0 {
      words.append("\(Wording.count(record.unfinished, "request")) had no answer when the time was over.")
    }
    if record.seconds > simulation.span * 1.05 + 60 {
      words.append(
        "More came than was served: the last answer came \(time(record.seconds - simulation.span)) after the last request."
      )
    }
    if record.preemptions > 0 {
      words.append(
        "\(NumberFormat.grouped(Double(record.preemptions))) times a sequence lost its place in a full cache and was worked out anew."
      )
    }
    return words.joined(separator: " ")
  }

  func time(_ seconds: Double) -> String {
    seconds.isFinite ? NumberFormat.duration(.seconds(seconds)) : "-"
  }

  var mostCacheUse: Double { record.replicas.map(\.mostCacheUse).max() ?? 0 }

  private var facts: [Report.Fact] {
    var facts = [
      Report.Fact("\(record.outputRate)", "tokens of answers, and \(record.inputRate) of prompts"),
      Report.Fact("\(record.utilization)", "of the time replicas were in steps"),
      Report.Fact(Wording.percent(mostCacheUse), "of a replica's KV cache taken at most"),
    ]
    if record.cachedTokens > 0 {
      facts.append(Report.Fact("\(record.cachedShare)", "of prompts' tokens held by prefix caches"))
    }
    for (tier, tokens) in zip(simulation.world.tiers, record.fetched) where tokens > 0 {
      facts.append(
        Report.Fact(
          Wording.percent(tokens / max(1, record.inputTokens)), "of prompts' tokens brought back from \(tier.name)"))
    }
    for attainment in simulation.attainments {
      facts.append(Report.Fact("\(attainment.share)", "of requests within \(attainment.bound)"))
    }
    if !simulation.objective.latency.isEmpty {
      facts.append(Report.Fact("\(simulation.goodput)", "goodput: requests within every bound"))
    }
    if let offer = simulation.offers.first {
      facts.append(
        Report.Fact(
          "\(offer.perMillion)",
          "a million tokens of answers; \(offer.machines) x \(offer.machine.name), \(offer.hourly)"))
    }
    return facts
  }

  public func report() -> Report {
    var report = Report(
      title: "Token by token: \(simulation.source)", kicker: simulation.summary, headline: headline, lead: lead,
      facts: facts, argument: overTime)
    report.sections = [times, shares, replicas, cost].compactMap { $0 }
    report.footer = [
      "Requests: \(simulation.source), \(NumberFormat.grouped(Double(record.requests.count))) in \(time(simulation.span)). Routing: \(simulation.world.routing.rawValue).",
      "\(provenance.program)." + (provenance.command.isEmpty ? "" : " Make it again: `\(provenance.command)`"),
    ]
    return report
  }

  /// Times to first token as the requests come: where a burst hurts.
  private var overTime: Report.Part? {
    let buckets = TokenTimeline(record, buckets: 120)
    guard buckets.starts.count > 1 else { return nil }
    let unit = simulation.span > 7200 ? 60.0 : 1.0
    func points(_ values: [Double]) -> [(x: Double, y: Double)] {
      zip(buckets.starts, values).map { ($0 / unit, $1) }
    }
    let worst = buckets.tail.filter { $0.isFinite }.max() ?? 0
    let sentence =
      "In steps of \(time(buckets.width)), 99 % of requests had their first token within \(time(worst)) at worst; "
      + "up to \(NumberFormat.significant(buckets.atWork.max() ?? 0, 3)) were at work at once."
    var chart = PlotChart(
      title: "time to first token as requests come", description: sentence,
      series: [
        .init("p99", points(buckets.tail), .capacity), .init("median", points(buckets.median), .plain),
      ], unit: .other("s"), xName: unit == 60 ? "minutes" : "seconds since the first request",
      ticks: PlotChart.numbers(to: (buckets.starts.last ?? 1) / unit))
    if let bound = simulation.objective.latency.first(where: { $0.metric == .firstToken }) {
      chart.limits = [.init(bound.limit.seconds, bound.description)]
    }
    return Report.Part("As requests come", id: "timeline", sentence, chart)
  }

  private var times: Report.Section? {
    let rows: [[Report.Cell]] = TokenSimulation.metrics.compactMap { metric in
      guard let latency = simulation.latency(metric) else { return nil }
      return [Report.Cell(metric.title)]
        + [latency.mean, latency.p50, latency.p90, latency.p99, latency.p999].map { Report.Cell(time($0)) }
    }
    guard !rows.isEmpty, record.answered > 0 else { return nil }
    return Report.Section(
      "Times", id: "times", "Of \(Wording.count(record.answered, "request")), each by itself.",
      [
        .table(
          Report.Table(
            [.text("time"), .number("mean"), .number("p50"), .number("p90"), .number("p99"), .number("p99.9")], rows))
      ])
  }

  /// Which share of requests was faster than a time.
  private var shares: Report.Section? {
    func curve(_ values: [Double]) -> [(x: Double, y: Double)] {
      let sorted = values.sorted()
      guard sorted.count > 1 else { return [] }
      let last = ServingRun.quantile(sorted, 0.995)
      return (0...200).map { i in
        let p = Double(i) / 200
        return (min(last, ServingRun.quantile(sorted, p)), p)
      }
    }
    let first = curve(record.requests.filter(\.isAnswered).map(\.firstToken))
    guard let end = first.last?.x, end > 0 else { return nil }
    let sentence =
      "Half of the first tokens came within \(time(record.firstToken.p50)), nine of ten within \(time(record.firstToken.p90))."
    let chart = PlotChart(
      title: "share of requests by time to first token", description: sentence,
      series: [.init("first token within", first, .capacity)], unit: .percent, xName: "seconds",
      ticks: PlotChart.numbers(to: end))
    return Report.Section("Shares", id: "shares", sentence, [.chart(chart, id: "share-chart", caption: "")])
  }

  private var replicas: Report.Section? {
    guard record.replicas.count > 1 else { return nil }
    let rows: [[Report.Cell]] = record.replicas.prefix(64).enumerated().map { index, replica in
      [
        Report.Cell("\(index + 1)\(replica.role == .both ? "" : " (\(replica.role.rawValue))")"),
        Report.Cell(NumberFormat.grouped(Double(replica.requests))),
        Report.Cell(NumberFormat.grouped(replica.outputTokens.rounded())),
        Report.Cell(Wording.percent(replica.busy / max(1e-9, record.seconds))),
        Report.Cell(NumberFormat.significant(replica.running, 3)), Report.Cell(Wording.percent(replica.cacheUse)),
        Report.Cell(Wording.percent(replica.mostCacheUse)),
        Report.Cell(NumberFormat.grouped(Double(replica.preemptions))),
      ]
    }
    let busy = record.replicas.map { $0.busy / max(1e-9, record.seconds) }
    return Report.Section(
      "Replicas", id: "replicas",
      "The busiest was in steps for \(Wording.percent(busy.max() ?? 0)) of the time, the idlest for \(Wording.percent(busy.min() ?? 0)).",
      [
        .table(
          Report.Table(
            [
              .text("replica"), .number("requests"), .number("tokens"), .number("in steps"), .number("sequences"),
              .number("cache"), .number("at most"), .number("preempted"),
            ], rows))
      ])
  }

  private var cost: Report.Section? {
    guard !simulation.offers.isEmpty else { return nil }
    let rows: [[Report.Cell]] = simulation.offers.map { offer in
      [
        Report.Cell("\(offer.machine.name) (\(offer.machine.cloud))"), Report.Cell("\(offer.machines)"),
        Report.Cell("\(offer.hourly)"), Report.Cell("\(offer.perMillion)"),
        Report.Cell("\(offer.price.source), \(offer.price.date)"),
      ]
    }
    return Report.Section(
      "Cost", id: "cost", "Machines of the catalog with this accelerator, on demand, the cheapest first.",
      [
        .table(
          Report.Table(
            [
              .text("machine"), .number("machines"), .number("an hour"), .number("a million tokens"), .text("price"),
            ], rows, emphasized: 0))
      ])
  }

  public func terminal(width: Int, style: Style) -> String {
    let width = max(40, width)
    var text = TerminalText.opening(report(), width: width, style: style).joined(separator: "\n") + "\n"
    guard record.answered > 0 else { return text }
    var table = TextTable([
      .init("time", isFlexible: true), .init("mean", .right), .init("p50", .right), .init("p90", .right),
      .init("p99", .right), .init("p99.9", .right),
    ])
    for metric in TokenSimulation.metrics {
      guard let latency = simulation.latency(metric) else { continue }
      table.add([metric.title] + [latency.mean, latency.p50, latency.p90, latency.p99, latency.p999].map { time($0) })
    }
    text += table.text(width: width, style: style)
    return text
  }
}

/// Requests by the time of their arrival.
struct TokenTimeline {
  /// Seconds.
  let width: Double
  private(set) var starts: [Double] = []
  /// Times to first token of those that came in each step; NaN where none did.
  private(set) var median: [Double] = []
  private(set) var tail: [Double] = []
  /// Requests a second that came, and those at work in the middle of the step.
  private(set) var rate: [Double] = []
  private(set) var atWork: [Double] = []

  init(_ record: TokenRecord, buckets count: Int) {
    let last = record.requests.last?.arrival ?? 0
    width = max(last, 1e-9) / Double(max(1, count))
    guard last > 0, record.requests.count > 1 else { return }
    var times = [[Double]](repeating: [], count: count)
    var came = [Double](repeating: 0, count: count)
    var changes = [Double](repeating: 0, count: count + 1)
    for request in record.requests {
      let index = min(count - 1, Int(request.arrival / width))
      came[index] += 1
      guard request.isAnswered else { continue }
      times[index].append(request.firstToken)
      func middle(after time: Double) -> Int { max(0, min(count, Int((time / width + 0.5).rounded(.down)))) }
      changes[middle(after: request.arrival)] += 1
      changes[middle(after: request.arrival + request.response)] -= 1
    }
    var now = 0.0
    for index in 0..<count {
      now += changes[index]
      starts.append(Double(index) * width)
      rate.append(came[index] / width)
      atWork.append(now)
      median.append(times[index].isEmpty ? .nan : ServingRun.quantile(times[index], 0.5))
      tail.append(times[index].isEmpty ? .nan : ServingRun.quantile(times[index], 0.99))
    }
  }
}
