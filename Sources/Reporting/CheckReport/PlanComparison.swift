import Documents
import Quantities

/// What changed from one answer of a plan to another, by their documents (`headroom/plan/1` or `headroom/plans/1`).
public struct PlanComparison: Sendable {
  /// One figure that changed.
  public struct Change: Hashable, Sendable {
    public enum Direction: String, Hashable, Sendable {
      case worse, better
      /// Neither by itself.
      case other
    }
    /// The service; empty in a plan of one.
    public var service: String
    public var what: String
    public var before: String
    public var after: String
    /// As a share of what was before, where both are numbers.
    public var share: Double?
    public var direction: Direction
    /// Whether it is the month's cost.
    public var isCost = false
  }

  /// In the order of services and of figures.
  public let changes: [Change]
  /// What was missed or asked for action before: codes and objectives, by service.
  private let known: Set<String>

  /// A change below a thousandth is none: a forecast moves by as much from one day to the next.
  static let least = 0.001

  public init(before: Node, after: Node) {
    let old = Self.services(before)
    let new = Self.services(after)
    var changes: [Change] = []
    var known: Set<String> = []
    for (name, node) in new {
      guard
        let past = old.first(where: { $0.name == name })?.node ?? (old.count == 1 && new.count == 1 ? old[0].node : nil)
      else {
        changes.append(Change(service: name, what: "service", before: "-", after: "new", direction: .other))
        continue
      }
      let currency = node["currency"]?.text.flatMap { Currency($0) } ?? .dollars
      changes += currency.shown { Self.changes(name, past, node) }
      for code in Self.problems(past) { known.insert("\(name)\n\(code)") }
    }
    for (name, _) in old where new.count > 1 && !new.contains(where: { $0.name == name }) {
      changes.append(Change(service: name, what: "service", before: "there", after: "gone", direction: .other))
    }
    self.changes = changes
    self.known = known
  }

  /// Whether a document can be compared.
  public static func isPlan(_ node: Node) -> Bool {
    ["headroom/plan/1", "headroom/plans/1"].contains(node["schema"]?.text ?? "")
  }

  /// Whether a finding's code, or an objective in words, was a problem before as well.
  public func wasThere(_ code: String, service: String) -> Bool { known.contains("\(service)\n\(code)") }

  private static func services(_ node: Node) -> [(name: String, node: Node)] {
    if let services = node["services"]?.entries { return services.map { ($0.key, $0.value) } }
    return [("", node)]
  }

  private static func problems(_ node: Node) -> [String] {
    let findings = (node["findings"]?.elements ?? []).filter { ["act", "change"].contains($0["severity"]?.text ?? "") }
    let verdicts = (node["verdicts"]?.elements ?? []).filter { $0["met"]?.bool == false }
    return findings.compactMap { $0["code"]?.text } + verdicts.compactMap { $0["objective"]?.text }
  }

  // MARK: Figures

  private enum Unit {
    case money, rate, share, count
    func text(_ value: Double) -> String {
      switch self {
      case .money: "\(Money.dollars(value))"
      case .rate: "\(RequestRate.perSecond(value))"
      case .share: Wording.percent(value)
      case .count: NumberFormat.grouped(value)
      }
    }
  }

  private struct Figure {
    var path: [String]
    var title: String
    var unit: Unit
    /// What more of it is.
    var more: Change.Direction
    var isCost = false
  }

  private static let figures: [Figure] = [
    Figure(path: ["demand", "peak", "mid"], title: "expected peak", unit: .rate, more: .other),
    Figure(path: ["headroom", "fraction"], title: "headroom over the peak", unit: .share, more: .other),
    Figure(path: ["sizing", "provisioned"], title: "provisioned", unit: .rate, more: .other),
    Figure(path: ["sizing", "capacity_per_replica"], title: "a replica carries", unit: .rate, more: .better),
    Figure(path: ["sizing", "replicas"], title: "replicas", unit: .count, more: .other),
    Figure(path: ["sizing", "machines"], title: "machines", unit: .count, more: .other),
    Figure(path: ["cost", "flat_per_month"], title: "flat fleet, a month", unit: .money, more: .worse),
    Figure(path: ["cost", "following_per_month"], title: "fleet that follows, a month", unit: .money, more: .worse),
    Figure(
      path: ["cost", "simulated_per_month"], title: "under its policy, a month", unit: .money, more: .worse,
      isCost: true),
  ]

  /// Names of what is run and of what computed it.
  private static let names: [(path: [String], title: String)] = [
    (["sizing", "machine"], "machine"), (["sizing", "service_model"], "service"), (["headroom", "origin"], "headroom"),
    (["demand", "forecast", "forecaster"], "forecaster"), (["provenance", "version"], "headroom's version"),
  ]

  private static func value(_ node: Node, _ path: [String]) -> Node? {
    path.reduce(node) { $0?[$1] }.flatMap { $0.isNull ? nil : $0 }
  }

  private static func changes(_ service: String, _ past: Node, _ node: Node) -> [Change] {
    var changes: [Change] = []
    for figure in figures {
      let (before, after) = (value(past, figure.path)?.number, value(node, figure.path)?.number)
      guard let before, let after else { continue }
      let change = before == 0 ? (after == 0 ? 0 : Double.infinity) : after / before - 1
      guard abs(change) >= least else { continue }
      let opposite: Change.Direction = figure.more == .worse ? .better : figure.more == .better ? .worse : .other
      changes.append(
        Change(
          service: service, what: figure.title, before: figure.unit.text(before), after: figure.unit.text(after),
          share: change.isFinite ? change : nil, direction: after > before ? figure.more : opposite,
          isCost: figure.isCost))
    }
    for (path, title) in names {
      let (before, after) = (value(past, path)?.text ?? "-", value(node, path)?.text ?? "-")
      if before != after {
        changes.append(Change(service: service, what: title, before: before, after: after, direction: .other))
      }
    }
    let policy = { (node: Node) in node["simulations"]?.elements?.first?["title"]?.text ?? "-" }
    if policy(past) != policy(node) {
      changes.append(
        Change(service: service, what: "policy", before: policy(past), after: policy(node), direction: .other))
    }
    return changes + runway(service, past, node) + judgement(service, past, node)
  }

  /// Dates are told by their text, which sorts as they do.
  private static func runway(_ service: String, _ past: Node, _ node: Node) -> [Change] {
    let (before, after) = (value(past, ["runway", "expected"])?.text, value(node, ["runway", "expected"])?.text)
    guard before != after else { return [] }
    let never = "9999"
    return [
      Change(
        service: service, what: "runs out", before: before ?? "not within the horizon",
        after: after ?? "not within the horizon", direction: (after ?? never) < (before ?? never) ? .worse : .better)
    ]
  }

  private static func judgement(_ service: String, _ past: Node, _ node: Node) -> [Change] {
    var changes: [Change] = []
    let old = past["verdicts"]?.elements ?? []
    for verdict in node["verdicts"]?.elements ?? [] {
      guard let objective = verdict["objective"]?.text, let met = verdict["met"]?.bool,
        let same = old.first(where: { $0["objective"]?.text == objective }), let was = same["met"]?.bool, was != met
      else { continue }
      changes.append(
        Change(
          service: service, what: objective, before: was ? "met" : "missed (\(same["got"]?.text ?? ""))",
          after: met ? "met" : "missed (\(verdict["got"]?.text ?? ""))", direction: met ? .better : .worse))
    }
    func codes(_ node: Node) -> [String] {
      (node["findings"]?.elements ?? []).filter { ["act", "change"].contains($0["severity"]?.text ?? "") }.compactMap {
        $0["code"]?.text
      }
    }
    let (before, after) = (Set(codes(past)), Set(codes(node)))
    for code in after.subtracting(before).sorted() {
      changes.append(Change(service: service, what: code, before: "-", after: "found", direction: .worse))
    }
    for code in before.subtracting(after).sorted() {
      changes.append(Change(service: service, what: code, before: "found", after: "-", direction: .better))
    }
    return changes
  }
}
