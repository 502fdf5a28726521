import Glibc

/// The response time of a queue: nobody waits with probability `1 - waitProbability`, others wait an exponential
/// time, and then comes the service. Exact for M/M/c; elsewhere the service time has the right mean and variance.
struct ResponseTime {
  /// The share of requests that wait.
  let waitProbability: Double
  /// One over the mean wait of those that wait, per second.
  let waitRate: Double
  /// A constant part of the service time, seconds.
  let shift: Double
  /// The rest of the service time: exponential with the first rate, or with the second for the rest of requests.
  let firstShare: Double
  let rates: (Double, Double)
  let mean: Double

  /// - Parameter variability: the squared coefficient of variation of the service time. Below 1: a constant plus
  ///   an exponential; above 1: two exponentials with balanced means; both keep mean and variance.
  init(waitProbability: Double, waitRate: Double, serviceTime: Double, variability: Double) {
    self.waitProbability = waitProbability
    self.waitRate = waitRate
    mean = serviceTime + (waitProbability > 0 ? waitProbability / waitRate : 0)
    if variability <= 1 {
      // A deviation of a millionth stands for a constant, so that the rate stays finite.
      let deviation = max(variability, 1e-12).squareRoot()
      shift = serviceTime * (1 - deviation)
      firstShare = 1
      rates = (1 / (serviceTime * deviation), 1)
    } else {
      shift = 0
      firstShare = (1 + ((variability - 1) / (variability + 1)).squareRoot()) / 2
      rates = (2 * firstShare / serviceTime, 2 * (1 - firstShare) / serviceTime)
    }
  }

  /// The probability of more than `time` seconds.
  func tail(_ time: Double) -> Double {
    let x = time - shift
    guard x > 0 else { return 1 }
    var sum = part(rates.0, x)
    if firstShare < 1 { sum = firstShare * sum + (1 - firstShare) * part(rates.1, x) }
    return min(1, sum)
  }

  /// No wait: e^{-mx}. A wait of rate w: (w e^{-mx} - m e^{-wx}) / (w - m), written with the smaller rate first so
  /// that nothing cancels or overflows, also where both rates are equal.
  private func part(_ rate: Double, _ x: Double) -> Double {
    let served = exp(-rate * x)
    guard waitProbability > 0 else { return served }
    let low = min(rate, waitRate)
    let gap = (max(rate, waitRate) - low) * x
    let factor = gap > 1e-12 ? -expm1(-gap) / gap : 1
    return (1 - waitProbability) * served + waitProbability * exp(-low * x) * (1 + low * x * factor)
  }

  /// The time that a share `p` of requests stays within, to 1e-10 of itself: the tail's logarithm is close to a
  /// straight line, so the Illinois method takes a few steps.
  func quantile(_ p: Double) -> Double {
    let goal = log1p(-p)
    var low = shift
    var high = shift + max(1e-300, (mean - shift)) * -goal
    var atLow = -goal
    var atHigh = log(tail(high)) - goal
    while atHigh > 0 {
      low = high
      atLow = atHigh
      high = shift + (high - shift) * 2
      atHigh = log(tail(high)) - goal
    }
    var side = 0
    for _ in 0..<100 where high - low > 1e-10 * high {
      var middle = atHigh == -.infinity ? (low + high) / 2 : (low * atHigh - high * atLow) / (atHigh - atLow)
      if !(middle > low && middle < high) { middle = (low + high) / 2 }
      let at = log(tail(middle)) - goal
      if at == 0 { return middle }
      if at > 0 {
        low = middle
        atLow = at
        if side > 0 { atHigh /= 2 }
        side = 1
      } else {
        high = middle
        atHigh = at
        if side < 0 { atLow /= 2 }
        side = -1
      }
    }
    return (low + high) / 2
  }

  /// The probability of a wait of more than `time` seconds.
  func waitTail(_ time: Double) -> Double { time < 0 ? 1 : waitProbability * exp(-waitRate * time) }

  /// The wait that a share `p` of requests stays within, in seconds.
  func waitQuantile(_ p: Double) -> Double {
    guard p < 1 else { return .infinity }
    return waitProbability > 1 - p ? log(waitProbability / (1 - p)) / waitRate : 0
  }

  var waitLatency: Latency {
    Latency(
      mean: waitProbability / waitRate, p50: waitQuantile(0.5), p90: waitQuantile(0.9), p95: waitQuantile(0.95),
      p99: waitQuantile(0.99), p999: waitQuantile(0.999))
  }

  var latency: Latency {
    Latency(
      mean: mean, p50: quantile(0.5), p90: quantile(0.9), p95: quantile(0.95), p99: quantile(0.99),
      p999: quantile(0.999))
  }
}
