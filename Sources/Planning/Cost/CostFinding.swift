import Quantities

/// What there is to say about what the fleet costs.
public enum CostFinding: FindingFact, Hashable {
  /// What a flat fleet for an ordinary week costs a month, and one that follows its hours.
  case autoscalingSaves(flat: Money, following: Money)
  /// A commitment that would pay.
  case commitmentSaves(CommitmentAdvice)
  /// What the last whole month of the bill came to, beside what the plan expects of a month.
  case spent(FOCUSBill.Month, planned: Money)

  public var code: String {
    switch self {
    case .autoscalingSaves: "autoscaling-saves"
    case .commitmentSaves: "commitment-saves"
    case .spent: "spent-against-plan"
    }
  }

  public var severity: Finding.Severity {
    switch self {
    case .autoscalingSaves: .change
    case .commitmentSaves: .note
    // A fifth apart is more than a month's own ups and downs.
    case .spent(let month, let planned):
      planned > .zero && abs(month.effective / planned - 1) > 0.2 ? .change : .note
    }
  }
}
