import Planning
import Quantities
import Reporting

/// A service that is served: its plan's answer, and how it came about.
public struct ServiceEntry: Sendable {
  /// Unique on the board: the service's own name, or with its file where two have the same.
  public var name: String
  public var outcome: PlanOutcome
  public var provenance: Provenance
  public var seed: UInt64
  /// The plan file's text; empty where it is not known.
  public var text: String
  /// The same as the board shows it.
  public let boardEntry: BoardReport.Entry

  public init(name: String, outcome: PlanOutcome, provenance: Provenance, seed: UInt64, text: String = "") {
    self.name = name
    self.outcome = outcome
    self.provenance = provenance
    self.seed = seed
    self.text = text
    boardEntry = BoardReport.Entry(name: name, link: "/services/\(Form.encoded(name))", outcome: outcome)
  }

  /// Where its page lies.
  public var address: String { boardEntry.link }

  /// Runs `body` with amounts in the plan's own currency.
  func shown<Value>(_ body: () throws -> Value) rethrows -> Value { try outcome.plan.currency.shown(body) }
}

/// All services with their answers, as they stood at one moment.
public struct Board: Sendable {
  /// Those that run out first, first.
  public private(set) var services: [ServiceEntry]
  /// Plans that could not be answered.
  public var faults: [BoardReport.Fault]
  /// When the answers were made; nil while none are.
  public var made: Timestamp?
  /// Counts the boards of a site.
  public internal(set) var generation = 0

  public init(_ services: [ServiceEntry] = [], faults: [BoardReport.Fault] = [], made: Timestamp? = nil) {
    let rank = Dictionary(
      BoardReport.ranked(services.map(\.boardEntry)).enumerated().map { ($0.element.name, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    self.services = services.sorted { (rank[$0.name] ?? 0) < (rank[$1.name] ?? 0) }
    self.faults = faults
    self.made = made
  }

  func report(version: String) -> BoardReport {
    BoardReport(
      services.map(\.boardEntry), faults: faults, now: made ?? Timestamp(nanosecondsSinceEpoch: 0),
      provenance: Provenance(version: version, seed: services.first?.seed ?? 1))
  }
}
