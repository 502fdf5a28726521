import Quantities

/// What there is to say about several services together.
public enum PortfolioFinding: FindingFact {
  /// The services ask for more machines of a type than its quota holds; a quota request takes so long.
  case quotaContended(Portfolio.MachineNeed, lead: Duration)

  public var code: String { "quota-contended" }
  public var severity: Finding.Severity { .act }
}
