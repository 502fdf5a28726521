import Quantities

/// A demand cut into the ticks of a world: finite rates, none negative, no gaps.
public struct DemandTicks: Sendable {
  public let start: Timestamp
  public let tick: Duration
  /// Requests a second in each tick.
  public let rates: [Double]
  /// The sum of the rates before each tick, and of all: one number more than ticks.
  let sums: [Double]

  /// The most ticks of a run: 128 MB of rates, eight years of 15 s. A shorter tick is made longer to keep it.
  static let most = 16_777_216

  /// - Parameter tick: the longest tick wanted; rounded down so that a whole number of nanoseconds and of ticks
  ///   fits a step of the demand (to a nanosecond a tick, where the step has no such divisor).
  public init(
    _ demand: TimeSeries<RequestRate>, tick: Duration, _ interpolation: FluidWorld.Interpolation = .steps
  ) {
    start = demand.start
    let step = max(1, demand.step.nanoseconds)
    let wanted = min(max(1, tick.nanoseconds), step)
    let few = min((step - 1) / wanted + 1, Int64(max(1, Self.most / max(1, demand.count))))
    // Whole seconds have a divisor of the form 2^a 5^b within a quarter above any number.
    let parts = (few...(few + few / 4)).first { step % $0 == 0 } ?? few
    self.tick = .nanoseconds(step / parts)

    let clean = Self.cleaned(demand)
    guard parts > 1 else {
      rates = clean
      sums = Self.sums(of: clean)
      return
    }
    let n = Int(parts)
    var ticks = [Double](repeating: 0, count: clean.count * n)
    for i in clean.indices {
      let here = clean[i]
      let before = i > 0 ? clean[i - 1] : here
      let after = i + 1 < clean.count ? clean[i + 1] : here
      for k in 0..<n {
        // Where the tick's middle lies between the middle of the step (0) and those of its neighbours (-1, 1).
        let x = interpolation == .steps ? 0 : (Double(k) + 0.5) / Double(n) - 0.5
        ticks[i * n + k] = x < 0 ? here + (here - before) * x : here + (after - here) * x
      }
    }
    rates = ticks
    sums = Self.sums(of: ticks)
  }

  /// Ticks put together from the rates of others.
  ///
  /// - Parameter rates: requests a second in each tick: finite, none negative.
  init(start: Timestamp, tick: Duration, rates: [Double]) {
    self.start = start
    self.tick = tick
    self.rates = rates
    sums = Self.sums(of: rates)
  }

  private static func sums(of rates: [Double]) -> [Double] {
    var sum = 0.0
    var sums: [Double] = [0]
    sums.reserveCapacity(rates.count + 1)
    for rate in rates {
      sum += rate
      sums.append(sum)
    }
    return sums
  }

  private static func cleaned(_ demand: TimeSeries<RequestRate>) -> [Double] {
    var series = demand
    if demand.rawValues.contains(where: { !$0.isFinite }) {
      series = demand.with(rawValues: demand.rawValues.map { $0.isFinite ? max(0, $0) : .nan }).interpolated()
    }
    // No service meets 10^15 requests a second; more would only lose digits in the sums.
    return series.rawValues.map { min(max(0, $0), 1e15) }
  }
}
