import Documents
import LoadTesting
import Quantities

/// What a service should have been through before its plan is believed, and which of it the recorded tests cover.
public struct LoadChecklist: Sendable, Equatable {
  public struct Item: Sendable, Equatable {
    /// A word that does not change: `"ramp"`.
    public var id: String
    public var title: String
    public var isCovered: Bool
    /// The test that covers it, or what is missing.
    public var evidence: String
    /// The command that would cover it; empty where it is covered.
    public var command: String
  }
  public var items: [Item]
  public var isComplete: Bool { items.allSatisfy(\.isCovered) }

  /// A recorded test, as far as the list looks at it.
  public struct Test: Sendable, Equatable {
    /// `"run 12 of 24 Nov 2026"`.
    public var name: String
    /// The word between the slashes of its schema: `"load"`, `"load-saturation"`, `"load-chaos"`.
    public var kind: String
    public var isValid: Bool
    public var covers: Set<String>
    public var expectations: [String]
    /// The highest rate asked for, a second.
    public var rate: Double

    /// Nil for what is no result of a load test.
    public init?(name: String, result: [UInt8]) {
      guard let node = try? JSON.parse(result, file: name), let test = RecordedLoadTest(node) else { return nil }
      self.name = name
      kind = test.document.rawValue
      isValid = test.isValid ?? true
      covers = test.covers
      expectations = test.expectations.compactMap(\.text) + (test.objective.map { [$0] } ?? [])
      rate = max(test.busiestSecond ?? 0, test.rate ?? 0)
    }
  }

  /// - Parameters:
  ///   - planFile: as the user named it, for the commands.
  ///   - store: the file that tests are kept in, for the commands.
  ///   - replicaPeak: what one replica is planned to carry.
  public init(
    plan: Plan, planFile: String, tests: [Test], store: String?, replicaPeak: RequestRate
  ) {
    let valid = tests.filter(\.isValid)
    let keep = " --store \(store ?? "runs.db") --name '\(plan.name)'"
    let objective = plan.service.objective
    let limit = objective.latency.first
    let expect = limit.map { "'\($0.name) < \(Self.span($0.limit))'" } ?? "'p99 < 200ms'"
    func item(_ id: String, _ title: String, _ test: Test?, missing: String, _ command: String) -> Item {
      Item(
        id: id, title: title, isCovered: test != nil, evidence: test?.name ?? missing,
        command: test == nil ? command : "")
    }
    let hasObjective = !objective.latency.isEmpty
    items = [
      Item(
        id: "objective", title: "the target and the objective are defined", isCovered: hasObjective,
        evidence: hasObjective
          ? objective.latency.map(\.description).joined(separator: ", ") : "the plan has no latency objective",
        command: hasObjective ? "" : "add to \(planFile): service: { objective: { p99: 200ms, availability: 99.9% } }"),
      item(
        "rate", "a test held the planned rate of a replica to the objective",
        valid.last { !$0.expectations.isEmpty && $0.rate >= replicaPeak.perSecond * 0.95 },
        missing: "no valid test with an --expect reached \(replicaPeak)",
        "headroom load URL --rate \(NumberFormat.fixed(replicaPeak.perSecond.rounded(.up), decimals: 0))/s --duration 2m "
          + "--arrivals poisson --expect \(expect)\(keep)"),
      item(
        "ramp", "the rate was raised step by step to where it breaks",
        valid.last { $0.covers.contains("ramp") || $0.kind == "load-saturation" || $0.kind == "load-ramp" },
        missing: "no ramp and no search for saturation",
        "headroom load saturation URL --expect \(expect)\(keep)"),
      item(
        "data", "requests were like production's", valid.last { $0.covers.contains("data") },
        missing: "no test with --data, --mix or a recording", "headroom load replay URL --log access.log\(keep)"),
      item(
        "cold", "cold caches and cold starts were included",
        valid.last { $0.kind == "load-cold" || $0.covers.contains("cold") },
        missing: "no test of a cold start", "headroom load cold URL\(keep)"),
      item(
        "failover", "a failure was rehearsed under load",
        valid.last { $0.kind == "load-chaos" || $0.covers.contains("failover") },
        missing: "no test with a failure in it",
        "headroom load chaos --to HOST:PORT --load URL --at '10s..15s half-open'\(keep)"),
    ]
  }

  /// A span as `--expect` reads it.
  private static func span(_ span: Duration) -> String {
    let milliseconds = span.seconds * 1e3
    return milliseconds < 10_000
      ? NumberFormat.significant(milliseconds, 6) + "ms" : NumberFormat.significant(span.seconds, 6) + "s"
  }
}
