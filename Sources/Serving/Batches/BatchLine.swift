import Glibc
import Quantities

/// One replica that works in batches, with Poisson arrivals: simulated batch by batch.
struct BatchLine: Sendable {
  let rules: BatchRules
  /// Seconds of a batch, by its size from 1 up to the maximum.
  let seconds: [Double]

  /// Requests a second at saturation: the best that full or smaller batches give, on all instances.
  var capacity: Double {
    let best = seconds.enumerated().map { Double($0.offset + 1) / $0.element }.max() ?? 0
    // A batch is never smaller than what waits, up to the maximum: at saturation all are full.
    let full = Double(rules.maximum) / (seconds.last ?? .infinity)
    return min(best, full) * Double(rules.instances)
  }

  /// The steady state at a utilization: requests until the mean response time is known to about 1 %, at most a million.
  func state(at utilization: Double) -> SimulatedStates.State {
    let rate = max(utilization, 1e-6) * capacity
    let count = Int(min(1_000_000, 40_000 / max(0.04, 1 - utilization)))
    return run(rate: rate, customers: count, seed: 1)
  }

  /// - Precondition: a rate above 0 and below the capacity.
  func run(rate: Double, customers: Int, seed: UInt64) -> SimulatedStates.State {
    var random = RandomStream(seed: seed, item: 0xBA7C)
    let warmUp = customers / 10
    var responses = Histogram(cells: 512)
    var waits = Histogram(cells: 512)
    // Arrivals that have not been served: a queue of times whose head moves on.
    var line: [Double] = []
    var head = 0
    var nextArrival = random.exponential(mean: 1 / rate)
    var free = Array(repeating: 0.0, count: rules.instances)
    var served = 0
    let delay = rules.delay.seconds
    line.reserveCapacity(4096)
    while served < customers + warmUp {
      let instance = free.indices.min { free[$0] < free[$1] } ?? 0
      var now = free[instance]
      func comeIn(until time: Double) {
        while nextArrival <= time {
          line.append(nextArrival)
          nextArrival += random.exponential(mean: 1 / rate)
        }
      }
      comeIn(until: now)
      if head == line.count {
        now = nextArrival
        comeIn(until: now)
      }
      // As the rules have it: full at once; else a preferred size; else when the oldest has waited.
      var size = min(line.count - head, rules.maximum)
      if delay > 0 {
        while line.count - head < rules.maximum {
          if let preferred = rules.preferred.last(where: { $0 <= line.count - head }) {
            size = preferred
            break
          }
          let due = line[head] + delay
          if now >= due {
            size = line.count - head
            break
          }
          now = min(due, nextArrival)
          comeIn(until: now)
          size = min(line.count - head, rules.maximum)
        }
      }
      let end = now + seconds[size - 1]
      free[instance] = end
      for i in head..<(head + size) {
        served += 1
        if served > warmUp {
          responses.record(end - line[i])
          waits.record(now - line[i])
        }
      }
      head += size
      if head > 65_536 {
        line.removeFirst(head)
        head = 0
      }
    }
    let mean = responses.mean ?? 0
    return SimulatedStates.State(
      mean: mean, quantiles: SimulatedStates.ranks.map { responses.quantile($0) ?? 0 }, waitMean: waits.mean ?? 0,
      waitQuantiles: SimulatedStates.ranks.map { waits.quantile($0) ?? 0 }, concurrency: rate * mean)
  }
}
