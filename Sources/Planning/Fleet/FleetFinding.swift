import Catalogs

/// What there is to say about the machines and their prices.
public enum FleetFinding: FindingFact, Hashable {
  /// The plan names no machine.
  case noMachine
  /// A machine type has no price for the way in which it is held.
  case noPrice(machine: String, Lifecycle)

  public var code: String {
    switch self {
    case .noMachine: "no-machine"
    case .noPrice: "no-price"
    }
  }

  public var severity: Finding.Severity { .change }
}

/// What was taken about the fleet for want of knowledge.
public enum FleetAssumption: AssumptionFact {
  /// So many regions, of which the plan lists none, are equally large.
  case equalRegions(Int)
}
