import Glibc
import Quantities

/// Faults of a cluster's machines as they are: some machines fail far more often than others, and most repairs are short
/// while a few take weeks.
public struct FaultModel: Hashable, Sendable {
  /// Faults a machine and day, the average machine's.
  public var ratePerNodeDay: Double
  /// Shape of the gamma distribution of machines' own rates: small where a few machines cause most. Infinite: all alike.
  public var evenness: Double
  /// Repairs, lognormal.
  public var medianRepair: Duration
  /// Deviation of the logarithm of repairs.
  public var repairSpread: Double
  /// Variance over mean of the number of machines down at a time, 1 where faults are independent.
  public var dispersion: Double

  public init(
    ratePerNodeDay: Double, evenness: Double = .infinity, medianRepair: Duration, repairSpread: Double = 0,
    dispersion: Double = 1
  ) {
    self.ratePerNodeDay = max(0, ratePerNodeDay)
    self.evenness = evenness > 0 ? evenness : .infinity
    self.medianRepair = medianRepair
    self.repairSpread = max(0, repairSpread)
    self.dispersion = max(1, dispersion)
  }

  /// What a trace shows: the rate, the spread of machines' counts beyond chance (gamma-Poisson, by moments), and repairs by
  /// their median and 90 % quantile.
  ///
  /// - Throws: ``TrainingError`` where there are fewer than 5 faults with an end.
  public init(_ trace: FaultTrace) throws(TrainingError) {
    let repairs = trace.repairHours.sorted()
    guard repairs.count >= 5, let median = Statistics.quantile(sorted: repairs, 0.5),
      let high = Statistics.quantile(sorted: repairs, 0.9)
    else {
      throw TrainingError(
        .invalidValue, "the fault trace has \(repairs.count) repaired faults", remedy: "give one of 5 or more")
    }
    var counts = Array(repeating: 0.0, count: trace.nodes)
    for fault in trace.faults where fault.node < trace.nodes { counts[fault.node] += 1 }
    let mean = Statistics.mean(counts) ?? 0
    let excess = (Statistics.variance(counts) ?? 0) - mean
    var down: [Double] = []
    let steps = 1000
    for step in 0..<steps {
      let day = (Double(step) + 0.5) / Double(steps) * trace.days
      down.append(Double(trace.faults.count { $0.start <= day && day < $0.end }))
    }
    let downMean = Statistics.mean(down) ?? 0
    self.init(
      ratePerNodeDay: trace.ratePerNodeDay, evenness: excess > 0 ? mean * mean / excess : .infinity,
      medianRepair: .hours(max(median, 1e-3)),
      repairSpread: high > median && median > 0 ? log(high / median) / 1.281_551_565_545 : 0,
      dispersion: downMean > 0 ? (Statistics.variance(down) ?? 0) / downMean : 1)
  }

  /// The mean repair: median x e^(spread^2 / 2).
  public var meanRepair: Duration { .seconds(medianRepair.seconds * exp(repairSpread * repairSpread / 2)) }

  /// The 90 % quantile of repairs.
  public var longRepair: Duration { .seconds(medianRepair.seconds * exp(1.281_551_565_545 * repairSpread)) }

  /// The mean time between failures of a job on so many machines.
  public func mtbf(nodes: Int) -> Duration {
    let perDay = ratePerNodeDay * Double(max(1, nodes))
    return perDay > 0 ? .days(1 / perDay) : .days(36_500)
  }

  /// Machines of so many that are down at a time, on average.
  public func down(of nodes: Int) -> Double {
    let busy = ratePerNodeDay * meanRepair.days
    return Double(nodes) * busy / (1 + busy)
  }

  /// The chance that at most `spares` of `nodes + spares` machines are down: negative binomial of the mean and dispersion
  /// that the trace shows (Poisson where machines fail independently).
  public func availability(nodes: Int, spares: Int) -> Double {
    let mean = down(of: nodes + spares)
    guard mean > 0 else { return 1 }
    var sum = 0.0
    if dispersion <= 1.001 {
      for k in 0...spares { sum += exp(Double(k) * log(mean) - mean - lgamma(Double(k) + 1)) }
    } else {
      let p = 1 / dispersion
      let r = mean * p / (1 - p)
      for k in 0...spares {
        let x = Double(k)
        sum += exp(lgamma(x + r) - lgamma(r) - lgamma(x + 1) + r * log(p) + x * log1p(-p))
      }
    }
    return min(1, sum)
  }

  /// The fewest spare machines with which a job of so many machines can run for such a share of the time.
  public func spares(nodes: Int, for share: Double = 0.95) -> Int {
    var spares = 0
    while spares < max(10, nodes), availability(nodes: nodes, spares: spares) < share { spares += 1 }
    return spares
  }

  /// Where the time of a job goes: the closed form for its failures, and waiting while too many machines are down.
  public func goodput(_ job: JobInterruptions, nodes: Int, spares: Int) -> Goodput {
    var job = job
    job.mtbf = mtbf(nodes: nodes)
    let running = Goodput(of: job)
    let available = availability(nodes: nodes, spares: spares)
    var lost = running.lost.mapValues { $0 * available }
    lost[.waiting] = 1 - available
    return Goodput(useful: running.useful * available, lost: lost)
  }

  /// A trace drawn from the model.
  public func sample(nodes: Int, days: Double, seed: UInt64) -> FaultTrace {
    var faults: [Fault] = []
    for node in 0..<max(1, nodes) {
      var random = RandomStream(seed: seed, item: UInt64(node))
      let rate =
        evenness.isFinite ? random.gamma(shape: evenness, scale: ratePerNodeDay / evenness) : ratePerNodeDay
      guard rate > 1e-9 else { continue }
      var day = random.exponential(mean: 1 / rate)
      while day < days {
        let repair = random.lognormal(median: medianRepair.days, shape: repairSpread)
        faults.append(Fault(node: node, start: day, end: day + repair))
        day += repair + random.exponential(mean: 1 / rate)
      }
    }
    return FaultTrace(faults, nodes: nodes, days: days)
  }
}
