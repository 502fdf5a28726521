import Catalogs
import Quantities

/// One line of a bill: so many machine-hours at a price.
public struct CostLine: Hashable, Sendable {
  /// What is paid for, in the catalog's words: `g5.xlarge`.
  public var what: String
  public var region: String
  public var lifecycle: Lifecycle
  /// Machine-hours paid for, used or not.
  public var machineHours: Count
  /// The price of one of them, with its source.
  public var price: Price
  public var amount: Money { Money(rawValue: machineHours.rawValue * price.hourly.rawValue) }

  /// Dollars for one machine-hour, for documents that carry plain numbers.
  public var unitPrice: Double { price.hourly.dollarsPerHour }

  public init(what: String, region: String, lifecycle: Lifecycle, machineHours: Count, price: Price) {
    self.what = what
    self.region = region
    self.lifecycle = lifecycle
    self.machineHours = machineHours
    self.price = price
  }
}

/// What is paid by the hour whatever runs: a region's fixed cost, traffic between regions on average.
public struct HourlyCharge: Hashable, Sendable {
  public var what: String
  /// Empty for all regions.
  public var region: String
  public var hourly: HourlyPrice
  public init(what: String, region: String, hourly: HourlyPrice) {
    self.what = what
    self.region = region
    self.hourly = hourly
  }
}

/// A cost with all its parts: the total is their sum and nothing else.
public struct CostBreakdown: Hashable, Sendable {
  public var lines: [CostLine]
  /// The span of time that the bill is for.
  public var span: Duration
  /// Pools that the catalog has no price for: not in the total, so that a report must name them.
  public var unpriced: [Pool]
  /// What is paid by the hour beside machines, over the whole span.
  public var charges: [HourlyCharge]

  public init(lines: [CostLine] = [], span: Duration, unpriced: [Pool] = [], charges: [HourlyCharge] = []) {
    self.lines = lines
    self.span = span
    self.unpriced = unpriced
    self.charges = charges
  }

  public var total: Money { lines.reduce(.zero) { $0 + $1.amount } + chargeTotal }
  /// Whether every machine has a price.
  public var isComplete: Bool { unpriced.isEmpty }
  public var machineHours: Count { lines.reduce(.zero) { $0 + $1.machineHours } }
  /// The mean price of an hour of the whole fleet; zero over no time.
  public var perHour: HourlyPrice {
    span > .zero ? HourlyPrice(rawValue: total.rawValue / span.hours) : .zero
  }
  /// The mean cost of a month of 730 hours.
  public var perMonth: Money { perHour * .hours(CostBreakdown.hoursPerMonth) }
  /// The same bill for a month: every line's hours scaled to 730 of them.
  public var month: CostBreakdown { scaled(to: .hours(CostBreakdown.hoursPerMonth)) }
  /// The same bill for another span of time, every line's hours scaled to it.
  public func scaled(to other: Duration) -> CostBreakdown {
    guard span > .zero else { return self }
    let scale = other.hours / span.hours
    var bill = self
    bill.span = other
    for i in bill.lines.indices {
      bill.lines[i].machineHours = Count(rawValue: bill.lines[i].machineHours.rawValue * scale)
    }
    return bill
  }
  /// What was spent on machines that are paid for whether something runs on them or not.
  public var committed: Money { lines.reduce(.zero) { $1.lifecycle.isCommitted ? $0 + $1.amount : $0 } }

  /// A month as the clouds' price lists count it: 8,760 hours / 12.
  public static let hoursPerMonth = 730.0
  /// Replica-hours or machine-hours of a month in which so many ran on average: what stands for a cost where no price is
  /// known.
  public static func hoursInMonth(of mean: Double) -> Double { mean * hoursPerMonth }

  /// The amounts added up by a property of the lines, in the order in which its values first appear.
  public func total<Key: Hashable>(by key: (CostLine) -> Key) -> [(key: Key, amount: Money)] {
    var order: [Key] = []
    var sums: [Key: Money] = [:]
    for line in lines {
      let k = key(line)
      if sums[k] == nil { order.append(k) }
      sums[k, default: .zero] += line.amount
    }
    return order.map { ($0, sums[$0] ?? .zero) }
  }

  /// Two bills for the same span of time as one.
  public static func + (a: CostBreakdown, b: CostBreakdown) -> CostBreakdown {
    CostBreakdown(
      lines: a.lines + b.lines, span: max(a.span, b.span), unpriced: a.unpriced + b.unpriced,
      charges: a.charges + b.charges)
  }

  /// The same bill with what is paid beside the machines.
  public func adding(_ more: [HourlyCharge]) -> CostBreakdown {
    var bill = self
    bill.charges += more
    return bill
  }
}
