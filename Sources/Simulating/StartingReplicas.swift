import Quantities
import Serving

/// Replicas on their way, in cohorts that started together. Work is done when a cohort is ready, not every tick.
struct StartingReplicas {
  struct Cohort {
    var count: Int
    /// When each stage ends, in seconds since the start of the run.
    var nodeEnd: Double
    var imageEnd: Double
    var loadEnd: Double
    var readyAt: Double
  }

  /// Oldest first.
  private(set) var cohorts: [Cohort] = []
  private(set) var count = 0
  /// When the next cohort is ready; infinite where none is starting.
  private(set) var nextReady = Double.infinity

  mutating func add(_ cohort: Cohort) {
    cohorts.append(cohort)
    count += cohort.count
    nextReady = min(nextReady, cohort.readyAt)
  }

  /// Removes and counts the replicas that are ready by a time.
  mutating func takeReady(by time: Double) -> Int {
    guard nextReady <= time else { return 0 }
    var ready = 0
    nextReady = .infinity
    cohorts.removeAll { cohort in
      if cohort.readyAt <= time {
        ready += cohort.count
        return true
      }
      nextReady = min(nextReady, cohort.readyAt)
      return false
    }
    count -= ready
    return ready
  }

  /// The replica-seconds that replicas which become ready before `end` still serve until then.
  func readySeconds(before end: Double) -> Double {
    guard nextReady < end else { return 0 }
    return cohorts.reduce(0) { $1.readyAt < end ? $0 + Double($1.count) * (end - $1.readyAt) : $0 }
  }

  /// Gives up replicas, those that started last first.
  ///
  /// - Returns: how many there were to give up, at most `wanted`.
  mutating func cancel(_ wanted: Int) -> Int {
    var left = min(wanted, count)
    let cancelled = left
    while left > 0, let youngest = cohorts.last {
      let taken = min(left, youngest.count)
      left -= taken
      if taken == youngest.count {
        cohorts.removeLast()
      } else {
        cohorts[cohorts.count - 1].count -= taken
      }
    }
    count -= cancelled
    nextReady = cohorts.reduce(.infinity) { min($0, $1.readyAt) }
    return cancelled
  }

  /// The stage that holds most of the starting replicas at a time, and how many it holds.
  func largestStage(at time: Double, waitingForNode: Int) -> (stage: StartupStage, count: Int)? {
    var counts = [waitingForNode, 0, 0, 0]
    for cohort in cohorts {
      let stage = time < cohort.nodeEnd ? 0 : time < cohort.imageEnd ? 1 : time < cohort.loadEnd ? 2 : 3
      counts[stage] += cohort.count
    }
    guard let most = counts.max(), most > 0, let index = counts.firstIndex(of: most) else { return nil }
    return (StartupStage.allCases[index], most)
  }
}
