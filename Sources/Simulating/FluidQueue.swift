import Quantities

/// Requests as a fluid that waits in the order of arrival. Exact within a tick, where demand and capacity are
/// constant: the queue is a broken line.
struct FluidQueue {
  /// What became of one tick.
  struct Tick {
    var served: Double
    var dropped: Double
    /// Requests waiting at the tick's start (after the limit was applied) and end.
    var before: Double
    var after: Double
    /// Request-seconds spent waiting.
    var waited: Double
  }

  private(set) var waiting = 0.0
  private let limitRequests: Double
  private let limitSeconds: Double
  private let replicaCapacity: Double
  /// In ticks; infinite without a deadline.
  private let deadline: Double

  init(_ spec: QueueSpec, replicaCapacity: Double, tick: Double) {
    self.replicaCapacity = replicaCapacity
    switch spec.limit {
    case .none: (limitRequests, limitSeconds) = (.infinity, .infinity)
    case .requests(let most): (limitRequests, limitSeconds) = (most >= 0 ? most : 0, .infinity)
    case .time(let most): (limitRequests, limitSeconds) = (.infinity, max(0, most.seconds))
    }
    deadline = spec.deadline.map { $0.seconds / tick } ?? .infinity
  }

  /// Serves a tick.
  ///
  /// - Parameter arrived: the sum of the rates of all ticks before each tick, and of all; for the deadline.
  @inline(__always)
  mutating func advance(
    demand: Double, capacity: Double, seconds dt: Double, tick index: Int, arrived: UnsafeBufferPointer<Double>
  ) -> Tick {
    if waiting == 0, demand <= capacity {
      return Tick(served: demand * dt, dropped: 0, before: 0, after: 0, waited: 0)
    }
    return queue(demand, capacity, dt, index, arrived)
  }

  @inline(never)
  private mutating func queue(
    _ demand: Double, _ capacity: Double, _ dt: Double, _ index: Int, _ arrived: UnsafeBufferPointer<Double>
  ) -> Tick {
    var tick = overloaded(demand, capacity, dt)
    if deadline < .infinity, tick.after > 0 { dropLate(&tick, dt, index, arrived) }
    waiting = tick.after
    return tick
  }

  private func overloaded(_ demand: Double, _ capacity: Double, _ dt: Double) -> Tick {
    let limit = min(
      limitRequests, limitSeconds == .infinity ? .infinity : limitSeconds * max(capacity, replicaCapacity))
    let before = min(waiting, limit)
    var tick = Tick(served: capacity * dt, dropped: waiting - before, before: before, after: before, waited: 0)
    let growth = demand - capacity
    if growth > 0 {
      let untilFull = (limit - before) / growth
      if untilFull >= dt {
        tick.after = before + growth * dt
        tick.waited = (before + tick.after) / 2 * dt
      } else {
        tick.after = limit
        tick.waited = (before + limit) / 2 * untilFull + limit * (dt - untilFull)
        tick.dropped += growth * (dt - untilFull)
      }
    } else {
      let untilEmpty = growth < 0 ? before / -growth : .infinity
      if untilEmpty >= dt {
        tick.after = before + growth * dt
        tick.waited = (before + tick.after) / 2 * dt
      } else {
        tick.after = 0
        tick.served = capacity * untilEmpty + demand * (dt - untilEmpty)
        tick.waited = before / 2 * untilEmpty
      }
    }
    return tick
  }

  /// What waits has arrived within the deadline: the oldest are served first, so at most the arrivals of that
  /// time can be waiting.
  private func dropLate(_ tick: inout Tick, _ dt: Double, _ index: Int, _ arrived: UnsafeBufferPointer<Double>) {
    let position = Double(index + 1) - deadline
    guard position > 0 else { return }
    let whole = Int(position)
    let low = arrived[whole]
    let high = arrived[min(whole + 1, index + 1)]
    let recent = (arrived[index + 1] - (low + (high - low) * (position - Double(whole)))) * dt
    if tick.after > recent {
      tick.dropped += tick.after - recent
      tick.waited = max(0, tick.waited - (tick.after - recent) / 2 * dt)
      tick.after = recent
    }
  }
}
