/// One region's first-come-first-served queue in the fluid picture: cohorts of requests by their time and attempt.
///
/// A client gives up on an attempt after its timeout; the request stays in the queue and is served all the same, unless the
/// server knows better. That work serves nobody: it is what keeps a retry storm alive.
struct RegionQueue {
  let attempts: Int
  private(set) var waiting = 0.0
  private var times: [Double] = []
  private var counts: [Double] = []
  private var head = 0
  /// Cohorts before it have been given up.
  private var abandoned = 0

  init(attempts: Int) { self.attempts = attempts }

  var isEmpty: Bool { waiting <= 1e-9 }

  /// A step of the queue.
  ///
  /// - Parameters:
  ///   - arrivals: requests that arrive during the step, by attempt.
  ///   - served: how many it can serve in the step.
  ///   - limit: the most that may wait.
  ///   - failed: by attempt, added to: refused, or given up.
  /// - Returns: requests that are answered in time.
  mutating func step(
    from time: Double, lasting step: Double, arrivals: UnsafeBufferPointer<Double>, serving served: Double,
    limit: Double,
    timeout: Double, servesAbandoned: Bool, failed: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    var total = 0.0
    for k in 0..<attempts { total += arrivals[k] }
    var good = 0.0
    var budget = served
    // Those that wait already come first.
    while budget > 0, head < times.count {
      var cohort = 0.0
      for k in 0..<attempts { cohort += counts[head * attempts + k] }
      if cohort <= 1e-12 {
        head += 1
        continue
      }
      let part = min(1, budget / cohort)
      if head >= abandoned { good += cohort * part }
      for k in 0..<attempts { counts[head * attempts + k] *= 1 - part }
      waiting -= cohort * part
      // What serves a part is used up: a difference could leave a hair that no cohort ever takes.
      budget = part >= 1 ? budget - cohort : 0
      if part >= 1 { head += 1 }
    }
    if waiting < 1e-9 { clear() }
    let direct = min(total, budget)
    good += direct
    let rest = total - direct
    let accepted = min(rest, max(0, limit - waiting))
    let refused = rest - accepted
    if rest > 1e-12 {
      times.append(time + step / 2)
      for k in 0..<attempts {
        counts.append(total > 0 ? arrivals[k] * accepted / total : 0)
        failed[k] += total > 0 ? arrivals[k] * refused / total : 0
      }
      waiting += accepted
    }
    // Clients whose patience ends.
    let end = time + step
    while abandoned < times.count, times[abandoned] + timeout <= end {
      if abandoned >= head {
        for k in 0..<attempts {
          let n = counts[abandoned * attempts + k]
          failed[k] += n
          if !servesAbandoned {
            counts[abandoned * attempts + k] = 0
            waiting -= n
          }
        }
      }
      abandoned += 1
    }
    compact()
    return good
  }

  private mutating func clear() {
    waiting = 0
    times.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
    head = 0
    abandoned = 0
  }

  private mutating func compact() {
    guard head > 4096, head * 2 > times.count else { return }
    times.removeFirst(head)
    counts.removeFirst(head * attempts)
    abandoned = max(0, abandoned - head)
    head = 0
  }
}
