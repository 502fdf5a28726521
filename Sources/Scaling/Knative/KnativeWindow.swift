import Glibc

/// An average over the last seconds, in buckets of one second, as Knative's aggregation package computes it.
///
/// The running total is kept, not summed anew, so that rounding is the same. Two averages exist: linear, over the
/// buckets since the first sample, cut to six decimals; and exponentially weighted, where the newest second weighs
/// most and the weights of one window sum to 0.9999.
struct KnativeWindow: Sendable {
  private var buckets: [Double]
  private var total = 0.0
  /// Whole seconds; nil before the first sample.
  private var first: Int64?
  private var last: Int64?
  private let isWeighted: Bool
  private let smoothing: Double

  init(seconds: Int, aggregation: KnativeSpec.Aggregation) {
    let count = max(1, seconds)
    buckets = Array(repeating: 0, count: count)
    isWeighted = aggregation == .weightedExponential
    // The floor of 0.2 keeps the newest second's weight up in long windows.
    smoothing = max(1 - pow(1 - 0.9999, 1 / Double(count)), 0.2)
  }

  private func slot(_ second: Int64) -> Int {
    let n = Int64(buckets.count)
    return Int(((second % n) + n) % n)
  }

  mutating func record(_ value: Double, at now: Int64) {
    let second = now / 1_000_000_000
    let size = Int64(buckets.count)
    if let last {
      if second < last {
        // A late sample still counts where its bucket is in the window.
        guard second > last - size else { return }
        if let f = first, second < f { first = second }
      } else if second - last >= size {
        // A whole window of silence: the average starts afresh.
        first = second
        for i in buckets.indices { buckets[i] = 0 }
        total = 0
        self.last = second
      } else if second > last {
        for s in (last + 1)...second {
          total -= buckets[slot(s)]
          buckets[slot(s)] = 0
        }
        self.last = second
      }
    } else {
      first = second
      last = second
    }
    buckets[slot(second)] += value
    total += value
  }

  func average(at now: Int64) -> Double {
    guard let first, let last else { return 0 }
    let second = now / 1_000_000_000
    return isWeighted ? weighted(at: second, last: last) : linear(at: second, first: first, last: last)
  }

  private func linear(at second: Int64, first: Int64, last: Int64) -> Double {
    let count = buckets.count
    let silence = Int(second - last)
    guard silence < count else { return 0 }
    var sum = total
    var valid = count
    if silence > 0 {
      // Buckets that have left the window are taken off; the silent seconds are not counted as zeros.
      for s in (last + 1)...second { sum -= buckets[slot(s)] }
      valid = count - silence
    }
    let average = sum / Double(min(Int(last - first) + 1, valid))
    return floor(average * 1e6) / 1e6
  }

  private func weighted(at second: Int64, last: Int64) -> Double {
    let count = buckets.count
    let silence = max(0, Int(second - last))
    guard silence <= count else { return 0 }
    var weight = smoothing
    if silence > 0 { weight *= pow(1 - smoothing, Double(silence)) }
    var sum = 0.0
    for i in 0..<(count - silence) {
      sum += buckets[slot(last - Int64(i))] * weight
      weight *= 1 - smoothing
    }
    return sum
  }
}
