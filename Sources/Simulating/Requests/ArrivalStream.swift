import Glibc
import Quantities
import Traffic

/// The arrivals of a demand, one after the other, in seconds since its start.
struct ArrivalStream {
  private let rates: [Double]
  private let tick: Double
  private let process: ArrivalProcess
  private var random: RandomStream
  private var index = 0
  private var now = 0.0
  /// Of a modulated process: the factor on the rate, and until when it holds.
  private var factor = 1.0
  private var isBusy = false
  private var stateEnd = Double.infinity

  init(_ demand: DemandTicks, _ process: ArrivalProcess, seed: UInt64) {
    rates = demand.rates
    tick = demand.tick.seconds
    self.process = process
    random = RandomStream(seed: seed, item: 0xA221)
    if case .modulated(let states) = process {
      isBusy = random.uniform() < states.busyShare
      enter(states)
    }
  }

  private mutating func enter(_ states: ModulatedPoisson) {
    let leaving = states.switching * (isBusy ? 1 - states.busyShare : states.busyShare)
    factor = isBusy ? states.factors.busy : states.factors.quiet
    stateEnd = now + random.exponential(mean: 1 / leaving)
  }

  /// The next arrival; nil at the end of the demand. Gaps are drawn at rate 1 and stretched by the rate's integral.
  mutating func next() -> Double? {
    var left: Double
    switch process {
    case .fluid: left = 1
    case .poisson, .modulated: left = random.exponential(mean: 1)
    case .gamma(let variation):
      let square = max(variation * variation, 1e-12)
      left = random.gamma(shape: 1 / square, scale: square)
    }
    while index < rates.count {
      let rate = rates[index] * factor
      let tickEnd = Double(index + 1) * tick
      let end = min(tickEnd, stateEnd)
      if rate * (end - now) >= left {
        now += left / rate
        return now
      }
      left -= rate * max(0, end - now)
      now = end
      if stateEnd <= tickEnd, case .modulated(let states) = process {
        isBusy.toggle()
        enter(states)
      } else {
        index += 1
      }
    }
    return nil
  }
}
