import Catalogs
import Costs
import Quantities

/// A line of the plan's bill over one calendar month, or the part of it within the horizon.
public struct ForecastCharge: Hashable, Sendable {
  /// The month and the one behind it, by their first days; from when to when the charge is.
  public var month: CivilDate
  public var nextMonth: CivilDate
  public var from: CivilDate
  public var to: CivilDate
  /// What is paid for: a machine type, or a region's fixed cost.
  public var what: String
  public var description: String
  /// Empty for all regions.
  public var region: String
  /// FOCUS' pricing category: Standard, Committed or Dynamic (spot).
  public var pricing: String
  public var amount: Money
  /// Nil for what is no machine.
  public var machineHours: Double?
  /// Dollars for one of those hours.
  public var unitPrice: Double?
}

extension PlanOutcome {
  /// The plan's bill, month by month over its horizon: of the fleet that follows the ordinary week, or of the flat one.
  public func forecastCharges(following isFollowing: Bool, from today: CivilDate) -> [ForecastCharge] {
    let bill = isFollowing ? cost.followingBill : cost.bill
    let end = today + max(1, Int(plan.horizon.days.rounded()))
    var charges: [ForecastCharge] = []
    var day = today
    while day < end, charges.count < 100_000 {
      let isLast = day.month == 12
      let next =
        CivilDate(year: isLast ? day.year + 1 : day.year, month: isLast ? 1 : day.month + 1, day: 1) ?? day + 30
      let last = min(end, next)
      let part = bill.scaled(to: .hours(24 * Double(last - day)))
      let month = CivilDate(year: day.year, month: day.month, day: 1) ?? day
      for line in part.lines {
        let isAnywhere = line.region == Price.anyRegion
        charges.append(
          ForecastCharge(
            month: month, nextMonth: next, from: day, to: last, what: line.what,
            description: "\(line.what), \(line.lifecycle)", region: isAnywhere ? "" : line.region,
            pricing: line.lifecycle.isCommitted ? "Committed" : line.lifecycle == .spot ? "Dynamic" : "Standard",
            amount: line.amount, machineHours: line.machineHours.rawValue, unitPrice: line.unitPrice))
      }
      for charge in part.charges {
        charges.append(
          ForecastCharge(
            month: month, nextMonth: next, from: day, to: last, what: charge.what, description: charge.what,
            region: charge.region, pricing: "Standard", amount: part.amount(of: charge)))
      }
      day = last
    }
    return charges
  }
}
