import Catalogs
import Quantities

/// Which machines of a timeline are held how: committed ones first, then spot, the rest on demand.
public struct LifecycleMix: Hashable, Sendable {
  /// Machines committed for three years: paid at every hour, used first.
  public var reservedThreeYears: Int
  /// Machines committed for one year: paid at every hour, used after those for three.
  public var reservedOneYear: Int
  /// The largest share of the need, at each step, that may run on spot machines (whole machines, rounded down).
  public var spotShare: Fraction
  /// The share of a spot machine's time lost to interruptions: it takes 1 / (1 - overhead) spot hours for one
  /// hour of work.
  public var spotOverhead: Fraction

  /// - Precondition: counts are not negative, shares lie in [0, 1], the overhead below 1.
  public init(
    reservedThreeYears: Int = 0, reservedOneYear: Int = 0, spotShare: Fraction = .zero, spotOverhead: Fraction = .zero
  ) {
    precondition(reservedThreeYears >= 0 && reservedOneYear >= 0, "a commitment cannot be negative")
    precondition((0...1).contains(spotShare.rawValue), "a share of spot machines lies between 0 and 1")
    precondition((0..<1).contains(spotOverhead.rawValue), "spot machines must do some work")
    self.reservedThreeYears = reservedThreeYears
    self.reservedOneYear = reservedOneYear
    self.spotShare = spotShare
    self.spotOverhead = spotOverhead
  }
  /// Everything on demand.
  public static let onDemand = LifecycleMix()
}

extension MachineTimeline {
  /// What the timeline costs on one machine type.
  ///
  /// - Parameters:
  ///   - machine: The machine type.
  ///   - region: Where it runs; nil takes the catalog's first price.
  ///   - mix: What is committed and what may be spot.
  /// - Returns: A line for each lifecycle that is used. A lifecycle without a known price is listed as unpriced.
  public func cost(on machine: Machine, in region: String? = nil, mix: LifecycleMix = .onDemand) -> CostBreakdown {
    let committed = mix.reservedThreeYears + mix.reservedOneYear
    var spot = 0.0
    var onDemand = 0.0
    for need in machines {
      let rest = max(0, need - committed)
      let onSpot = min(rest, Int((Double(need) * mix.spotShare.rawValue).rounded(.down)))
      spot += Double(onSpot)
      onDemand += Double(rest - onSpot)
    }
    let hours = step.hours
    let paid = Double(machines.count) * hours
    let parts: [(Lifecycle, Double, Int)] = [
      (.reservedThreeYears, Double(mix.reservedThreeYears) * paid, mix.reservedThreeYears),
      (.reservedOneYear, Double(mix.reservedOneYear) * paid, mix.reservedOneYear),
      (.spot, spot * hours / (1 - mix.spotOverhead.rawValue), peak),
      (.onDemand, onDemand * hours, peak),
    ]
    var bill = CostBreakdown(span: span)
    for (lifecycle, machineHours, count) in parts where machineHours > 0 {
      if let price = machine.price(lifecycle, in: region) {
        bill.lines.append(
          CostLine(
            what: machine.name, region: region ?? price.region, lifecycle: lifecycle,
            machineHours: Count(rawValue: machineHours), price: price))
      } else {
        bill.unpriced.append(Pool(region: region ?? "", machine: machine, lifecycle: lifecycle, count: count))
      }
    }
    return bill
  }
}
