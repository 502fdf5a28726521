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
  /// All arrivals up to the end of each recent tick, in a ring whose size is a power of two.
  private var arrivals: [Double] = []
  private var arrived = 0.0
  private var index = 0

  init(_ spec: QueueSpec, replicaCapacity: Double, tick: Double) {
    self.replicaCapacity = replicaCapacity
    switch spec.limit {
    case .none: (limitRequests, limitSeconds) = (.infinity, .infinity)
    case .requests(let most): (limitRequests, limitSeconds) = (most >= 0 ? most : 0, .infinity)
    case .time(let most): (limitRequests, limitSeconds) = (.infinity, max(0, most.seconds))
    }
    // A day of ticks is kept at most: a longer deadline is none.
    let ticks = spec.deadline.map { $0.seconds / tick } ?? .infinity
    deadline = ticks <= 100_000 ? ticks : .infinity
    if deadline.isFinite {
      var size = 4
      while size < Int(deadline) + 3 { size *= 2 }
      arrivals = Array(repeating: 0, count: size)
    }
  }

  mutating func advance(demand: Double, capacity: Double, seconds dt: Double) -> Tick {
    var tick: Tick
    if waiting == 0, demand <= capacity {
      tick = Tick(served: demand * dt, dropped: 0, before: 0, after: 0, waited: 0)
    } else {
      tick = overloaded(demand, capacity, dt)
    }
    if !arrivals.isEmpty {
      dropLate(&tick, demand * dt, dt)
    }
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
  private mutating func dropLate(_ tick: inout Tick, _ arriving: Double, _ dt: Double) {
    arrived += arriving
    let mask = arrivals.count - 1
    arrivals[index & mask] = arrived
    index += 1
    guard tick.after > 0 else { return }
    let position = Double(index) - deadline
    let whole = position.rounded(.down)
    func total(_ ticks: Int) -> Double { ticks <= 0 ? 0 : arrivals[(ticks - 1) & mask] }
    let low = total(Int(whole))
    let high = position > whole ? total(Int(whole) + 1) : low
    let recent = arrived - (low + (high - low) * (position - whole))
    if tick.after > recent {
      tick.dropped += tick.after - recent
      tick.waited = max(0, tick.waited - (tick.after - recent) / 2 * dt)
      tick.after = recent
    }
  }
}
