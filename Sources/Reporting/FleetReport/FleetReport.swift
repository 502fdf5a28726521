import Documents
import Planning
import Quantities

/// Thousands of services in one report: who runs out first, who holds most that nobody needs, and what all of them need.
public struct FleetReport: Sendable {
  public let fleet: ServiceFleet
  /// The folder, file or query that they come from.
  public let source: String
  public let provenance: Provenance
  /// How many services each list of a page or a terminal shows; CSV and JSON have all of them.
  public let most: Int
  /// The users' own day.
  public let today: CivilDate
  /// Services that were not reached, because somebody stopped the run.
  public let unreached: Int

  public init(
    _ fleet: ServiceFleet, source: String, today: CivilDate, most: Int = 20, unreached: Int = 0,
    provenance: Provenance = Provenance()
  ) {
    self.fleet = fleet
    self.source = source
    self.today = today
    self.most = max(1, most)
    self.unreached = unreached
    self.provenance = provenance
  }

  var total: ServiceFleet.Total { fleet.total }

  /// Services whose expected demand exceeds what runs, and those of which it may.
  private var runsOut: Int { fleet.risks.filter { $0.answer?.expected != nil }.count }
  private var mayRunOut: Int { fleet.risks.filter { $0.answer?.expected == nil && $0.answer?.early != nil }.count }

  var headline: String {
    let whole = Wording.count(total.services, "service")
    guard total.services > 0 else { return "None of \(Wording.count(fleet.rows.count, "service")) could be answered." }
    var parts: [String] = []
    if let first = fleet.risks.first?.answer?.expected {
      parts.append(
        "\(NumberFormat.grouped(Double(runsOut))) \(runsOut == 1 ? "runs" : "run") out, the first on \(Wording.day(first, now: today))"
      )
    } else if mayRunOut > 0, let first = fleet.risks.first?.answer?.early {
      parts.append(
        "none is expected to run out; \(NumberFormat.grouped(Double(mayRunOut))) may, the first on \(Wording.day(first, now: today))"
      )
    } else if total.running > 0 {
      parts.append("none runs out within its horizon")
    }
    if let idle = idle { parts.append("\(idle) a month is idle") }
    if !fleet.faults.isEmpty { parts.append("\(Wording.count(fleet.faults.count, "service")) could not be answered") }
    return parts.isEmpty
      ? "\(whole) need \(Wording.count(total.replicas, "replica"))." : "Of \(whole) \(parts.joined(separator: "; "))."
  }

  /// Idle money of the currency in which most is held; nil where there is none.
  private var idle: String? {
    total.money.filter { $0.idle > .zero }.map { amounts in amounts.currency.shown { "\(amounts.idle)" } }
      .joined(separator: " and ").nilIfEmpty
  }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  public func report() -> Report {
    var report = Report(
      title: "\(source): capacity of the fleet", kicker: "\(source) · fleet · \(today.long)", headline: headline,
      lead: lead, facts: facts, argument: picture)
    report.sections = [risks, wastes, contended, machines, faults].compactMap { $0 }
    report.footer = [
      "Figures of each service are those of its own plan; what only a simulation can judge (latency, availability, what an autoscaler spends) is left to 'headroom plan FILE'.",
      "\(provenance.program). The same inputs and seed give the same bytes.",
      provenance.command.isEmpty ? "" : "Make it again: `\(provenance.command)`",
    ].filter { !$0.isEmpty }
    return report
  }

  private var lead: String {
    var sentences: [String] = []
    if unreached > 0 {
      sentences.append(
        "Stopped early: \(Wording.count(unreached, "service")) \(unreached == 1 ? "was" : "were") not reached")
    }
    if runsOut > 0, mayRunOut > 0 {
      sentences.append("\(NumberFormat.grouped(Double(mayRunOut))) more may run out, at the high end of demand")
    }
    if total.missed > 0 {
      sentences.append(
        "\(Wording.count(total.missed, "service")) \(total.missed == 1 ? "misses" : "miss") an objective")
    }
    return Wording.sentences(sentences)
  }

  var facts: [Report.Fact] {
    var facts = [
      Report.Fact(
        NumberFormat.grouped(Double(total.services)),
        "services answered, of \(NumberFormat.grouped(Double(fleet.rows.count + unreached)))"),
      Report.Fact(
        NumberFormat.grouped(Double(runsOut)),
        "run out within their horizons; \(NumberFormat.grouped(Double(mayRunOut))) more may"),
      Report.Fact(
        NumberFormat.grouped(Double(total.missing)),
        "replicas to add; \(NumberFormat.grouped(Double(total.replicas))) needed, \(NumberFormat.grouped(Double(total.running))) run"
      ),
    ]
    for amounts in total.money {
      amounts.currency.shown {
        facts.append(
          Report.Fact(
            "\(amounts.idle)",
            "idle a month, of \(amounts.held) held by \(Wording.count(amounts.services, "priced service"))"))
      }
    }
    return facts
  }

  // MARK: The picture

  /// How many services have run out by which day.
  private var picture: Report.Part? {
    func days(_ day: (FleetRow) -> CivilDate?) -> [Int] {
      fleet.risks.compactMap { day($0).map { max(0, $0 - today) } }.sorted()
    }
    let expected = days { $0.answer?.expected }
    let early = days { $0.answer?.early ?? $0.answer?.expected }
    guard let last = early.last, early.count > 1 else { return nil }
    func steps(_ days: [Int]) -> [(x: Double, y: Double)] {
      var points: [(x: Double, y: Double)] = [(0, 0)]
      for (i, day) in days.enumerated() where i + 1 == days.count || days[i + 1] != day {
        points.append((Double(day), points.last?.y ?? 0))
        points.append((Double(day), Double(i + 1)))
      }
      points.append((Double(max(1, last)), points.last?.y ?? 0))
      return points
    }
    let sentence =
      "\(Wording.count(expected.count, "service")) \(expected.count == 1 ? "runs" : "run") out at the expected demand, \(NumberFormat.grouped(Double(early.count))) at its high end."
    let (start, reach) = (today, max(1, last))
    let chart = PlotChart(
      title: "Services that have run out", description: sentence,
      series: [
        PlotChart.Series("at the high end of demand", steps(early), .soft),
        PlotChart.Series("at the expected demand", steps(expected), .fails),
      ], unit: .other("services"), xName: "day"
    ) { count in
      let every = max(1, (reach + max(2, min(count, 8)) - 1) / max(2, min(count, 8)))
      return stride(from: 0, through: reach, by: every).map { PlotChart.Tick(Double($0), (start + $0).short) }
    }
    return Report.Part(
      "How many have run out by when", id: "picture", sentence, chart,
      caption: "Services whose demand has exceeded what runs today, by day, over their own horizons.")
  }

  // MARK: Sections

  static func interval(_ answer: ServiceFigures) -> String {
    let ends = (answer.early ?? answer.expected, answer.late)
    switch ends {
    case (let early?, let late?): return early == late ? early.short : "\(early.short) to \(late.short)"
    case (let early?, nil): return "from \(early.short)"
    case (nil, let late?): return "until \(late.short)"
    case (nil, nil): return "-"
    }
  }

  func name(_ row: FleetRow) -> String { row.name.isEmpty ? row.file : row.name }

  private var risks: Report.Section? {
    guard !fleet.risks.isEmpty else { return nil }
    let rows = fleet.risks.prefix(most).compactMap { row -> [Report.Cell]? in
      guard let answer = row.answer else { return nil }
      return [
        Report.Cell(name(row)),
        Report.Cell(answer.expected?.short ?? "-", mark: answer.expected == nil ? nil : .fails),
        Report.Cell(Self.interval(answer)),
        Report.Cell(answer.overload.map(Wording.percent) ?? "-"),
        Report.Cell("\(answer.peak.mid)"), Report.Cell(answer.carried.map { "\($0)" } ?? "-"),
        Report.Cell(answer.running.map { NumberFormat.grouped(Double($0)) } ?? "-"),
        Report.Cell(NumberFormat.grouped(Double(answer.replicas))),
        Report.Cell(answer.addBy?.short ?? "-"),
      ]
    }
    return Report.Section(
      "By risk", id: "risk",
      shown(fleet.risks.count, "that run out, may, or miss something", "the soonest first"),
      [
        .table(
          Report.Table(
            [
              .text("service"), .number("runs out"), .text("between"), .number("chance"), .number("peak"),
              .number("carried"), .number("today"), .number("needed"), .number("add by"),
            ], Array(rows)))
      ])
  }

  private var wastes: Report.Section? {
    guard !fleet.wastes.isEmpty else { return nil }
    let rows = fleet.wastes.prefix(most).compactMap { row -> [Report.Cell]? in
      guard let answer = row.answer, let idle = answer.idlePerMonth, let held = answer.heldPerMonth else { return nil }
      return (Currency(answer.currency) ?? .dollars).shown {
        [
          Report.Cell(name(row)), Report.Cell("\(idle)"), Report.Cell("\(held)"),
          Report.Cell(Wording.percent(held > .zero ? idle / held : 0)),
          Report.Cell(answer.running.map { NumberFormat.grouped(Double($0)) } ?? "-"),
          Report.Cell(NumberFormat.grouped(Double(answer.replicas))),
        ]
      }
    }
    return Report.Section(
      "By waste", id: "waste",
      shown(fleet.wastes.count, "with idle money", "the most first")
        + " Idle is what stands there (what runs, or a flat fleet where nobody says) over a fleet that follows the ordinary week with its headroom; where an autoscaler moves it, over a flat fleet for the peak.",
      [
        .table(
          Report.Table(
            [
              .text("service"), .number("idle a month"), .number("held a month"), .number("share"), .number("today"),
              .number("needed at the peak"),
            ], Array(rows)))
      ])
  }

  private func shown(_ count: Int, _ what: String, _ order: String) -> String {
    let all = "\(Wording.count(count, "service")) \(what), \(order)"
    return count > most ? "\(all); the first \(NumberFormat.grouped(Double(most))) are shown." : all + "."
  }

  private var contended: Report.Section? {
    let over = total.machines.filter(\.isOverQuota)
    guard !over.isEmpty else { return nil }
    return Report.Section(
      "What they compete for", id: "together",
      "Quotas are the account's: each service alone may have room where all of them have not.",
      [machineTable(over)])
  }

  private var machines: Report.Section? {
    guard !total.machines.isEmpty else { return nil }
    return Report.Section(
      "Machines by type", id: "machines", "What all services hold at their peaks.",
      [machineTable(Array(total.machines.prefix(most)))])
  }

  private func machineTable(_ needs: [Portfolio.MachineNeed]) -> Report.Block {
    .table(
      Report.Table(
        [
          .text("machine"), .text("region"), .text("held"), .number("count"), .number("quota"), .number("services"),
        ],
        needs.map { need in
          [
            Report.Cell(need.machine.isEmpty ? "machines" : need.machine),
            Report.Cell(need.region.isEmpty ? "-" : need.region), Report.Cell(need.lifecycle.rawValue),
            Report.Cell(NumberFormat.grouped(Double(need.count))),
            Report.Cell(
              need.quota.map { NumberFormat.grouped(Double($0)) } ?? "-", mark: need.isOverQuota ? .fails : nil),
            Report.Cell(NumberFormat.grouped(Double(need.services.count))),
          ]
        }))
  }

  private var faults: Report.Section? {
    guard !fleet.faults.isEmpty else { return nil }
    return Report.Section(
      "Without an answer", id: "faults", shown(fleet.faults.count, "could not be answered", "by file"),
      [
        .findings(
          fleet.faults.prefix(most).map {
            Report.Item(
              .fails, tag: name($0), what: $0.fault.split(separator: "\n").first.map(String.init) ?? "",
              because: $0.fault.split(separator: "\n").dropFirst().joined(separator: " "))
          })
      ])
  }
}

extension String {
  fileprivate var nilIfEmpty: String? { isEmpty ? nil : self }
}
