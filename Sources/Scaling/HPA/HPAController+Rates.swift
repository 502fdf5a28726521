/// The changes of one direction that the rate limits still count.
struct ScaleEvents: Sendable {
  private var times: [Int64] = []
  private var changes: [Int] = []

  /// Stores a change in the last slot that is too old to count, else behind the others: the list is not in order of
  /// time, and which slot is reused decides what the other direction's longer periods still see.
  mutating func record(_ change: Int, at now: Int64, longestPeriod: Int64) {
    let cutoff = now &- longestPeriod
    if let slot = times.lastIndex(where: { $0 < cutoff }) {
      times[slot] = now
      changes[slot] = change
    } else {
      times.append(now)
      changes.append(change)
    }
  }

  /// The replicas changed after `cutoff`.
  func sum(after cutoff: Int64) -> Int {
    var sum = 0
    for i in times.indices where times[i] > cutoff { sum &+= changes[i] }
    return sum
  }
}

/// The scaling policies of both directions, ready for the inner loop.
struct HPARates: Sendable {
  struct Direction: Sendable {
    var policies: [HPAScalingRules.Policy]
    var select: HPAScalingRules.Select
    /// Nanoseconds.
    var longestPeriod: Int64
    init(_ rules: HPAScalingRules) {
      policies = rules.policies
      select = rules.select
      longestPeriod = Int64(rules.policies.map(\.periodSeconds).max() ?? 0) &* 1_000_000_000
    }
  }
  var up: Direction
  var down: Direction
  init(_ behavior: HPABehavior) {
    up = Direction(behavior.scaleUp)
    down = Direction(behavior.scaleDown)
  }
}

extension HPAController {
  /// The replicas at the start of a policy's period: what was added since is taken off, what was removed put back.
  private mutating func periodStart(_ policy: HPAScalingRules.Policy, current: Int, now: Int64) -> Int {
    let cutoff = now &- Int64(policy.periodSeconds) &* 1_000_000_000
    return current - upEvents.sum(after: cutoff) + downEvents.sum(after: cutoff)
  }

  mutating func scaleUpLimit(_ current: Int, now: Int64) -> Int {
    guard let rules = rules?.up, rules.select != .disabled else { return current }
    var limit = rules.select == .min ? Int.max : Int.min
    for policy in rules.policies {
      let start = periodStart(policy, current: current, now: now)
      let allowed =
        switch policy.unit {
        case .pods: start + policy.value
        // Rounded up, or a small service under a small percentage would never grow.
        case .percent: ceilingInt32(Double(start) * (1 + Double(policy.value) / 100))
        }
      limit = rules.select == .min ? min(limit, allowed) : max(limit, allowed)
    }
    return limit
  }

  mutating func scaleDownLimit(_ current: Int, now: Int64) -> Int {
    guard let rules = rules?.down, rules.select != .disabled else { return current }
    // The policy with the most change is the one with the fewest replicas left.
    var limit = rules.select == .min ? Int.min : Int.max
    for policy in rules.policies {
      let start = periodStart(policy, current: current, now: now)
      let allowed =
        switch policy.unit {
        case .pods: start - policy.value
        case .percent: clampedInt32(Double(start) * (1 - Double(policy.value) / 100))
        }
      limit = rules.select == .min ? max(limit, allowed) : min(limit, allowed)
    }
    return limit
  }
}

/// The next whole number as Kubernetes stores replicas, saturating at 32 bits; 0 for NaN. Without a call.
@inline(__always)
func ceilingInt32(_ value: Double) -> Int {
  guard value < 2_147_483_647, value > -2_147_483_648 else { return clampedInt32(value) }
  let whole = Int(value)
  return Double(whole) < value ? whole &+ 1 : whole
}

/// A whole number as Kubernetes stores replicas, saturating at 32 bits; 0 for NaN.
@inline(__always)
func clampedInt32(_ value: Double) -> Int {
  if value >= 2_147_483_647 { return 2_147_483_647 }
  if value <= -2_147_483_648 { return -2_147_483_648 }
  return value.isNaN ? 0 : Int(value)
}
