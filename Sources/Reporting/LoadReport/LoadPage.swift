import LoadTesting
import Quantities

/// The pages of load tests that are told by one result: cold starts, faults, MLPerf's rules, ramps.
enum LoadPage {
  static func footer(_ provenance: Provenance, _ more: [String] = []) -> [String] {
    more + ["\(provenance.program)." + (provenance.command.isEmpty ? "" : " Make it again: `\(provenance.command)`")]
  }

  /// Latency of each second, with what happened on the way.
  static func latency(
    of load: LoadResult, limits: [PlotChart.Mark] = [], places: [(seconds: Double, name: String)] = []
  ) -> Report.Part? {
    let seconds = load.timeline
    guard seconds.count > 1, seconds.contains(where: { $0.p50 != nil }) else { return nil }
    let (unit, factor) = LoadReport.timeUnit(reaching: seconds.compactMap(\.maximum).max() ?? 0)
    func line(_ value: (LoadSecond) -> Double?) -> [(x: Double, y: Double)] {
      seconds.map { (Double($0.second) + 0.5, value($0).map { $0 * factor } ?? .nan) }
    }
    let sentence =
      "Half of the requests took \(LoadReport.time(load.latency.quantile(0.5))), one in a hundred more than \(LoadReport.time(load.latency.quantile(0.99)))."
    var chart = PlotChart(
      title: "Latency over time", description: sentence,
      series: [
        .init("longest", line { $0.maximum }, .soft), .init("P99", line { $0.p99 }, .plain),
        .init("P50", line { $0.p50 }, .capacity),
      ], unit: unit, xName: "since the start",
      ticks: PlotChart.elapsed(to: Double((seconds.last?.second ?? 0) + 1)))
    chart.limits = limits.map { .init($0.value * factor, $0.name) }
    chart.places = places.map { .init($0.seconds, $0.name) }
    return Report.Part(
      "Latency over time", id: "latency", sentence, chart, caption: "Of each second's answers, by when they came.")
  }

  /// Asked for, answered and failed, second by second.
  static func rates(of load: LoadResult) -> Report.Section? {
    let last = load.timeline.last { $0.offered > 0 || $0.sent > 0 }?.second ?? 0
    let seconds = load.timeline.filter { $0.second <= last }
    guard seconds.count > 1 else { return nil }
    func line(_ value: (LoadSecond) -> Int) -> [(x: Double, y: Double)] {
      seconds.map { (Double($0.second) + 0.5, Double(value($0))) }
    }
    var series: [PlotChart.Series] = []
    if seconds.contains(where: { $0.errors > 0 }) { series.append(.init("failed", line(\.errors), .fails)) }
    series.append(.init("asked for", line(\.offered), .demand))
    series.append(.init("answered", line(\.completed), .capacity))
    let asked = seconds.reduce(0) { $0 + $1.offered }
    let answered = load.timeline.reduce(0) { $0 + $1.completed }
    let sentence =
      "\(NumberFormat.grouped(Double(asked))) requests were asked for, \(NumberFormat.grouped(Double(answered))) came back whole."
    return Report.Section(
      "Asked for, answered", id: "rates", sentence,
      [
        .chart(
          PlotChart(
            title: "Requests a second", description: sentence, series: series, unit: .requestsPerSecond,
            xName: "since the start", ticks: PlotChart.elapsed(to: Double(last + 1))), id: "rates-chart", caption: "")
      ])
  }

  static func spectra(_ rows: [(name: String, spectrum: LatencySpectrum)]) -> Report.Table {
    Report.Table(
      [
        .text("latency"), .number("requests"), .number("mean"), .number("P50"), .number("P90"), .number("P99"),
        .number("longest"),
      ],
      rows.filter { $0.spectrum.count > 0 }.map { name, spectrum in
        [
          Report.Cell(name), Report.Cell(NumberFormat.grouped(Double(spectrum.count))),
          Report.Cell(LoadReport.time(spectrum.mean)),
        ] + [0.5, 0.9, 0.99].map { Report.Cell(LoadReport.time(spectrum.quantile($0))) }
          + [Report.Cell(LoadReport.time(spectrum.maximum))]
      })
  }
}

extension Report {
  /// Says first where a test's figures are the generator's own; what they would have said stands behind it.
  /// - Parameter known: what such a test means, or tells otherwise.
  mutating func tell(
    invaliditiesOf load: LoadResult, except known: Set<Invalidity.Kind> = [.tooFewConnections, .interrupted]
  ) {
    let found = load.invalidities.filter { !known.contains($0.kind) }
    guard let first = found.first else { return }
    let rest = found.flatMap { [$0 == first ? "" : $0.problem, "To do: \($0.remedy)"] }
    lead = Wording.sentences(rest + ["Its figures tell about the generator, not about the service", headline, lead])
    headline = "This run is INVALID: \(first.problem)."
  }
}

extension ColdStartResult {
  /// How a service came to be of use, as a page.
  /// - Parameter isStarted: whether a command started the service, from which times count.
  public func report(url: String, isStarted: Bool, provenance: Provenance = Provenance()) -> Report {
    let from = isStarted ? "the command's start" : "the first request"
    func span(_ seconds: Double?) -> String { seconds.map { NumberFormat.duration(.seconds($0)) } ?? "-" }
    let headline: String
    if load.completed == 0 {
      headline = "\(url) answered no request."
    } else if !isSteadyReached {
      headline = "\(url) was not steady by the end: its latency still changed."
    } else if coldRequests == 0 {
      headline = "\(url) shows no cold start: the beginning is as the rest."
    } else {
      headline =
        "\(url) is steady \(span(timeToSteady)) after \(from); before that a request takes \(LoadReport.time(cold.quantile(0.5))), then \(LoadReport.time(steady.quantile(0.5)))."
    }
    var facts: [Report.Fact] = []
    if isStarted { facts.append(.init(span(timeToListening), "until it takes connections")) }
    facts.append(.init(span(timeToFirstAnswer), "until the first good answer"))
    facts.append(.init(isSteadyReached ? span(timeToSteady) : "not reached", "until it is steady"))
    facts.append(
      .init(
        NumberFormat.grouped(Double(coldRequests)),
        "requests while cold"
          + (coldFailures > 0 ? ", \(NumberFormat.grouped(Double(coldFailures))) of them failed" : "")))
    if let connectionCost {
      facts.append(.init(connectionCost > 0 ? LoadReport.time(connectionCost) : "none", "more for a new connection"))
    }
    let places = [(timeToFirstAnswer, "first answer"), (isSteadyReached ? timeToSteady : nil, "steady")].compactMap {
      place in place.0.map { (seconds: $0, name: place.1) }
    }
    var report = Report(
      title: "Cold start of \(url)", kicker: "cold start · times from \(from)", headline: headline,
      lead: isSteadyReached ? "" : "Let it run longer, with --duration, to see it steady.", facts: facts,
      // Without a command the load begins with the clock of the test; with one it begins when the service listens.
      argument: LoadPage.latency(of: load, places: isStarted ? [] : places))
    var rows: [(name: String, spectrum: LatencySpectrum)] = [
      (isSteadyReached ? "cold" : "all", cold), ("steady", steady),
    ]
    rows += [("steady, seen for the first time", firstTime), ("steady, seen before", again)]
    report.sections.append(
      Report.Section(
        "Cold against steady", id: "cold",
        firstRequest.map { "The very first request took \(LoadReport.time($0))." } ?? "The latencies of both times.",
        [.table(LoadPage.spectra(rows))]))
    if let rates = LoadPage.rates(of: load) { report.sections.append(rates) }
    report.tell(invaliditiesOf: load)
    report.footer = LoadPage.footer(provenance)
    return report
  }
}

extension MLPerfResult {
  /// What a service is worth under a scenario, and by which rules, as a page.
  public func report(url: String, provenance: Provenance = Provenance()) -> Report {
    let broken = rules.filter { !$0.isKept }
    let figure: String
    switch scenario {
    case .server: figure = "\(rate.map { NumberFormat.fixed($0, decimals: 2) } ?? "-") queries a second"
    case .offline: figure = "\(rate.map { NumberFormat.fixed($0, decimals: 2) } ?? "-") samples a second"
    case .singleStream, .multiStream:
      figure = "P\(NumberFormat.significant(percentile * 100, 4)) of \(LoadReport.time(estimate ?? latency))"
    }
    let headline =
      broken.isEmpty
      ? "VALID: \(url) does \(figure) in the \(scenario.rawValue) scenario."
      : "INVALID: \(url) did \(figure) in the \(scenario.rawValue) scenario, and \(Wording.count(broken.count, "rule")) \(broken.count == 1 ? "was" : "were") not kept."
    var report = Report(
      title: "MLPerf \(scenario.rawValue): \(url)", kicker: "MLPerf · \(scenario.rawValue) scenario",
      headline: headline, lead: broken.first.map { Wording.sentences(["\($0.name): \($0.found)", $0.remedy]) } ?? "",
      facts: [
        .init(NumberFormat.grouped(Double(queries)), "queries answered"),
        .init(rate.map { LoadReport.rate($0) } ?? "-", scenario == .offline ? "samples a second" : "queries a second"),
        .init(LoadReport.time(latency), "P\(NumberFormat.significant(percentile * 100, 4)) of latency"),
        .init(LoadReport.time(estimate), "as early stopping lets it be claimed"),
        .init("\(rules.count - broken.count) of \(rules.count)", "rules kept"),
      ], argument: LoadPage.latency(of: load))
    report.sections.append(
      Report.Section(
        "Rules", id: "rules",
        broken.isEmpty
          ? "Every rule was kept." : "What was not kept makes the result INVALID; the remedy stands beside it.",
        [
          .table(
            Report.Table(
              [.text("rule"), .text("kept"), .text("found"), .text("to do")],
              rules.map { rule in
                [
                  Report.Cell(rule.name),
                  Report.Cell(rule.isKept ? "✓ yes" : "✗ no", mark: rule.isKept ? .holds : .fails),
                  Report.Cell(rule.found), Report.Cell(rule.isKept ? "" : rule.remedy),
                ]
              }))
        ]))
    report.sections.append(
      Report.Section(
        "Latency of queries", id: "queries", "From the sending of a query to its last answer.",
        [.table(LoadPage.spectra([("queries", spectrum)]))]))
    if let rates = LoadPage.rates(of: load) { report.sections.append(rates) }
    report.footer = LoadPage.footer(provenance)
    return report
  }
}

extension ChaosTest.Result {
  /// What users saw of each fault, and what the network did, as a page.
  public func report(
    url: String, expectations: [LoadExpectation] = [], provenance: Provenance = Provenance()
  ) -> Report {
    let effects = recovery.effects
    let open = effects.filter { $0.recovery == nil }
    let slowest = effects.filter { $0.recovery != nil }.max { ($0.recovery ?? 0) < ($1.recovery ?? 0) }
    let headline: String
    if effects.isEmpty {
      headline = "No fault happened while \(url) was loaded."
    } else if let first = open.first {
      headline =
        "\(url) is not seen to recover from '\(first.window.what)'\(first.reason.map { ": \($0)" } ?? "")."
    } else if let slowest, let seconds = slowest.recovery, seconds > 0 {
      headline =
        "\(url) recovered from every fault; it took longest after '\(slowest.window.what)': \(NumberFormat.duration(.seconds(seconds)))."
    } else {
      headline = "\(url) was as usual as soon as each fault was over."
    }
    let worst = effects.compactMap(\.availability).min()
    var report = Report(
      title: "Faults of \(url)", kicker: "chaos · \(Wording.count(effects.count, "fault"))", headline: headline,
      lead: chaos.warnings.map { Wording.sentences([$0]) }.joined(separator: " "),
      facts: [
        .init(NumberFormat.grouped(Double(load.completed)), "requests answered in all"),
        .init(worst.map { Wording.percent($0) } ?? "-", "answered well during the worst fault"),
        .init(
          slowest?.recovery.map { NumberFormat.duration(.seconds($0)) } ?? "-", "longest until it was as usual again"),
        .init(
          NumberFormat.grouped(Double(effects.reduce(0) { $0 + $1.killed })), "requests lost with a killed connection"),
        .init(NumberFormat.grouped(Double(chaos.resets + chaos.swallowed)), "connections reset or left half-open"),
      ],
      argument: LoadPage.latency(
        of: load, limits: recovery.band.map { [.init($0.latencyLimit, "usual at most, P95")] } ?? [],
        places: effects.map { ($0.window.start.seconds, $0.window.what) }))
    if !effects.isEmpty {
      let rows = effects.map { effect -> [Report.Cell] in
        [
          Report.Cell(effect.window.what), Report.Cell(NumberFormat.duration(effect.window.start)),
          Report.Cell(effect.window.end.map { NumberFormat.duration($0) } ?? "the end"),
          Report.Cell(NumberFormat.grouped(Double(effect.offered))),
          Report.Cell(effect.availability.map { Wording.percent($0) } ?? "-"), Report.Cell(LoadReport.time(effect.p50)),
          Report.Cell(LoadReport.time(effect.p99)), Report.Cell(NumberFormat.grouped(Double(effect.killed))),
          Report.Cell(
            effect.recovery.map { NumberFormat.duration(.seconds($0)) } ?? "no: \(effect.reason ?? "unknown")",
            mark: effect.recovery == nil ? .fails : nil),
          Report.Cell(effect.serviceRecovery.map { NumberFormat.duration(.seconds($0)) } ?? "-"),
        ]
      }
      let usual = recovery.band.map {
        "Usual before the first: P95 \(LoadReport.time($0.latency)), at most \(LoadReport.time($0.latencyLimit)), \(Wording.percent($0.errors)) failed."
      }
      report.sections.append(
        Report.Section(
          "Fault by fault", id: "faults",
          (usual ?? "There was too little before the first fault to say what is usual.")
            + " Recovery counts from the fault's end to the last bad second after it; the service's own leaves out requests that died with a connection that the fault had killed.",
          [
            .table(
              Report.Table(
                [
                  .text("fault"), .number("from"), .number("to"), .number("requests"), .number("answered well"),
                  .number("P50"), .number("P99"), .number("killed"), .text("as usual after"),
                  .text("the service itself"),
                ], rows))
          ]))
    }
    if let rates = LoadPage.rates(of: load) { report.sections.append(rates) }
    let missed = expectations.filter { $0.isMet(by: load) == false }
    if !missed.isEmpty {
      report.sections.append(
        Report.Section(
          "Expectations", id: "expectations", "Over the whole test, faults included.",
          [.list(missed.map { "\($0.description): missed" })]))
    }
    report.tell(invaliditiesOf: load)
    report.footer = LoadPage.footer(provenance, [chaos.terminal().split(separator: "\n").joined(separator: "; ") + "."])
    return report
  }
}

extension ChaosResult {
  /// What a faulty network did, where headroom did not load the service itself, as a page.
  public func report(to service: String, provenance: Provenance = Provenance()) -> Report {
    let happened = entries.filter(\.hasHappened)
    var report = Report(
      title: "Faults before \(service)", kicker: "chaos · proxy before \(service)",
      headline:
        "\(happened.count) of \(Wording.count(entries.count, "fault")) happened to \(Wording.count(connections, "connection")) in \(NumberFormat.duration(duration)).",
      lead: warnings.map { Wording.sentences([$0]) }.joined(separator: " "),
      facts: [
        .init(NumberFormat.grouped(Double(connections)), "connections"),
        .init(NumberFormat.grouped(Double(resets)), "reset"),
        .init(NumberFormat.grouped(Double(swallowed)), "left half-open"),
        .init(NumberFormat.grouped(Double(refused)), "not taken by the service"),
        .init("\(Bytes(rawValue: Double(bytesToClients)))", "passed back to clients"),
      ])
    report.sections.append(
      Report.Section(
        "Faults", id: "faults", "What was asked for and what it did.",
        [
          .table(
            Report.Table(
              [.text("fault"), .text("happened"), .number("reset"), .number("half-open")],
              entries.map { entry in
                [
                  Report.Cell("\(entry.fault)"),
                  Report.Cell(entry.hasHappened ? "✓ yes" : "✗ no", mark: entry.hasHappened ? nil : .warns),
                  Report.Cell(NumberFormat.grouped(Double(entry.resets))),
                  Report.Cell(NumberFormat.grouped(Double(entry.swallowed))),
                ]
              }))
        ]))
    report.footer = LoadPage.footer(provenance)
    return report
  }
}

extension RampTest.Result {
  /// Where a service broke as the rate climbed, as a page.
  public func report(
    url: String, objectives: [LoadExpectation], arrivals: String, provenance: Provenance = Provenance()
  ) -> Report {
    var search = SaturationReport(
      conclusion, url: url, objectives: objectives, arrivals: arrivals, provenance: provenance)
    search.limitOption = "--to"
    var report = search.report()
    report.title = "Ramp of \(url)"
    report.kicker = "ramp · \(arrivals) arrivals · \(Wording.count(conclusion.probes.count, "step"))"
    report.sections += [
      LoadPage.latency(of: load).map { Report.Section("Second by second", id: "seconds", $0.sentence, [.part($0)]) },
      LoadPage.rates(of: load),
    ].compactMap { $0 }
    report.tell(invaliditiesOf: load)
    report.footer = LoadPage.footer(
      provenance,
      [
        "Each step is judged without its first \(Wording.percent(RampTest.settling)), in which the queue of the step before empties. A queue that outlasts a step makes the next one look worse: headroom load saturation tells the limit more exactly."
      ])
    return report
  }
}
