import Quantities

/// One line of a placement: so many machines of a type in a region.
public struct RegionUse: Hashable, Sendable {
  public var region: String
  public var machine: String
  public var count: Int
  public var quota: Int
  /// Requests a second that they serve at their target utilization.
  public var rate: Double
  /// What they cost an hour, without the region's fixed cost.
  public var cost: HourlyPrice

  public static func lines(_ placement: Placement, _ problem: RegionProblem) -> [RegionUse] {
    problem.regions.indices.flatMap { r in
      zip(problem.offers, placement.counts).filter { $0.0.region == r && $0.1 > 0 }.map { offer, n in
        RegionUse(
          region: problem.regions[r].id, machine: offer.machine, count: n, quota: offer.quota,
          rate: offer.rate.rawValue * Double(n), cost: offer.price * Double(n))
      }
    }
  }
}
