import Quantities

/// Something that the reader of a plan must know, with what to do about it: as data. `Reporting` has the words.
public struct Finding: Sendable {
  public enum Severity: String, Sendable, CaseIterable, Comparable {
    /// Capacity, an objective or a date is lost unless somebody acts.
    case act
    /// The plan holds, but a setting or an assumption should change.
    case change
    /// Worth knowing; nothing to do now.
    case note
    /// A check that passed and that a reviewer will ask for.
    case holds

    var rank: Int { Severity.allCases.firstIndex(of: self) ?? 0 }
    public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
  }
  /// What was found, with its numbers.
  public let fact: any FindingFact
  /// The last day to act, where there is one.
  public let by: CivilDate?
  /// Whether that day is the plan's own.
  public let isDue: Bool

  public init(_ fact: any FindingFact, by: CivilDate? = nil, isDue: Bool = false) {
    self.fact = fact
    self.by = by
    self.isDue = isDue
  }

  public var severity: Severity { fact.severity }
  /// A stable name, for gates and for counting: `"capacity-runs-out"`.
  public var code: String { fact.code }
  /// Whether the plan is not good as long as it holds: what a gate goes by.
  public var isGate: Bool { fact.isGate }
}

/// What one topic finds: an enum in the topic's folder, whose cases carry values with their types and no sentence.
///
/// `Reporting` words each such enum in a file of its own, so that a new finding is one case here and one sentence
/// there.
public protocol FindingFact: Sendable {
  /// A stable name, for gates and for counting.
  var code: String { get }
  /// How urgent it is, by its own numbers.
  var severity: Finding.Severity { get }
  /// Whether the plan is not good as long as it holds.
  var isGate: Bool { get }
  /// Whether it is of the capacity that serves, and not of training, drills or tests.
  var isOfCapacity: Bool { get }
}

extension FindingFact {
  public var isOfCapacity: Bool { false }
  public var isGate: Bool { severity == .act }
}

/// What was taken for want of knowledge: an enum in the topic's folder, which `Reporting` words.
public protocol AssumptionFact: Hashable, Sendable {}

extension Finding {
  /// By severity; those of one severity in the order in which they were found.
  static func mostUrgentFirst(_ findings: [Finding]) -> [Finding] {
    findings.enumerated().sorted { ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset) }.map {
      $0.element
    }
  }
}
