import Quantities

/// What there is to say about what the fleet costs.
public enum CostFinding: FindingFact, Hashable {
  /// What a flat fleet for an ordinary week costs a month, and one that follows its hours.
  case autoscalingSaves(flat: Money, following: Money)
  /// A commitment that would pay.
  case commitmentSaves(CommitmentAdvice)

  public var code: String {
    switch self {
    case .autoscalingSaves: "autoscaling-saves"
    case .commitmentSaves: "commitment-saves"
    }
  }

  public var severity: Finding.Severity {
    switch self {
    case .autoscalingSaves: .change
    case .commitmentSaves: .note
    }
  }
}
