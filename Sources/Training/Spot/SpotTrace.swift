import Documents
import Quantities

/// How many machines could be had at the spot price over time.
public struct SpotTrace: Sendable {
  public var step: Duration
  /// Machines available, a step each.
  public var counts: [Int]

  public init(step: Duration, counts: [Int]) {
    self.step = step
    self.counts = counts
  }

  /// Reads `{"metadata": {"gap_seconds": 600}, "data": [1, 0, ...]}`, the form of the public spot traces.
  /// - Throws: ``TrainingError`` where it is not of that form.
  public init(_ document: Node) throws(TrainingError) {
    guard let gap = document["metadata"]?["gap_seconds"]?.number, gap > 0, gap.isFinite,
      let values = document["data"]?.numbers, values.count >= 2, values.allSatisfy({ $0.isFinite && $0 >= 0 })
    else {
      throw TrainingError(
        .invalidValue, "the spot trace has no steps",
        remedy: #"write {"metadata": {"gap_seconds": 600}, "data": [1, 0, ...]}"#)
    }
    self.init(step: .seconds(gap), counts: values.map { Int(min($0, 1e6)) })
  }

  /// Whether so many machines are there, a step each.
  public func availability(of machines: Int) -> [Bool] { counts.map { $0 >= machines } }
}

/// Spot capacity that comes and goes at random: exponential spells of being there and of not.
public struct SpotModel: Hashable, Sendable {
  public var meanUp: Duration
  public var meanDown: Duration

  public init(meanUp: Duration, meanDown: Duration) {
    self.meanUp = max(meanUp, .seconds(60))
    self.meanDown = max(meanDown, .seconds(60))
  }

  /// What a stretch of availability shows, with a prior of one spell of 4 hours each, which an empty history leaves.
  public init(availability: some Sequence<Bool>, step: Duration) {
    var (up, down, losses, gains) = (0.0, 0.0, 0.0, 0.0)
    var last: Bool?
    for isUp in availability {
      if isUp { up += 1 } else { down += 1 }
      if let last, last != isUp { if isUp { gains += 1 } else { losses += 1 } }
      last = isUp
    }
    let hours = step.hours
    self.init(
      meanUp: .hours((up * hours + 4) / (losses + 1)), meanDown: .hours((down * hours + 4) / (gains + 1)))
  }

  /// The share of the time that it is there.
  public var share: Double { meanUp.seconds / (meanUp.seconds + meanDown.seconds) }

  /// A trace drawn from the model.
  public func sample(step: Duration, steps: Int, seed: UInt64, item: UInt64 = 0) -> SpotTrace {
    var random = RandomStream(seed: seed, item: item)
    var isUp = random.uniform() < share
    var left = random.exponential(mean: (isUp ? meanUp : meanDown).seconds)
    var counts: [Int] = []
    counts.reserveCapacity(steps)
    for _ in 0..<max(0, steps) {
      counts.append(isUp ? 1_000_000 : 0)
      left -= step.seconds
      while left <= 0 {
        isUp.toggle()
        left += random.exponential(mean: (isUp ? meanUp : meanDown).seconds)
      }
    }
    return SpotTrace(step: step, counts: counts)
  }
}
