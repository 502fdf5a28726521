import Documents
import Planning
import Quantities
import Serving
import Simulating
import Terminal

/// How many sessions a fleet carries, and what memory below the cards' buys: `headroom simulate --world tokens --sessions
/// most`.
public struct SessionReport: ReportDocument, Sendable {
  public let sizing: SessionSizing
  public let provenance: Provenance

  public init(_ sizing: SessionSizing, provenance: Provenance = Provenance()) {
    self.sizing = sizing
    self.provenance = provenance
  }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  private var best: SessionSizing.Variant? {
    sizing.variants.filter { $0.answer.isMet }.max { $0.answer.seats < $1.answer.seats }
  }

  private var asked: String {
    sizing.objective.latency.isEmpty
      ? "while they keep up" : "with " + sizing.objective.latency.map { "\($0)" }.joined(separator: ", ")
  }

  var headline: String {
    guard let first = sizing.variants.first, let best else { return "Not one session goes \(asked)." }
    let fleet = Wording.count(sizing.world.replicas, "replica")
    var words =
      "\(fleet) carr\(sizing.world.replicas == 1 ? "ies" : "y") \(NumberFormat.grouped(Double(first.answer.isMet ? first.answer.seats : 0))) sessions at once \(asked)"
    if best.answer.seats > first.answer.seats {
      words += "; \(NumberFormat.grouped(Double(best.answer.seats))) \(best.name)"
    }
    return words + "."
  }

  private var lead: String {
    let load = sizing.load
    return
      "A session has \(NumberFormat.significant(load.turns, 3)) turns on average: \(NumberFormat.grouped(load.sharedPrompt)) tokens that all share, \(NumberFormat.grouped(load.firstPrompt)) of its own, then \(NumberFormat.grouped(load.input)) new ones a turn and answers of \(NumberFormat.grouped(load.output)), \(NumberFormat.duration(.seconds(load.gap.mean))) from an answer to the next turn."
  }

  private var facts: [Report.Fact] {
    var facts: [Report.Fact] = []
    if let best {
      facts.append(Report.Fact(NumberFormat.significant(best.seatsPerCard, 3), "seats a card, \(best.name)"))
      if let price = best.perSeat, let offer = sizing.offer {
        facts.append(Report.Fact("\(price)", "a seat on \(offer.machine.name)"))
      }
    }
    return facts
  }

  private static func cells(_ variant: SessionSizing.Variant) -> [String] {
    let record = variant.answer.record
    func share(_ tokens: Double) -> String { NumberFormat.share(tokens / max(1, record.inputTokens)) }
    func time(_ seconds: Double) -> String { NumberFormat.duration(.seconds(seconds)) }
    return [
      variant.name, variant.answer.isMet ? NumberFormat.grouped(Double(variant.answer.seats)) : "none",
      NumberFormat.significant(variant.seatsPerCard, 3), variant.perSeat.map { "\($0)" } ?? "-",
      share(record.cachedTokens), share(record.fetched.reduce(0, +)), time(record.firstToken.p99),
      time(record.perToken.p99),
    ]
  }

  private static let columns = [
    "store", "seats", "a card", "a seat", "cached", "brought back", "TTFT p99", "TPOT p99",
  ]

  public func report() -> Report {
    var report = Report(
      title: "Sessions", kicker: sizing.summary, headline: headline, lead: lead, facts: facts, argument: nil)
    report.sections = [
      Report.Section(
        "What memory buys", id: "stores",
        "Blocks of prompts that the cards' memory has no room for fall into these stores, and come back at the pace of their links. Shares are of prompts' tokens, times at the most seats that go.",
        [
          .table(
            Report.Table(
              Self.columns.enumerated().map { $0.offset == 0 ? .text($0.element) : .number($0.element) },
              sizing.variants.map { Self.cells($0).map { Report.Cell($0) } }))
        ])
    ]
    report.footer = [
      "\(provenance.program)." + (provenance.command.isEmpty ? "" : " Make it again: `\(provenance.command)`")
    ]
    return report
  }

  public func terminal(width: Int, style: Style) -> String {
    let width = max(40, width)
    var table = TextTable(
      Self.columns.enumerated().map { .init($0.element, $0.offset == 0 ? .left : .right, isFlexible: $0.offset == 0) })
    for variant in sizing.variants { table.add(Self.cells(variant)) }
    return TerminalText.opening(report(), width: width, style: style).joined(separator: "\n") + "\n"
      + table.text(width: width, style: style)
  }

  /// `"schema": "headroom/sessions/1"`. Times in milliseconds.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/sessions/1")
      json.entry("headline", headline)
      json.entry("model", sizing.summary)
      json.entry("replicas", sizing.world.replicas)
      json.objects("stores", sizing.variants) { json, variant in
        let record = variant.answer.record
        json.entry("name", variant.name)
        json.entry("met", variant.answer.isMet)
        json.entry("seats", variant.answer.isMet ? variant.answer.seats : 0)
        json.entry("seats_per_gpu", variant.seatsPerCard)
        json.entry("cost_per_seat_hour", variant.perSeat)
        json.entry("cached_share", record.cachedShare)
        json.entry("fetched_share", record.fetched.reduce(0, +) / max(1, record.inputTokens))
        for (name, latency) in [("ttft", record.firstToken), ("tpot", record.perToken), ("e2e", record.response)] {
          json.entry("\(name)_mean", latency.mean * 1000)
          json.entry("\(name)_p50", latency.p50 * 1000)
          json.entry("\(name)_p99", latency.p99 * 1000)
        }
        json.entry("output_throughput", record.outputRate)
        json.entry("utilization", record.utilization)
      }
    }
    return json.text + "\n"
  }
}
