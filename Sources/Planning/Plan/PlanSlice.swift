import Catalogs
import Documents

/// One topic of a plan, in one folder: its keys in the file, what they say, what they mean beside the catalogs, and what the
/// planner answers about it. A new topic is a folder and a line in ``PlanSlices``.
protocol PlanSlice {
  /// What the user wrote: every value read and checked on its own, names not yet resolved.
  associatedtype Spec: Sendable
  /// The same, every name resolved and every value checked against the others.
  associatedtype Settings: Sendable
  /// What came of it.
  associatedtype Answer: Sendable

  /// Its keys at the top of a plan.
  static func fields(_ format: PlanFormat) -> [Field]
  /// Reads its keys. Whatever is wrong is told; none of it stops the reading.
  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> Spec
  /// Resolves names; nil where something is wrong, which is then told.
  static func resolve(_ resolver: inout PlanResolver) -> Settings?
  /// Answers, with the answers of the slices before it, and keeps the derivations.
  static func answer(_ draft: inout PlanDraft) -> Answer
  /// What the reader must know and do, once all slices have answered: findings, verdicts and assumptions.
  static func judge(_ draft: inout PlanDraft)
}

/// What a slice without keys of its own has read and resolved: nothing.
struct NoKeys: Sendable {}

extension PlanSlice where Spec == NoKeys, Settings == NoKeys {
  static func fields(_ format: PlanFormat) -> [Field] { [] }
  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> NoKeys { NoKeys() }
  static func resolve(_ resolver: inout PlanResolver) -> NoKeys? { NoKeys() }
}

extension PlanSlice {
  static func judge(_ draft: inout PlanDraft) {}
}

/// The topics of a plan, in the order in which they are resolved and answered: each sees those before it.
enum PlanSlices {
  static var all: [any PlanSlice.Type] {
    [
      // Traffic, events, horizon: how much will be asked.
      DemandSlice.self,
      // What replicas make of it.
      ServiceSlice.self,
      // What runs where, at which price, within which quotas; what may fail.
      FleetSlice.self,
      // Spare capacity over the expected peak.
      HeadroomSlice.self,
      // Which region holds how much.
      PlacementSlice.self,
      // How many of what.
      SizingSlice.self,
      // Who changes the number of replicas.
      ScalingSlice.self,
      // Headroom against cost and risk.
      RiskSlice.self,
      // The policy in its world.
      SimulationSlice.self,
      // What it costs.
      CostSlice.self,
      // Runs that learn on what the service leaves.
      TrainingSlice.self,
      // What to commit to.
      CommitmentSlice.self,
      // How the loss of a region is survived.
      RecoverySlice.self,
    ]
  }
}

/// Values of slices by their type: what makes a new slice a folder and one line instead of a field in three structs.
struct SliceValues: Sendable {
  private var values: [ObjectIdentifier: any Sendable] = [:]

  func value<Value: Sendable>(of slice: any PlanSlice.Type, as type: Value.Type = Value.self) -> Value {
    guard let value = values[ObjectIdentifier(slice)] as? Value else {
      preconditionFailure("\(slice) is asked for before its turn in PlanSlices.all")
    }
    return value
  }
  func has(_ slice: any PlanSlice.Type) -> Bool { values[ObjectIdentifier(slice)] != nil }
  mutating func set(_ value: some Sendable, of slice: any PlanSlice.Type) { values[ObjectIdentifier(slice)] = value }
}
