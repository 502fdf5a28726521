import Catalogs
import Quantities

extension HourlyPrice {
  /// Hours at a price. Not public: whoever wants a cost asks for that of a ``FleetUse`` or a fleet, so that there is one
  /// way from machines to money.
  static func * (price: Self, time: Duration) -> Money { Money(rawValue: price.rawValue * time.hours) }
}

extension FleetUse {
  /// What the use costs: a line for each pool, machine-hours at the pool's price. Pools without a known price are listed
  /// as unpriced.
  public var cost: CostBreakdown {
    var bill = CostBreakdown(span: span)
    for use in pools where use.machineHours > 0 {
      guard let price = use.pool.price else {
        bill.unpriced.append(use.pool)
        continue
      }
      bill.lines.append(
        CostLine(
          what: use.pool.machine.name, region: use.pool.region.isEmpty ? price.region : use.pool.region,
          lifecycle: use.pool.lifecycle, machineHours: Count(rawValue: use.machineHours), price: price))
    }
    return bill
  }
}

extension Fleet {
  /// What the fleet costs when it stands unchanged over a span of time.
  public func cost(over span: Duration) -> CostBreakdown { use(over: span).cost }

  /// What the unchanged fleet costs in a month of 730 hours.
  public var costPerMonth: CostBreakdown { cost(over: .hours(CostBreakdown.hoursPerMonth)) }

  /// Whether every pool that may cost something has a price.
  public var isPriced: Bool {
    !pools.isEmpty
      && pools.allSatisfy { $0.price != nil && ($0.price?.hourly ?? .zero) > .zero || $0.lifecycle == .standbyCold }
  }
}

extension BlockMarket {
  /// A day of one unit: in a block, and left to chance (had on demand, or missed).
  var dayPrices: (block: Double, chance: Double) {
    let day = Duration.hours(24)
    let p = obtainable.rawValue
    return (
      (block.hourly * day).rawValue, p * (onDemand * day).rawValue + (1 - p) * (shortage * day).rawValue
    )
  }
}

extension CapacityBlock {
  /// What some units cost for a block's whole length, paid when it is bought.
  public func prepaid(units: Int, days: Int) -> Money { hourly * .hours(24 * Double(days)) * Double(units) }
}

extension CostBreakdown {
  /// What the charges come to over the span.
  public var chargeTotal: Money { charges.reduce(.zero) { $0 + amount(of: $1) } }
  public func amount(of charge: HourlyCharge) -> Money { charge.hourly * span }
}
