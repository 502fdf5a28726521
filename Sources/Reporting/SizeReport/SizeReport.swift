import Documents
import Planning
import Quantities
import Serving
import Terminal

/// What one replica can do, and how many a rate needs: `headroom size`.
public struct SizeReport: ReportDocument, Sendable {
  public let size: ServiceSize
  public let provenance: Provenance

  public init(_ size: ServiceSize, provenance: Provenance = Provenance()) {
    self.size = size
    self.provenance = provenance
  }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  public func report() -> Report {
    var report = Report(
      title: "Size of a service", kicker: size.service.mid.summary, headline: headline, lead: lead, facts: facts,
      argument: latencyByLoad)
    report.sections = [times, roofline, cost].compactMap { $0 }
    report.footer = [
      "\(provenance.program)." + (provenance.command.isEmpty ? "" : " Make it again: `\(provenance.command)`")
    ]
    return report
  }

  private var asked: String { size.objective.latency.map { "\($0)" }.joined(separator: ", ") }

  var headline: String {
    guard let replicas = size.replicas, size.isAttainable else {
      return "No number of replicas keeps \(asked.isEmpty ? "up with \(size.demand)" : asked)."
    }
    let within = asked.isEmpty ? "" : " within \(asked)"
    if let room = size.replicasWithinPower, let cap = size.powerCap, let draw = size.draw, !size.isWithinPower {
      let carried = size.capacity.carried(by: room).mid
      return
        "\(Wording.count(replicas, "replica")) draw up to \(draw.perReplica * Double(replicas)), more than the \(cap) "
        + "that there are: \(Wording.count(room, "replica")) of \(draw.perReplica) fit, and carry \(carried)\(within)."
    }
    guard size.isMet else {
      let carried = size.capacity.carried(by: replicas).mid
      let enough = size.capacity.replicas(for: size.demand)
      return "\(Wording.count(replicas, "replica")) carry \(carried)\(within), not \(size.demand): "
        + "\(Wording.count(enough, "replica")) would."
    }
    return size.isDemandGiven
      ? "\(size.demand) need\(within.isEmpty ? "s" : "s") \(Wording.count(replicas, "replica"))\(within)."
      : "\(Wording.count(replicas, "replica")) carr\(replicas == 1 ? "ies" : "y") \(size.demand)\(within)."
  }

  private var lead: String {
    var words: [String] = []
    switch size.need {
    case .capacity: words.append("Capacity asks for them.")
    case .latency(let bound): words.append("\(bound.name) asks for them.")
    }
    if let bound = size.bound { words.append("A replica is bound by \(bound).") }
    let near = size.cliffs.filter { $0.isNear }
    for cliff in near {
      words.append(
        "A step from the edge: \(Wording.percent(max(0, cliff.factor - 1))) more \(cliff.what) and it no longer holds.")
    }
    if !size.service.isCertain {
      let one = size.capacity.ofOne
      words.append(
        "A replica carries \(one.low) to \(one.high) with \(Fraction(rawValue: one.confidence)) confidence.")
    }
    return words.joined(separator: " ")
  }

  private var facts: [Report.Fact] {
    var facts = [
      Report.Fact("\(size.capacity.ofOne.mid)", "one replica carries\(asked.isEmpty ? "" : " within the objective")"),
      Report.Fact("\(size.service.mid.capacityPerReplica)", "one replica at saturation"),
      Report.Fact("\(size.level.utilization)", "utilization at the operating point"),
    ]
    for cliff in size.cliffs where cliff.factor.isFinite {
      facts.append(Report.Fact("\(Wording.percent(cliff.factor - 1))", "more \(cliff.what) until it no longer holds"))
    }
    if let llm = size.service.mid as? any TokenService {
      facts.append(
        Report.Fact("\(llm.cache.pool)", "KV cache of a replica, \(Int(llm.steady.capacity)) sequences at once"))
    }
    if let draw = size.draw {
      facts.append(
        Report.Fact(
          "\(draw.perReplica)",
          "a replica at the cards' design power, \(NumberFormat.significant(draw.joulesPerToken, 3)) J a token of answers"
        ))
      facts.append(Report.Fact("\(draw.perRack)", "a rack of \(draw.cardsPerRack) cards, the cards alone"))
    }
    if let offer = size.offers.first {
      facts.append(
        Report.Fact(
          "\(offer.perMillion)", "a million tokens of answers on \(offer.machine.name), \(offer.hourly.perHourText)"))
    }
    return facts
  }

  private var latencyByLoad: Report.Part? {
    let metrics = ServiceMetric.times.filter { size.service.mid.metrics.contains($0) }
    guard let metric = size.objective.latency.first(where: { metrics.contains($0.metric) })?.metric ?? metrics.first
    else { return nil }
    func points(_ value: (Latency) -> Double) -> [(x: Double, y: Double)] {
      size.curve.compactMap { point in
        point.level.latencies[metric].map { (point.rate.perSecond, value($0) * 1000) }
      }.filter { $0.1.isFinite }
    }
    let (middle, tail) = (points(\.p50), points(\.p99))
    guard let last = tail.last, let first = tail.first else { return nil }
    let limit = size.objective.latency.first { $0.metric == metric }
    // Far above the limit a curve says nothing but that it is above.
    let ceiling = (limit.map { $0.limit.seconds * 1000 * 4 } ?? last.y * 1.1)
    let sentence =
      "At \(RequestRate.perSecond(first.x)) a replica's p99 \(metric.title) is \(NumberFormat.significant(first.y, 3)) ms, at \(RequestRate.perSecond(last.x)) \(NumberFormat.significant(last.y, 3)) ms."
    var chart = PlotChart(
      title: "\(metric.title) by load", description: sentence,
      series: [
        .init("p99", tail.map { ($0.x, min($0.y, ceiling)) }, .capacity),
        .init("median", middle.map { ($0.x, min($0.y, ceiling)) }, .plain),
      ], unit: .other("ms"), xName: "requests a second at one replica", ticks: PlotChart.numbers(to: last.x))
    if let limit { chart.limits = [.init(limit.limit.seconds * 1000, limit.description)] }
    if let replicas = size.replicas, replicas > 0 {
      let here = size.demand.perSecond / Double(replicas)
      if here <= last.x { chart.places = [.init(here, "here")] }
    }
    return Report.Part("Latency against load", id: "latency", sentence, chart)
  }

  private var times: Report.Section? {
    let rows: [[Report.Cell]] = ServiceMetric.times.compactMap { metric in
      guard let latency = size.level.latencies[metric] else { return nil }
      return [Report.Cell(metric.title)]
        + [latency.mean, latency.p50, latency.p90, latency.p99, latency.p999].map {
          Report.Cell($0.isFinite ? "\(NumberFormat.duration(.seconds($0)))" : "no end")
        }
    }
    guard !rows.isEmpty else { return nil }
    return Report.Section(
      "Times at the operating point", id: "times",
      "With \(size.demand) on \(Wording.count(size.replicas ?? 1, "replica")).",
      [
        .table(
          Report.Table(
            [.text("time"), .number("mean"), .number("p50"), .number("p90"), .number("p99"), .number("p99.9")], rows))
      ])
  }

  /// Where a step's time goes, by the sequences in it.
  private var roofline: Report.Section? {
    guard let llm = size.service.mid as? any TokenService else { return nil }
    let step = llm.steady.step
    let counts = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024].filter { Double($0) <= max(1, llm.steady.capacity) }
    func work(_ n: Double) -> StepWork { StepWork(decoding: n, context: llm.steady.context) }
    let rows: [[Report.Cell]] = counts.map { n in
      let parts = step.parts(work(Double(n)))
      let perToken = llm.steady.perToken(Double(n))
      return [Report.Cell("\(n)")]
        + [parts.weights, parts.arithmetic, parts.cache, parts.exchange, parts.overhead, parts.total].map {
          Report.Cell(NumberFormat.significant($0 * 1000, 3))
        } + [
          Report.Cell(NumberFormat.significant(perToken * 1000, 3)),
          Report.Cell(NumberFormat.significant(llm.steady.throughput(Double(n)), 3)), Report.Cell(Sizer.binding(parts)),
        ]
    }
    let steps = counts.map { Double($0) }
    func line(_ value: (StepTime.Parts) -> Double) -> [(x: Double, y: Double)] {
      steps.map { ($0, value(step.parts(work($0))) * 1000) }
    }
    let sentence =
      "What a step takes by the sequences in it: reading the weights is shared by all, arithmetic and cache grow with each."
    let chart = PlotChart(
      title: "Roofline of a step", description: sentence,
      series: [
        .init("whole step", line(\.total), .capacity), .init("reading weights", line(\.weights), .plain),
        .init("arithmetic", line(\.arithmetic), .demand), .init("reading the cache", line(\.cache), .soft),
      ], unit: .other("ms"), xName: "sequences in a step", ticks: PlotChart.numbers(to: steps.last ?? 1))
    return Report.Section(
      "Roofline", id: "roofline", sentence,
      [
        .chart(chart, id: "roofline-chart", caption: "Milliseconds of a step without prompts."),
        .table(
          Report.Table(
            [
              .number("sequences"), .number("weights ms"), .number("arithmetic"), .number("cache"), .number("exchange"),
              .number("engine"), .number("step"), .number("per token, with prompts"), .number("tokens/s"),
              .text("binds"),
            ], rows)),
      ])
  }

  private var cost: Report.Section? {
    guard !size.offers.isEmpty else { return nil }
    let rows: [[Report.Cell]] = size.offers.map { offer in
      [
        Report.Cell("\(offer.machine.name) (\(offer.machine.cloud))"), Report.Cell("\(offer.machines)"),
        Report.Cell(NumberFormat.significant(offer.replicas, 3)), Report.Cell("\(offer.hourly)"),
        Report.Cell("\(offer.perMillion)"), Report.Cell("\(offer.price.source), \(offer.price.date)"),
      ]
    }
    return Report.Section(
      "Cost", id: "cost", "Machines of the catalog with this accelerator, on demand, the cheapest first.",
      [
        .table(
          Report.Table(
            [
              .text("machine"), .number("machines"), .number("replicas a machine"), .number("an hour"),
              .number("a million tokens"), .text("price"),
            ], rows, emphasized: 0))
      ])
  }

  public func terminal(width: Int, style: Style) -> String {
    let width = max(40, width)
    var text = TerminalText.opening(report(), width: width, style: style).joined(separator: "\n") + "\n"
    var table = TextTable([
      .init("time", isFlexible: true), .init("mean", .right), .init("p50", .right), .init("p90", .right),
      .init("p99", .right),
    ])
    for metric in ServiceMetric.times {
      guard let latency = size.level.latencies[metric] else { continue }
      table.add(
        [metric.title]
          + [latency.mean, latency.p50, latency.p90, latency.p99].map {
            $0.isFinite ? NumberFormat.duration(.seconds($0)) : "no end"
          })
    }
    if !size.level.latencies.isEmpty { text += table.text(width: width, style: style) }
    return text
  }

  /// `"schema": "headroom/size/1"`.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/size/1")
      json.entry("headline", headline)
      json.entry("model", size.service.mid.summary)
      json.entry("demand", size.demand.perSecond)
      json.key("replicas")
      if let replicas = size.replicas { json.integer(replicas) } else { json.null() }
      json.entry("met", size.isMet)
      json.entry("utilization", size.level.utilization.rawValue)
      json.object("replica") { json in
        json.entry("carries", size.capacity.ofOne.mid.perSecond)
        json.entry("carries_low", size.capacity.ofOne.low.perSecond)
        json.entry("carries_high", size.capacity.ofOne.high.perSecond)
        json.entry("saturation", size.service.mid.capacityPerReplica.perSecond)
      }
      json.entry("bound_by", size.bound ?? "")
      json.object("times_ms") { json in
        for metric in ServiceMetric.times {
          guard let latency = size.level.latencies[metric] else { continue }
          json.object(metric.word.isEmpty ? "response" : metric.word) { json in
            for (key, value) in [
              ("mean", latency.mean), ("p50", latency.p50), ("p90", latency.p90), ("p95", latency.p95),
              ("p99", latency.p99), ("p999", latency.p999),
            ] { json.entry(key, value * 1000) }
          }
        }
      }
      json.objects("cliffs", size.cliffs) { json, cliff in
        json.entry("what", cliff.what)
        json.entry("factor", cliff.factor)
      }
      if let draw = size.draw {
        json.object("power") { json in
          json.entry("replica_watts", draw.perReplica.watts)
          json.entry("rack_watts", draw.perRack.watts)
          json.entry("joules_per_token", draw.joulesPerToken)
          if let cap = size.powerCap { json.entry("cap_watts", cap.watts) }
          if let room = size.replicasWithinPower { json.entry("replicas_within_cap", Double(room)) }
        }
      }
      json.objects("offers", size.offers) { json, offer in
        json.entry("machine", offer.machine.name)
        json.entry("machines", offer.machines)
        json.entry("replicas_per_machine", offer.replicas)
        json.entry("dollars_per_hour", offer.hourly.dollarsPerHour)
        json.entry("dollars_per_million_tokens", offer.perMillion.dollars)
      }
      json.objects("curve", size.curve) { json, point in
        json.entry("rate", point.rate.perSecond)
        for metric in ServiceMetric.times {
          guard let latency = point.level.latencies[metric] else { continue }
          let word = metric.word.isEmpty ? "response" : metric.word
          json.entry("\(word)_p50_ms", latency.p50 * 1000)
          json.entry("\(word)_p99_ms", latency.p99 * 1000)
        }
      }
    }
    return json.text + "\n"
  }
}

extension HourlyPrice {
  /// `$12.30 an hour`.
  fileprivate var perHourText: String { "\(self)" }
}
