import Quantities

/// A rule that looks at a fleet and says how many replicas there should be.
///
/// A policy is a pure step: its state is its own stored properties, time and measurements come in with the
/// observation, and every decision says why. The same policy runs in the fluid world, in a replay of recorded
/// metrics, and in tests that are tables.
public protocol ScalingPolicy: Sendable {
  /// How often the policy looks, as its real controller does (15 s for a HorizontalPodAutoscaler).
  var period: Duration { get }
  /// The signals that it looks at: a world need not measure the others. All of them where a policy does not say.
  var reads: SignalSet { get }
  /// Looks once.
  mutating func step(_ observation: Observation) -> Decision
  /// Where the policy would keep the replicas and nothing that it remembers would change but the time of its last
  /// look: a world may leave out such looks, and says so afterwards. Nil where the policy cannot tell. It may be
  /// narrower than the truth, never wider.
  // Mutating, though it changes nothing: a loop would otherwise copy a large policy for the call.
  mutating func stillness(at time: Timestamp, _ replicas: ReplicaCount) -> Stillness?
  /// That looks were left out within ``stillness(at:_:)``, the last of them at a time: what it remembers is then as
  /// after those looks.
  mutating func stoodStill(until time: Timestamp, _ replicas: ReplicaCount)
  /// Looks once at a reading of its one signal, where that keeps the replicas: then true, and all is as after a step.
  /// False where it moves them or is not sure, and then nothing has changed. Cheaper than a step, no reason is made.
  mutating func keeps(at time: Timestamp, _ replicas: ReplicaCount, reading: Double) -> Bool
}

extension ScalingPolicy {
  @inlinable public mutating func keeps(at time: Timestamp, _ replicas: ReplicaCount, reading: Double) -> Bool { false }
  public var reads: SignalSet { .all }
  public func stillness(at time: Timestamp, _ replicas: ReplicaCount) -> Stillness? { nil }
  public mutating func stoodStill(until time: Timestamp, _ replicas: ReplicaCount) {}
}

/// Readings of a policy's one signal that change nothing while the replicas stay as they are.
@frozen public struct Stillness: Hashable, Sendable {
  /// In the signal's unit; both ends belong to it.
  public var lowest: Double
  public var highest: Double
  /// Nanoseconds since 1970: looks before this time are meant.
  public var until: Int64
  /// Whether it still holds after a look outside it that kept the replicas.
  public var isLasting: Bool

  @inlinable public init(_ lowest: Double, _ highest: Double, until: Int64 = .max, isLasting: Bool = false) {
    self.lowest = lowest
    self.highest = highest
    self.until = until
    self.isLasting = isLasting
  }
}

/// How many replicas there should be, and why.
@frozen public struct Decision: Hashable, Sendable {
  public var desired: Int
  public var because: Reason
  @inlinable public init(desired: Int, because: Reason) {
    self.desired = desired
    self.because = because
  }
}

/// Why a policy decided as it did: a rule with the numbers that it compared. Cheap to make on every step; the
/// sentence is put together only where somebody reads it.
@frozen public struct Reason: Hashable, Sendable, CustomStringConvertible {
  /// The rule's stable name, for JSON and for counting: `"scale-up"`, `"within-tolerance"`, `"stabilized-down"`.
  public var rule: Rule
  /// What was measured, in the rule's unit; NaN where the rule measured nothing.
  public var measured: Double
  /// What it was compared with.
  public var limit: Double
  /// Replicas asked for before limits and windows had their say.
  public var proposed: Int

  @inlinable public init(_ rule: Rule, measured: Double = .nan, limit: Double = .nan, proposed: Int = -1) {
    self.rule = rule
    self.measured = measured
    self.limit = limit
    self.proposed = proposed
  }

  public var description: String { rule.sentence(self) }
}
