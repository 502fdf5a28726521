import Documents
import Placing
import Planning
import Quantities

/// What a placement must order ahead, or does not count on.
public struct PlacementOrder: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// So many machines, on this day at the latest; a block's days and what is paid for it.
    case order(count: Int, by: CivilDate, blockDays: Int?, prepaid: Money?)
    /// A quota that is not capacity.
    case scarce(Obtainable)
    /// A block that does not fit.
    case unsuitable
  }
  public var machine: String
  public var region: String
  public var kind: Kind

  /// What a placement means for whoever must buy it.
  ///
  /// - Parameter stated: the problem as it was stated, offers in the order of the placement's counts.
  public static func all(
    _ placement: Placement, stated: RegionProblem, _ procurement: Procurement, today: CivilDate
  ) -> [PlacementOrder] {
    stated.offers.enumerated().compactMap { i, offer in
      let region = stated.regions[offer.region].id
      let count = placement.counts.isEmpty ? 0 : placement.counts[i] - offer.held
      switch procurement.standing(of: offer) {
      case .sure: return nil
      case .order(let day, let length):
        guard count > 0 else { return nil }
        return PlacementOrder(
          machine: offer.machine, region: region,
          kind: .order(
            count: count, by: today + Int(day.rounded(.down)), blockDays: length,
            prepaid: length.flatMap { days in offer.block?.prepaid(units: count, days: days) }))
      case .scarce:
        return offer.obtainable.map { PlacementOrder(machine: offer.machine, region: region, kind: .scarce($0)) }
      case .unsuitable: return PlacementOrder(machine: offer.machine, region: region, kind: .unsuitable)
      }
    }
  }

  var sentence: String {
    switch kind {
    case .order(let count, let by, let days, let prepaid):
      "Order \(count) \(machine) in \(region) by \(by)\(days.map { ", a capacity block of \($0) days" } ?? "")\(prepaid.map { " for \($0), prepaid" } ?? "")."
    case .scarce(let doubt):
      "Not counted on: \(machine) in \(region), which can be had in \(NumberFormat.share(doubt.probability)) of cases\(doubt.leadDays.isFinite ? ", else after \(NumberFormat.significant(doubt.leadDays, 3)) days" : "")."
    case .unsuitable:
      "Not counted on: the capacity block of \(machine) in \(region): too short for what is needed, or too late."
    }
  }

  func write(to json: inout JSONWriter) {
    json.entry("machine", machine)
    json.entry("region", region)
    switch kind {
    case .order(let count, let by, let days, let prepaid):
      json.entry("kind", "order")
      json.entry("count", count)
      json.entry("order_by", by)
      json.entry("block_days", days)
      json.entry("prepaid", prepaid)
    case .scarce(let doubt):
      json.entry("kind", "not-counted-on")
      json.entry("probability", doubt.probability)
      json.entry("lead_days", doubt.leadDays.isFinite ? doubt.leadDays : nil)
    case .unsuitable: json.entry("kind", "block-unsuitable")
    }
  }
}
