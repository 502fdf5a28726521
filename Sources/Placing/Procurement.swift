import Costs
import Quantities

/// How surely machines can be had: a quota is a permission, not capacity.
public struct Obtainable: Hashable, Sendable {
  /// The probability that they are there when they are asked for.
  public var probability: Double
  /// Days until they come where they are not; infinity where nobody can say.
  public var leadDays: Double
  public init(probability: Double, leadDays: Double = .infinity) {
    precondition(
      (0...1).contains(probability) && leadDays >= 0, "a probability lies between 0 and 1, a lead is not negative")
    self.probability = probability
    self.leadDays = leadDays
  }
}

/// When capacity must stand, for how long, and how sure of it one must be.
public struct Procurement: Hashable, Sendable {
  /// Days from now until it must stand.
  public var neededInDays: Double
  /// How long it is needed; nil for good.
  public var forDays: Double?
  /// The least probability with which an offer counts without being ordered ahead.
  public var assurance: Double
  public init(neededInDays: Double = 0, forDays: Double? = nil, assurance: Double = 0.95) {
    self.neededInDays = max(0, neededInDays)
    self.forDays = forDays
    self.assurance = min(1, max(0, assurance))
  }

  /// What an offer is to somebody who needs it then.
  public enum Standing: Hashable, Sendable {
    /// There when it is asked for, surely enough.
    case sure
    /// Surely there if it is ordered so many days from now at the latest; a block with the days that are paid for.
    case order(byDay: Double, blockDays: Int?)
    /// Not to be counted on: too improbable, and its lead is longer than there is time.
    case scarce
    /// A block that is shorter than what is needed, or would be needed before it can begin.
    case unsuitable
  }

  public func standing(of offer: RegionProblem.Offer) -> Standing {
    if let block = offer.block {
      guard let days = forDays, let length = block.length(covering: days), block.leadDays <= neededInDays else {
        return .unsuitable
      }
      return .order(byDay: neededInDays - block.leadDays, blockDays: length)
    }
    guard let doubt = offer.obtainable, doubt.probability < assurance else { return .sure }
    return doubt.leadDays <= neededInDays ? .order(byDay: neededInDays - doubt.leadDays, blockDays: nil) : .scarce
  }
}

extension RegionProblem {
  /// The same with what can be counted on alone: offers that are too uncertain, or come too late, hold nothing beyond what
  /// stands already; a block costs what its whole length costs over the days that it is needed.
  public func assured(_ procurement: Procurement) -> RegionProblem {
    var problem = self
    for i in offers.indices {
      switch procurement.standing(of: offers[i]) {
      case .sure: break
      case .order(_, let length):
        guard let length, let days = procurement.forDays, days > 0 else { continue }
        problem.offers[i].price = offers[i].price * (Double(length) / days)
      case .scarce, .unsuitable: problem.offers[i].quota = offers[i].held
      }
    }
    return problem
  }
}
