import Quantities

extension HPAController {
  /// Readings of the one metric, in its own unit (a pod's, for metrics of pods), that propose what there is: inside the
  /// tolerance the windows and rate limits change nothing either. Half a thousandth and a percent narrower than the
  /// truth where the controller cuts to whole numbers; nil where that leaves nothing or other rules hold.
  mutating func stillness(_ scale: HPAScale, unready: Int) -> (lowest: Double, highest: Double)? {
    guard goals.count == 1, isStarted, scale.replicas > 0, bounds.contains(scale.replicas) else { return nil }
    let goal = goals[0]
    let target = Double(goal.target)
    // Without `behavior` a larger recommendation of the window still lifts the replicas.
    guard rules != nil || largest.first <= scale.replicas else { return nil }
    guard target > 0, lowestRatio > 0, highestRatio >= 1, highestRatio < 1e6 else { return nil }
    // In whole percent or thousandths, as the controller reads.
    var lowest = (target * lowestRatio).rounded(.up) + 1
    var highest = (target * highestRatio).rounded(.down) - 1
    switch goal.kind {
    case .utilization, .averageOfPods:
      guard scale.ready > 0, scale.requestMilli > 0 else { return nil }
      // Above the target, pods that start count as idle ones.
      highest *= Double(scale.ready + unready) / Double(scale.ready)
      if goal.kind == .utilization {
        guard highest < 2e9 else { return nil }
        lowest = (lowest + 1) * Double(scale.requestMilli) / 100
        highest = (highest - 1) * Double(scale.requestMilli) / 100
      }
      guard highest * Double(scale.ready) < 1e16 else { return nil }
    case .averageOfValue:
      guard scale.replicas == scale.status else { return nil }
      lowest = (target * Double(scale.status) * lowestRatio).rounded(.up) + 1
      highest = (target * Double(scale.status) * highestRatio).rounded(.down) - 1
    case .value: break
    }
    guard lowest <= highest, highest < 1e15 else { return nil }
    return ((lowest + 1) / 1000, (highest - 1) / 1000)
  }

  /// After syncs inside ``stillness(_:unready:)``, the last at a time: each recommended what there was, and the last
  /// such entry is all that a window keeps of them.
  mutating func stoodStill(at time: Timestamp, replicas: Int) {
    let now = advance(to: time)
    smallest.record(replicas, at: now)
    largest.record(replicas, at: now)
    limited = .withinRange
  }

  /// A sync of the one metric with `behavior`, if it keeps the replicas: then as ``sync(at:scale:sample:)``, else
  /// nothing is done. For metrics of pods all ready ones read the same value.
  mutating func keeps(at time: Timestamp, scale: HPAScale, value: Int64, unready: Int) -> Bool {
    let current = scale.replicas
    guard rules != nil, goals.count == 1, isStarted, current > 0, bounds.contains(current) else { return false }
    let goal = goals[0]
    let proposal: HPAProposal?
    switch goal.kind {
    case .utilization, .averageOfPods:
      let usage = value.multipliedReportingOverflow(by: Int64(scale.ready)).partialValue
      proposal = ofPods(goal, HPATally(usage: usage, ready: scale.ready, unready: unready, missing: 0), scale: scale)
    case .value, .averageOfValue: proposal = ofValue(goal, value, scale: scale)
    }
    guard let proposal else { return false }
    let now = advance(to: time)
    let wanted = max(0, proposal.replicas)
    guard stabilized(wanted, current: current, now: now).replicas == current else { return false }
    smallest.record(wanted, at: now)
    largest.record(wanted, at: now)
    limited = .withinRange
    return true
  }
}
