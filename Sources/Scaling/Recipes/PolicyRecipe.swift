import Quantities

/// A policy as a plan file states it: read and checked, but not yet beside a service.
///
/// A recipe is what a person wrote; ``policy(in:)`` makes of it the stateful step that a world or a replay runs.
public protocol PolicyRecipe: Sendable {
  /// The key of the plan file: `"target"`.
  static var name: String { get }
  /// For a reader: `"target tracking at 70 %"`.
  var title: String { get }
  /// Bounds that the policy itself states; nil leaves them to the plan.
  var minimum: Int? { get }
  var maximum: Int? { get }
  /// The share of a replica that should be busy when the policy starts: how large the fleet is at first.
  var initialUtilization: Double { get }
  /// Whether the fleet is bought, not scaled: bounds do not hold it.
  var isFlat: Bool { get }
  /// What the policy must be able to measure; without it it never moves.
  var signals: Set<Signal> { get }
  func policy(in setting: PolicySetting) -> any ScalingPolicy
  /// What is known to go wrong with these settings on a service.
  func hazards(_ context: HazardContext) -> [Hazard]
  /// The numbers that a search for better settings may choose; none where there is nothing to choose.
  func tunables(in setting: PolicySetting) -> [TunableSetting]
  /// The recipe with values for ``tunables(in:)``, in their order.
  func tuned(_ values: [Double], in setting: PolicySetting) -> any PolicyRecipe
  /// The recipe with other bounds, where it states its own.
  func bounded(_ bounds: ClosedRange<Int>) -> any PolicyRecipe
}

extension PolicyRecipe {
  public var minimum: Int? { nil }
  public var maximum: Int? { nil }
  public var initialUtilization: Double { 0.7 }
  public var isFlat: Bool { false }
  public var signals: Set<Signal> { [] }
  public func hazards(_ context: HazardContext) -> [Hazard] { [] }
  public func tunables(in setting: PolicySetting) -> [TunableSetting] { [] }
  public func tuned(_ values: [Double], in setting: PolicySetting) -> any PolicyRecipe { self }
  public func bounded(_ bounds: ClosedRange<Int>) -> any PolicyRecipe { self }
  public var name: String { Self.name }
}

/// The service that a recipe meets.
public struct PolicySetting: Sendable {
  /// Bounds for the policies that state none themselves.
  public var minimum: Int
  public var maximum: Int
  /// Replicas of a flat fleet.
  public var replicas: Int
  /// What one replica serves.
  public var capacity: RequestRate
  /// From the decision until a new replica serves.
  public var startup: Duration
  /// The demand to come at a quantile, where it is known.
  public var forecast: @Sendable (Double) -> TimeSeries<RequestRate>?

  public init(
    minimum: Int, maximum: Int, replicas: Int, capacity: RequestRate, startup: Duration = .zero,
    forecast: @escaping @Sendable (Double) -> TimeSeries<RequestRate>? = { _ in nil }
  ) {
    self.minimum = minimum
    self.maximum = max(minimum, maximum)
    self.replicas = replicas
    self.capacity = capacity
    self.startup = startup
    self.forecast = forecast
  }
}
