import Documents
import Planning
import Quantities
import Reporting

/// Something about a service that somebody must know: what `headroom check` fails for, with its reason and its remedy.
public struct Alert: Hashable, Sendable {
  public var service: String
  /// A finding's code, or `objective-missed`.
  public var code: String
  public var severity: String
  public var what: String
  public var because: String
  public var remedy: String
  /// The last day to act.
  public var by: CivilDate?
  /// Tells one thing from another, however its numbers move from day to day.
  public var key: String

  public init(
    service: String, code: String, severity: String, what: String, because: String, remedy: String,
    by: CivilDate? = nil,
    key: String
  ) {
    self.service = service
    self.code = code
    self.severity = severity
    self.what = what
    self.because = because
    self.remedy = remedy
    self.by = by
    self.key = key
  }

  /// What there is to say about all services of a board.
  static func all(of board: Board) -> [Alert] {
    let found = board.services.flatMap { entry in entry.shown { all(of: entry) } }
    return found
      + board.faults.map {
        Alert(
          service: $0.name, code: "not-answered", severity: "act", what: "The plan of \($0.name) cannot be answered.",
          because: $0.problem, remedy: "Mend the plan or its source.", key: "\($0.name) not-answered")
      }
  }

  private static func all(of entry: ServiceEntry) -> [Alert] {
    var alerts: [Alert] = []
    var counts: [String: Int] = [:]
    func key(_ code: String) -> String {
      // Of several findings of one kind the first, the second and so on are each one thing.
      counts[code, default: 0] += 1
      let number = counts[code] ?? 1
      return "\(entry.name) \(code)\(number > 1 ? " \(number)" : "")"
    }
    for finding in entry.outcome.findings where finding.isGate {
      let words = finding.words
      alerts.append(
        Alert(
          service: entry.name, code: finding.code, severity: finding.severity.rawValue, what: words.what,
          because: words.because, remedy: words.remedy, by: finding.by, key: key(finding.code)))
    }
    for verdict in entry.outcome.verdicts where !verdict.met {
      let words = verdict.words
      alerts.append(
        Alert(
          service: entry.name, code: "objective-missed", severity: "act",
          what:
            "\(words.objective.prefix(1).uppercased())\(words.objective.dropFirst()): \(words.got) of \(words.asked).",
          because: "Limited by \(words.binding).",
          remedy: "Ask 'headroom plan' what would hold it.", key: key("objective-missed \(words.objective)")))
    }
    return alerts
  }
}

/// Which alerts stand, and what is new: the same thing is never told twice, also not by another process that reads what this
/// one kept.
public struct AlertBook: Sendable {
  /// An alert that stands.
  public struct Standing: Hashable, Sendable {
    public var alert: Alert
    public var since: Timestamp
  }
  /// What changed since the last look.
  public struct Change: Hashable, Sendable {
    public enum Kind: String, Sendable { case raised, resolved }
    public var kind: Kind
    public var alert: Alert
    public var at: Timestamp
  }
  public private(set) var standing: [String: Standing] = [:]

  public init() {}

  /// Puts what was kept of earlier looks back, the earliest first.
  public mutating func replay(_ changes: [Change]) {
    for change in changes {
      standing[change.alert.key] = change.kind == .raised ? Standing(alert: change.alert, since: change.at) : nil
    }
  }

  /// Looks at what is so now.
  /// - Returns: what is new, and what is over; an alert that grew graver is new.
  public mutating func look(at alerts: [Alert], now: Timestamp) -> [Change] {
    var changes: [Change] = []
    let current = Dictionary(alerts.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    for key in standing.keys.sorted() where current[key] == nil {
      if let over = standing[key] { changes.append(Change(kind: .resolved, alert: over.alert, at: now)) }
      standing[key] = nil
    }
    for alert in alerts where current[alert.key] == alert {
      if let known = standing[alert.key] {
        standing[alert.key]?.alert = alert
        guard known.alert.severity != "act", alert.severity == "act" else { continue }
      }
      if changes.contains(where: { $0.alert.key == alert.key && $0.kind == .raised }) { continue }
      standing[alert.key] = Standing(alert: alert, since: standing[alert.key]?.since ?? now)
      changes.append(Change(kind: .raised, alert: alert, at: now))
    }
    return changes
  }
}
