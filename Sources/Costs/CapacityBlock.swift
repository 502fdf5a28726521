import Quantities

/// Capacity that is bought ahead for a fixed span, prepaid and not to be cancelled: capacity blocks, future reservations.
///
/// Lengths and lead as Amazon sells EC2 Capacity Blocks for ML (EC2 user guide, "Capacity Blocks for ML": 1 to 14 days by
/// the day, up to 182 days by the week, starting up to 8 weeks ahead); another seller's are other numbers.
public struct CapacityBlock: Hashable, Sendable {
  /// What an hour of one unit costs; the whole block is paid when it is bought.
  public var hourly: HourlyPrice
  /// Days between the order and the first day, at the least, and how far ahead it can be ordered.
  public var leadDays: Double
  public var aheadDays: Double
  public var shortest: Int
  public var longest: Int

  /// - Precondition: at least a day, in order.
  public init(
    hourly: HourlyPrice, leadDays: Double = 0, aheadDays: Double = 56, shortest: Int = 1, longest: Int = 182
  ) {
    precondition(shortest >= 1 && longest >= shortest, "a block lasts a day at the least")
    precondition(leadDays >= 0 && aheadDays >= leadDays, "a block is ordered ahead")
    self.hourly = hourly
    self.leadDays = leadDays
    self.aheadDays = aheadDays
    self.shortest = shortest
    self.longest = longest
  }

  /// The shortest block that covers so many days: by the day up to a fortnight, by the week above. Nil where none is long
  /// enough.
  public func length(covering days: Double) -> Int? {
    guard days.isFinite, days <= Double(longest) else { return nil }
    let whole = max(shortest, Int(max(0, days).rounded(.up)))
    let sold = whole <= 14 ? whole : (whole + 6) / 7 * 7
    return sold <= longest ? sold : whole <= longest ? longest : nil
  }

  /// The lengths that are sold, up to so many days.
  public func lengths(upTo days: Int) -> [Int] {
    guard days >= shortest else { return [shortest] }
    return (shortest...max(shortest, min(longest, days + 6))).filter { $0 <= 14 || $0 % 7 == 0 || $0 == longest }
  }
}

/// What a day without a block costs where the machines may not be there.
public struct BlockMarket: Hashable, Sendable {
  public var block: CapacityBlock
  public var onDemand: HourlyPrice
  /// How probable it is that a unit can be had on demand on the day.
  public var obtainable: Fraction
  /// What an hour without a unit that is needed costs.
  public var shortage: HourlyPrice

  public init(block: CapacityBlock, onDemand: HourlyPrice, obtainable: Fraction, shortage: HourlyPrice) {
    precondition((0...1).contains(obtainable.rawValue), "a probability lies between 0 and 1")
    self.block = block
    self.onDemand = onDemand
    self.obtainable = obtainable
    self.shortage = shortage
  }

  /// So many units for so many days from a day on.
  public struct Purchase: Hashable, Sendable {
    public var units: Int
    public var firstDay: Int
    public var days: Int
    /// The last day on which it can be ordered; below 0 it is too late.
    public var orderBy: Int
  }
  public struct Choice: Hashable, Sendable {
    public var purchases: [Purchase]
    /// Expected, over all days: blocks, what is had on demand, and what is missing.
    public var cost: Money
    /// The same without any block.
    public var costWithout: Money
    /// What is paid when the blocks are bought.
    public var prepaid: Money
    /// Units and days of demand that stay to chance.
    public var exposedUnitDays: Int
  }

  /// The blocks of least expected cost for a demand by day: exact.
  ///
  /// Each unit stands alone: the x-th unit is needed on the days with demand of x or more, and blocks are of one unit. For
  /// each, the days are gone through once (Bellman): a day is left to chance, or a block of some length begins.
  /// - Complexity: O(peak x days x lengths); equal units are solved once.
  public func optimum(demand: [Int]) -> Choice {
    let days = demand.count
    var choice = Choice(purchases: [], cost: .zero, costWithout: .zero, prepaid: .zero, exposedUnitDays: 0)
    let levels = Array(Set(demand.filter { $0 > 0 })).sorted()
    let lengths = block.lengths(upTo: days)
    let firstDay = max(0, Int(block.leadDays.rounded(.up)))
    let paid = dayPrices
    var below = 0
    for level in levels {
      // Units above the level before up to this one are needed on the same days.
      let units = level - below
      below = level
      let needed = demand.map { $0 >= level }
      var best = [Double](repeating: 0, count: days + 1)
      var taken = [Int](repeating: 0, count: days)
      for day in stride(from: days - 1, through: 0, by: -1) {
        best[day] = (needed[day] ? paid.chance : 0) + best[day + 1]
        // What begins before the lead is over, or further ahead than is sold, cannot be ordered now; the latter later.
        guard day >= firstDay else { continue }
        for length in lengths {
          let cost = paid.block * Double(length) + best[min(days, day + length)]
          // Of blocks that cost the same the longest: fewer orders.
          if cost < best[day] - 1e-9 || (taken[day] > 0 && cost <= best[day] + 1e-9) {
            best[day] = cost
            taken[day] = length
          }
        }
      }
      choice.cost += Money(rawValue: best[0] * Double(units))
      choice.costWithout += Money(rawValue: paid.chance * Double(units * needed.count { $0 }))
      var day = 0
      while day < days {
        let length = taken[day]
        if length == 0 {
          if needed[day] { choice.exposedUnitDays += units }
          day += 1
          continue
        }
        let order = day - firstDay
        if let same = choice.purchases.firstIndex(where: { $0.firstDay == day && $0.days == length }) {
          choice.purchases[same].units += units
        } else {
          choice.purchases.append(Purchase(units: units, firstDay: day, days: length, orderBy: order))
        }
        choice.prepaid += Money(rawValue: paid.block * Double(length * units))
        day += length
      }
    }
    choice.purchases.sort { ($0.firstDay, $0.days) < ($1.firstDay, $1.days) }
    return choice
  }
}
