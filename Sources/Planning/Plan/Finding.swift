import Quantities

/// Something that the reader of a plan must know, with what to do about it.
public struct Finding: Hashable, Sendable {
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
  public var severity: Severity
  /// A stable name, for gates and for counting: `"capacity-runs-out"`.
  public var code: String
  /// One sentence: what is so, or what to do.
  public var what: String
  /// Why, with the numbers.
  public var because: String
  /// The next step. Never empty for `act` and `change`.
  public var remedy: String
  /// The last day to act, where there is one.
  public var by: CivilDate?

  public init(
    _ severity: Severity, _ code: String, _ what: String, because: String, remedy: String = "", by: CivilDate? = nil
  ) {
    precondition(severity > .change || !remedy.isEmpty, "a finding that asks for action names the remedy")
    self.severity = severity
    self.code = code
    self.what = what
    self.because = because
    self.remedy = remedy
    self.by = by
  }
}

extension Finding {
  /// By severity; those of one severity in the order in which they were found.
  static func mostUrgentFirst(_ findings: [Finding]) -> [Finding] {
    findings.enumerated().sorted { ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset) }.map {
      $0.element
    }
  }
}

/// Whether an objective is met, and by how much.
public struct Verdict: Hashable, Sendable {
  /// `"availability"`, `"p99"`, `"capacity"`.
  public var objective: String
  /// What was asked, as people write it: `"99.9 %"`, `"200 ms"`.
  public var asked: String
  /// What came out, as people write it.
  public var got: String
  public var met: Bool
  /// How far on the good side, as a share of what was asked; negative where missed.
  public var margin: Double
  /// What limits it: `"startup time"`, `"maximum replicas"`, `"forecast error"`.
  public var binding: String

  public init(objective: String, asked: String, got: String, met: Bool, margin: Double, binding: String) {
    self.objective = objective
    self.asked = asked
    self.got = got
    self.met = met
    self.margin = margin
    self.binding = binding
  }
}
