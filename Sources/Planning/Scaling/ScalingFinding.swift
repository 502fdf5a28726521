import Quantities
import Scaling

/// What there is to say about the policy's settings and bounds.
public enum ScalingFinding: FindingFact, Hashable {
  /// The upper bound is below the replicas that the plan asks for.
  case maximumTooLow(MaximumTooLow)
  /// What is known to go wrong with the policy's settings, as the policy says it.
  case hazard(Hazard)

  /// An upper bound below the need, in replicas and in what they carry.
  public struct MaximumTooLow: Hashable, Sendable {
    public var maximum: Int
    public var replicas: Int
    /// What the maximum carries.
    public var carried: RequestRate
    /// What the plan provisions, for the expected peak.
    public var provisioned: RequestRate
    public var peak: RequestRate
    /// Whether the policy's own manifest states the bound.
    public var isOfPolicy: Bool

    /// - Parameters:
    ///   - maximum: replicas, which carry `carried`.
    ///   - replicas: what the plan asks for, which carry `provisioned`.
    public init(
      maximum: Int, replicas: Int, carried: RequestRate, provisioned: RequestRate, peak: RequestRate, isOfPolicy: Bool
    ) {
      self.maximum = maximum
      self.replicas = replicas
      self.carried = carried
      self.provisioned = provisioned
      self.peak = peak
      self.isOfPolicy = isOfPolicy
    }
  }

  public var isOfCapacity: Bool { true }

  public var code: String {
    switch self {
    case .maximumTooLow: "maximum-too-low"
    case .hazard(let hazard): "hazard-\(hazard.name)"
    }
  }

  public var severity: Finding.Severity {
    switch self {
    case .maximumTooLow(let bound): bound.carried < bound.peak ? .act : .change
    case .hazard(let hazard): hazard.severity == .warning ? .change : .note
    }
  }
}
